/**
 * Which track each key id entered this relay from. Registered where the agents' units come in, and the first one wins: another track's
 * unit under the same key id is dropped, so that a home which copies a key id hurts itself alone. One row of the ledger a key id, so
 * that the owner of a frame is known after a restart and in a report of years later.
 */
import { trackKey, type HomeId, type KeyId, type Track, type TrackKey } from '@sealcam/protocol';
import type { Unit } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sourceEntry, type Source } from '../ledger/row.ts';
import type { EventLog } from '../log.ts';
import type { IncidentStore } from '../store/incident-store.ts';
import { isSameTrack } from './weigh.ts';

/** Key ids of one track that are kept at hand: this epoch's, the one of the hand-over, and two more. Older ones are in the ledger. */
const KEPT_OF_TRACK = 4;
/** Tracks of one home: cameras that were removed go first. `LIMITS.camerasPerHome` with five streams, twice. */
const KEPT_TRACKS = 2 * 5 * 256;
/** Rows read at start; what is older is asked of the ledger when it comes. */
const READ_AT_START = 50_000;

export interface KeyOwnersParts {
  readonly store: IncidentStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: EventLog;
}

interface OwnedTrack {
  readonly track: Track;
  /** Oldest first. */
  readonly kids: KeyId[];
  /** Of the newest of them; undefined after a restart. */
  epoch: number | undefined;
}

interface Entered {
  readonly kid: KeyId;
  readonly track: Track;
  readonly source: Source;
}

export class KeyOwners {
  readonly #parts: KeyOwnersParts;
  readonly #owners = new Map<string, OwnedTrack>();
  readonly #homes = new Map<HomeId, Map<TrackKey, OwnedTrack>>();
  readonly #writing = new Set<Promise<void>>();
  /** What the ledger would not take; tried again each second. */
  #unwritten: Entered[] = [];

  private constructor(parts: KeyOwnersParts) {
    this.#parts = parts;
  }

  static async open(parts: KeyOwnersParts): Promise<KeyOwners> {
    const owners = new KeyOwners(parts);
    for (const { kid, track } of await parts.store.sources(READ_AT_START)) {
      if (!owners.#owners.has(kid)) owners.#keep(kid, track, undefined);
    }
    return owners;
  }

  /**
   * A unit of an agent, already checked to be of that agent's home. On the hot path: one look-up.
   * @returns false when its key id is another track's, or a second one of the same track and epoch
   */
  enter(unit: Unit, source: Source): boolean {
    const owner = this.#owners.get(unit.header.kid);
    if (owner !== undefined) return isSameTrack(owner.track, unit);
    const { homeId, cameraId, streamId, epoch } = unit;
    const track = { homeId, cameraId, streamId };
    const known = this.#homes.get(homeId)?.get(trackKey(track));
    // One session a camera and epoch: whoever makes up key ids gets one a bulletin, and the ledger one row.
    if (known?.epoch !== undefined && epoch <= known.epoch) return false;
    this.#keep(unit.header.kid, track, epoch);
    this.#write({ kid: unit.header.kid, track, source });
    return true;
  }

  /** The track that this key id entered from, if it is at hand. @param kid 16 hex digits */
  at(kid: string): Track | undefined {
    return this.#owners.get(kid)?.track;
  }

  /** As `at`, or from the ledger. @throws {SealcamError} the store's faults */
  async owner(kid: string): Promise<Track | undefined> {
    return this.at(kid) ?? (await this.#parts.store.source(kid));
  }

  /** A home ended. Its rows of the ledger stay. */
  forget(home: HomeId): void {
    for (const owned of this.#homes.get(home)?.values() ?? []) for (const kid of owned.kids) this.#owners.delete(kid);
    this.#homes.delete(home);
  }

  /** Called each second. */
  tick(): void {
    const again = this.#unwritten;
    this.#unwritten = [];
    for (const entered of again) if (this.#owners.has(entered.kid)) this.#write(entered);
  }

  /** Resolves when every key id that entered is written, or its fault is logged. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #keep(kid: KeyId, track: Track, epoch: number | undefined): void {
    const key = trackKey(track);
    const tracks = this.#homes.get(track.homeId) ?? new Map<TrackKey, OwnedTrack>();
    this.#homes.set(track.homeId, tracks);
    const owned = tracks.get(key) ?? { track, kids: [], epoch };
    owned.epoch = epoch;
    owned.kids.push(kid);
    // The one that was used last goes to the end: a camera that is gone for long is forgotten first.
    tracks.delete(key);
    tracks.set(key, owned);
    this.#owners.set(kid, owned);
    if (owned.kids.length > KEPT_OF_TRACK) this.#owners.delete(owned.kids.shift() ?? '');
    if (tracks.size > KEPT_TRACKS) this.#forgetOldest(tracks);
  }

  #forgetOldest(tracks: Map<TrackKey, OwnedTrack>): void {
    const [oldest] = tracks;
    if (oldest === undefined) return;
    tracks.delete(oldest[0]);
    for (const kid of oldest[1].kids) this.#owners.delete(kid);
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

  /** An old key id that is no longer at hand still has the owner that the ledger names. */
  async #written({ kid, track, source }: Entered): Promise<void> {
    const first = await this.#parts.store.source(kid);
    if (first === undefined)
      return await this.#parts.ledger.append(sourceEntry(kid, track, source, this.#parts.clock.wallMs()));
    // It is still among the key ids of the track that copied it, and goes with them.
    if (!isSameTrack(first, track)) this.#owners.set(kid, { track: first, kids: [], epoch: undefined });
  }
}
