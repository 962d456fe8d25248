/** What a person must know of a home's lists of members, and what ends each of it. Beside the membership, in front of every screen. */
import { decodeSignedRoster, householdCode, rosterHash, type Head } from '@sealcam/home';
import type { DeviceId } from '@sealcam/protocol';
import type { Clock } from './ports.ts';
import { Store, type Readable } from './store.ts';

/** One of two lists: what a person compares, and who signed it. */
export interface ForkSide {
  /** Its household code, six groups of five digits. */
  readonly code: readonly string[];
  readonly signerId: DeviceId;
  /** Devices that the list names. */
  readonly devices: readonly DeviceId[];
}

/** `ours` is what this device holds. */
export interface Fork {
  readonly ours: ForkSide;
  readonly theirs: ForkSide;
}

export interface Alarm {
  /**
   * `forked`: two lists that this home's admins signed, or two bulletins of one epoch that its agent signed. `elsewhere`: the agent
   * follows another list than this device holds. `rollback`: the relay's best answer is older than what came before. `recovery`: the
   * recovery sheet was used in the last 7 days.
   */
  readonly kind: 'forked' | 'elsewhere' | 'rollback' | 'recovery';
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** Of `forked` and `elsewhere`: the roster version in question. A roster above it that the agent follows is an admin's decision. */
  readonly version?: number;
  /** Both lists, where both are at hand. */
  readonly fork?: Fork;
}

/** At these nothing is shown. */
const SHUT: readonly Alarm['kind'][] = ['forked', 'elsewhere'];

export class Alarms {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #now = new Store<readonly Alarm[]>([]);

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.#clock = clock;
  }

  get now(): Readable<readonly Alarm[]> {
    return this.#now;
  }

  /** Whether nothing may be shown until an admin has decided. */
  get areShut(): boolean {
    return this.#now.get().some(({ kind }) => SHUT.includes(kind));
  }

  /** One that stands keeps its time; a fork of a later version takes the place of an earlier one. */
  raise(kind: Alarm['kind'], about: Pick<Alarm, 'version' | 'fork'> = {}): void {
    const before = this.#now.get().find((alarm) => alarm.kind === kind);
    if (before !== undefined && (about.version ?? 0) <= (before.version ?? 0)) return;
    const others = this.#now.get().filter((alarm) => alarm !== before);
    this.#now.set([...others, { kind, sinceMs: before?.sinceMs ?? this.#clock.wallMs(), ...about }]);
  }

  lower(kind: Alarm['kind']): void {
    this.#keep((alarm) => alarm.kind !== kind);
  }

  /** The agent's bulletin was accepted: what an admin has decided by a later roster, and what the relay held back, is over. */
  followed(rosterVersion: number): void {
    this.#keep(({ kind, version }) =>
      SHUT.includes(kind) ? rosterVersion <= (version ?? rosterVersion) : kind !== 'rollback',
    );
  }

  #keep(stays: (alarm: Alarm) => boolean): void {
    const left = this.#now.get().filter(stays);
    if (left.length < this.#now.get().length) this.#now.set(left);
  }
}

/** @param other a roster that is a fork of the head. @returns both lists, and the version that they disagree on */
export async function forkBetween(
  head: Head,
  other: Uint8Array,
): Promise<{ readonly version: number; readonly fork: Fork }> {
  const { roster } = decodeSignedRoster(other);
  const theirs = { code: await householdCode(await rosterHash(other)), ...partiesOf(roster) };
  const ours = { code: await householdCode(head.hash), ...partiesOf(head.roster) };
  return { version: roster.version, fork: { ours, theirs } };
}

function partiesOf({ signerId, entries }: Head['roster']): Omit<ForkSide, 'code'> {
  return { signerId, devices: entries.map(({ deviceId }) => deviceId) };
}
