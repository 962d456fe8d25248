/** The agent's view of its home: the verified head, the devices' keys, the names. Everything that changes them passes here, one at a time. */
import {
  extendHead,
  householdCode,
  member,
  verifyChain,
  verifyHpkeKey,
  verifyNext,
  NOTHING_DECLARED,
  type CameraName,
  type Declared,
  type Head,
  type HomeNames,
  type HpkeKey,
  type MemberName,
} from '@sealcam/home';
import {
  fromBase64Url,
  millis,
  NO_MODEL,
  SEALED_ROUTE,
  SealcamError,
  toBase64Url,
  type DeviceId,
  type FromAgent,
} from '@sealcam/protocol';
import type { Logger } from 'pino';
import type { HomeStore, StoredCamera, StoredHome } from './home-store.ts';

export interface HouseholdParts {
  readonly store: HomeStore;
  readonly logger: Logger;
  readonly clock: () => number;
  /** In the tick in which a longer chain is accepted. */
  readonly onRoster: (added: readonly string[], from: RosterFrom) => void;
  /** A member's new HPKE key; `first`: without it the device could open nothing. */
  readonly onKey: (first: boolean) => void;
  /** A roster that the recovery sheet signed waits for the console. @param code the household code that it will have */
  readonly onRecovery: (code: readonly string[]) => void;
}

/** The relay has what it sent; what came another way it is to be told. */
export type RosterFrom = 'relay' | 'elsewhere';
type Announced = Extract<FromAgent, { t: 'announce' }>;
export type RecoveryOutcome = 'confirmed' | 'overtaken';

export class Household {
  readonly #parts: HouseholdParts;
  #head: Head;
  #rosters: readonly string[];
  readonly #keys = new Map<DeviceId, HpkeKey>();
  #turn: Promise<unknown> = Promise.resolve();
  #recoveryCode: readonly string[] | undefined;
  readonly #recoveryWaiters = new Set<(outcome: RecoveryOutcome) => void>();

  /** @throws {SealcamError} `store.corrupt` when what is stored does not verify */
  static async load(parts: HouseholdParts): Promise<Household> {
    const { homeId, rosters, hpkeKeys } = parts.store.home;
    try {
      const head = await verifyChain(rosters.map(fromBase64Url), homeId);
      const household = new Household(parts, head, rosters);
      for (const key of Object.values(hpkeKeys)) if (key !== undefined) await household.#loadKey(key);
      await household.#recallRecovery();
      return household;
    } catch (error) {
      if (error instanceof SealcamError && error.code.startsWith('store.')) throw error;
      throw new SealcamError('store.corrupt', 'the list of members', { cause: error });
    }
  }

  private constructor(parts: HouseholdParts, head: Head, rosters: readonly string[]) {
    this.#parts = parts;
    this.#head = head;
    this.#rosters = rosters;
  }

  get head(): Head {
    return this.#head;
  }

  /** Signed rosters from the genesis on, base64url. */
  get rosters(): readonly string[] {
    return this.#rosters;
  }

  get hpkeKeys(): ReadonlyMap<DeviceId, HpkeKey> {
    return this.#keys;
  }

  /** The household code of the roster that waits for the console; undefined when none waits. */
  get recoveryCode(): readonly string[] | undefined {
    return this.#recoveryCode;
  }

  /**
   * Rosters from anybody, ascending. Longer and valid: accepted. One that the recovery sheet signed waits for the console.
   * @throws {SealcamError} `roster.rollback`, `roster.forked`, `roster.stale`, `roster.invalid`, `codec.malformed`
   */
  async offer(rosters: readonly Uint8Array[], from: RosterFrom): Promise<void> {
    await this.#inTurn(async () => {
      const added: Head[] = [];
      let end = this.#head;
      for (const bytes of rosters) {
        const next = await extendHead(end, [bytes]).catch((error: unknown) => this.#unlessOlder(end, error, bytes));
        if (next === end) continue;
        if (next.signerRole === 'recovery') {
          if (added.length > 0) this.#accept(end, added, from);
          await this.#park(next);
          return;
        }
        added.push(next);
        end = next;
      }
      if (added.length > 0) this.#accept(end, added, from);
    });
  }

  /** @param key signed message. Anything that is not a member's newer key is left alone. */
  async offerKey(key: string): Promise<void> {
    await this.#inTurn(async () => {
      const verified = await verifyHpkeKey(this.#head, fromBase64Url(key));
      const known = this.#keys.get(verified.deviceId);
      if (known !== undefined && known.keySeq >= verified.keySeq) return;
      this.#parts.store.updateHome((home) => ({ ...home, hpkeKeys: { ...home.hpkeKeys, [verified.deviceId]: key } }));
      this.#keys.set(verified.deviceId, verified);
      this.#parts.onKey(known === undefined);
    });
  }

  /**
   * @param roster next roster, signed with the recovery sheet
   * @returns when somebody confirmed it at the console, or when another roster overtook it
   * @throws {SealcamError} `roster.stale`, `roster.invalid`…
   */
  async proposeRecovery(roster: Uint8Array, onWaiting: () => void): Promise<RecoveryOutcome> {
    await this.#inTurn(async () => {
      const next = await verifyNext(this.#head, roster);
      if (next.signerRole !== 'recovery') throw new SealcamError('roster.invalid', 'not by the recovery sheet');
      await this.#park(next);
    });
    const { promise, resolve } = Promise.withResolvers<RecoveryOutcome>();
    this.#recoveryWaiters.add(resolve);
    onWaiting();
    return await promise;
  }

  /** @returns false when none waits. @throws {SealcamError} when it does not follow the head any more */
  async confirmRecovery(): Promise<boolean> {
    return await this.#inTurn(async () => {
      const { recoveryWaiting } = this.#parts.store.home;
      if (recoveryWaiting === undefined) return false;
      const next = await verifyNext(this.#head, fromBase64Url(recoveryWaiting));
      this.#accept(next, [next], 'elsewhere', { recoveryUsedAtMs: Math.floor(this.#parts.clock()) });
      this.#tellRecovery('confirmed');
      return true;
    });
  }

  /** Names as they are now; who is not in the roster has none. @param cameras those of the home, in the grid's order */
  names(cameras: readonly (StoredCamera & { readonly demo: boolean })[]): HomeNames {
    const { homeName, members, recoveryUsedAtMs } = this.#parts.store.home;
    return {
      homeName,
      cameras: cameras.map(nameOf).toSorted((a, b) => (a.cameraId < b.cameraId ? -1 : 1)),
      // Entries of a roster ascend by id, as names must.
      members: this.#head.roster.entries.flatMap(({ deviceId }) => {
        const known = members[deviceId];
        return known === undefined ? [] : [{ deviceId, ...known }];
      }),
      recoveryUsedAtMs: millis(recoveryUsedAtMs),
    };
  }

  /** What the relay is told of those who may watch. */
  displays(): Announced['displays'] {
    const { members } = this.#parts.store.home;
    return this.#head.roster.entries.flatMap(({ deviceId, role }) => {
      if (role !== 'admin' && role !== 'viewer') return [];
      const { model, route } = members[deviceId] ?? NOTHING_DECLARED;
      return [{ deviceId, model, route }];
    });
  }

  /**
   * A name, and what the device declared when it was paired. That may come before the roster that lets it in: the home knows then
   * before its first picture. What a member has declared stays.
   * @throws {SealcamError} `device.unknown`, `command.invalid` for another declaration, `protocol.too-many`
   */
  name(device: DeviceId, named: Pick<MemberName, 'name' | 'kind'>, declared: Declared | undefined): void {
    const isMember = member(this.#head, device) !== undefined;
    if (!isMember && declared === undefined) throw new SealcamError('device.unknown');
    this.#parts.store.updateHome((home) => {
      const { model, route } = home.members[device] ?? NOTHING_DECLARED;
      const now = declared ?? { model, route };
      const isNew = model === NO_MODEL && route === SEALED_ROUTE;
      if (isMember && !isNew && (now.model !== model || now.route !== route))
        throw new SealcamError('command.invalid', 'declared otherwise');
      const kept = isMember ? home.members : onlyMembers(this.#head, home.members, MOST_AHEAD);
      return { ...home, members: { ...kept, [device]: { ...named, ...now } } };
    });
  }

  /** In the same tick: the head moves, sealing stops, the chain is on disk. */
  #accept(head: Head, added: readonly Head[], from: RosterFrom, more: Partial<StoredHome> = {}): void {
    const rosters = added.map((each) => toBase64Url(each.bytes));
    this.#head = head;
    this.#rosters = [...this.#rosters, ...rosters];
    for (const device of this.#keys.keys()) if (member(head, device) === undefined) this.#keys.delete(device);
    this.#parts.onRoster(rosters, from);
    // Sealing has stopped; where the disk is full the next epoch tries to write the chain again, and nothing is sealed before.
    this.#parts.store.updateHome((home) => {
      const { recoveryWaiting: _over, ...kept } = home;
      return { ...kept, ...more, rosters: [...this.#rosters], hpkeKeys: onlyMembers(head, home.hpkeKeys) };
    });
    this.#recoveryCode = undefined;
    if (more.recoveryUsedAtMs === undefined) this.#tellRecovery('overtaken');
  }

  async #park({ bytes, hash }: Head): Promise<void> {
    this.#parts.logger.info('a recovery waits for its confirmation at this machine');
    this.#parts.store.updateHome((home) => ({ ...home, recoveryWaiting: toBase64Url(bytes) }));
    this.#recoveryCode = await householdCode(hash);
    this.#parts.onRecovery(this.#recoveryCode);
  }

  /** One that waited when the agent ended. */
  async #recallRecovery(): Promise<void> {
    const { recoveryWaiting } = this.#parts.store.home;
    if (recoveryWaiting === undefined) return;
    const { hash } = await verifyNext(this.#head, fromBase64Url(recoveryWaiting));
    this.#recoveryCode = await householdCode(hash);
    this.#parts.onRecovery(this.#recoveryCode);
  }

  #tellRecovery(outcome: RecoveryOutcome): void {
    for (const tell of this.#recoveryWaiters) tell(outcome);
    this.#recoveryWaiters.clear();
  }

  /** One by one older rosters look like a rollback; whether all of it is one is judged over the whole offer by their hashes in the chain. */
  #unlessOlder(end: Head, error: unknown, bytes: Uint8Array): Head {
    const isKnown =
      error instanceof SealcamError && error.code === 'roster.rollback' && this.#rosters.includes(toBase64Url(bytes));
    if (isKnown) return end;
    throw error;
  }

  async #loadKey(key: string): Promise<void> {
    const verified = await verifyHpkeKey(this.#head, fromBase64Url(key));
    this.#keys.set(verified.deviceId, verified);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }
}

/** Devices that are named before they are members: those that are being paired just now. */
const MOST_AHEAD = 16;

/** @param others so many of those who are no members stay, the newest */
function onlyMembers<T>(head: Head, of: { readonly [device: string]: T }, others = 0): { [device: string]: T } {
  const isMember = (device: string): boolean => member(head, device as DeviceId) !== undefined;
  const ahead = Object.keys(of).filter((device) => !isMember(device));
  const kept = new Set(others === 0 ? [] : ahead.slice(-others));
  return Object.fromEntries(Object.entries(of).filter(([device]) => isMember(device) || kept.has(device)));
}

function nameOf(camera: StoredCamera & { readonly demo: boolean }, order: number): CameraName {
  const { cameraId, name, room, hasSub, hasAudio, mainCodec, demo, model } = camera;
  return { cameraId, name, room, order, private: camera.private, hasSub, hasAudio, mainCodec, demo, model };
}
