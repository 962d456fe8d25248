/**
 * Whose each key id is: the home's that announced it, in a bulletin, before anyone could have derived it. A unit enters only under a key
 * id that its own home announced for that very stream and epoch, in its newest bulletin or the one before. A key id that a second home
 * announces is contested: both keep their pictures, and nothing about it is ever proven (decision 0020).
 *
 * One row of the ledger a key id that carried a unit, so that the owner of a frame is known after a restart and in a report of years later.
 */
import type { Epoch, HomeId, KeyId, Track } from '@sealcam/protocol';
import type { AnnouncedKey } from '@sealcam/home/verify';
import type { Unit } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sourceEntry, type Source } from '../ledger/row.ts';
import type { EventLog } from '../log.ts';
import type { ContestedKey, KeyStore } from '../store/key-store.ts';
import { isSameTrack, type KeyFacts } from './weigh.ts';

export interface AnnouncedKeysParts {
  readonly store: KeyStore;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly log: EventLog;
  /** Whether the ledger takes another row of that home. */
  readonly mayWrite?: (home: HomeId) => boolean;
}

/** One key id of one home, at hand. */
interface Held extends AnnouncedKey {
  readonly homeId: HomeId;
  readonly epoch: Epoch;
  isContested: boolean;
  hasEntered: boolean;
}

interface Entered {
  readonly held: Held;
  readonly source: Source;
}

/** Key ids of the newest bulletin and, for the hand-over, of the one before. */
interface HeldHome {
  readonly newest: Epoch;
  readonly keys: ReadonlyMap<KeyId, Held>;
}

export class AnnouncedKeys {
  readonly #parts: AnnouncedKeysParts;
  readonly #homes = new Map<HomeId, HeldHome>();
  readonly #held = new Map<string, Held[]>();
  readonly #writing = new Set<Promise<void>>();
  /** What the ledger would not take; tried again each second. */
  #unwritten: Entered[] = [];

  constructor(parts: AnnouncedKeysParts) {
    this.#parts = parts;
  }

  /** The announcements of a home whose agent comes, after a restart of this relay. @throws {SealcamError} the store's faults */
  async load(home: HomeId): Promise<void> {
    if (this.#homes.has(home)) return;
    const stored = await this.#parts.store.newest(home);
    // A bulletin may have come meanwhile.
    const newest = stored.at(-1)?.epoch;
    if (newest === undefined || this.#homes.has(home)) return;
    this.#hold(
      home,
      newest,
      stored.map((key) => ({ ...key, homeId: home, hasEntered: false })),
    );
  }

  /**
   * A bulletin that is stored. Called before anyone is told of it: from then on its viewers can derive the key ids.
   * @param contested those that another home had first
   */
  take(home: HomeId, epoch: Epoch, keys: readonly AnnouncedKey[], contested: readonly ContestedKey[]): void {
    const before = this.#homes.get(home);
    const kept = [...(before?.keys.values() ?? [])].filter((held) => held.epoch === before?.newest);
    const second = new Set(contested.map(({ kid }) => kid));
    const held = keys.map((key) => ({
      ...{ cameraId: key.cameraId, streamId: key.streamId, kid: key.kid, homeId: home, epoch },
      ...{ isContested: second.has(key.kid), hasEntered: false },
    }));
    this.#hold(home, epoch, [...kept, ...held]);
  }

  /**
   * A unit of an agent, already checked to be of that agent's home. On the hot path: two look-ups.
   * @returns false unless its home announced its key id for its very camera, stream and epoch
   */
  enter(unit: Unit, source: Source): boolean {
    const held = this.#homes.get(unit.homeId)?.keys.get(unit.header.kid);
    if (held === undefined || held.epoch !== unit.epoch || !isSameTrack(held, unit)) return false;
    if (!held.hasEntered) {
      if (this.#parts.mayWrite?.(unit.homeId) === false) return false;
      held.hasEntered = true;
      this.#write({ held, source });
    }
    return true;
  }

  /** Whether this very track announced it. @param kid 16 hex digits */
  isOf(track: Track, kid: string): boolean {
    return this.#held.get(kid)?.some((held) => isSameTrack(held, track)) === true;
  }

  /** The one track that announced it, where exactly one home did and it is at hand: good enough to prove with. */
  ownerOf(kid: string): Track | undefined {
    const [held, ...others] = this.#held.get(kid) ?? [];
    if (held === undefined || others.length > 0 || held.isContested) return undefined;
    return trackOf(held);
  }

  /** All that is known of a key id, from the store of record. @throws {SealcamError} the store's faults */
  async facts(kid: string): Promise<KeyFacts | undefined> {
    const { tracks, isAnnounced } = await this.#parts.store.history(kid);
    const [owner] = tracks;
    if (owner === undefined) return undefined;
    const isContested = tracks.some((track) => track.homeId !== owner.homeId);
    return { owner, tracks, isSure: isAnnounced && !isContested };
  }

  /** A home ended. Its rows of the ledger stay. */
  forget(home: HomeId): void {
    for (const held of this.#homes.get(home)?.keys.values() ?? []) this.#letGo(held);
    this.#homes.delete(home);
  }

  /** Called each second. */
  tick(): void {
    for (const entered of this.#unwritten.splice(0)) this.#write(entered);
  }

  /** Resolves when every key id that entered is written, or its fault is logged. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #hold(home: HomeId, newest: Epoch, all: readonly Held[]): void {
    const keys = new Map(all.map((held) => [held.kid, held]));
    for (const old of this.#homes.get(home)?.keys.values() ?? []) if (keys.get(old.kid) !== old) this.#letGo(old);
    this.#homes.set(home, { newest, keys });
    for (const held of all) {
      const both = this.#held.get(held.kid) ?? [];
      if (both.includes(held)) continue;
      both.push(held);
      this.#held.set(held.kid, both);
      if (both.length > 1) for (const each of both) each.isContested = true;
    }
  }

  #letGo(held: Held): void {
    const left = (this.#held.get(held.kid) ?? []).filter((each) => each !== held);
    if (left.length === 0) this.#held.delete(held.kid);
    else this.#held.set(held.kid, left);
  }

  #write(entered: Entered): void {
    const writing = this.#written(entered)
      .catch((error: unknown) => {
        this.#unwritten.push(entered);
        this.#parts.log.fault('ledger.source', error);
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Once a key id and home: after a restart the row is there already. */
  async #written({ held, source }: Entered): Promise<void> {
    const { entered } = await this.#parts.store.history(held.kid);
    if (entered.some(({ homeId }) => homeId === held.homeId)) return;
    await this.#parts.ledger.append(sourceEntry(held.kid, trackOf(held), source, this.#parts.clock.wallMs()));
  }
}

function trackOf({ homeId, cameraId, streamId }: Track): Track {
  return { homeId, cameraId, streamId };
}
