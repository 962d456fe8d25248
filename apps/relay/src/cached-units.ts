/**
 * The newest sealed still and state of each camera, in memory, under home, camera, stream and epoch and nothing less. A new
 * bulletin deletes all that is older: a display that was away never gets a picture of an epoch that is over. No live unit is
 * ever kept here.
 */
import {
  epoch,
  isCachedStream,
  STREAM,
  trackKey,
  type CameraId,
  type Epoch,
  type HomeId,
  type Track,
} from '@sealcam/protocol';
import type { Unit } from './bus.ts';

declare const brand: unique symbol;
/** Cannot be built without home, camera, stream and epoch (rule 2 of the house). */
type CachedKey = string & { readonly [brand]: true };

function cachedKey(track: Track, of: Epoch): CachedKey {
  return `${trackKey(track)}/${epoch(of)}` as CachedKey;
}

export class CachedUnits {
  readonly #bytesPerHome: number;
  readonly #homes = new Map<HomeId, Map<CachedKey, Unit>>();

  constructor(bytesPerHome: number) {
    this.#bytesPerHome = bytesPerHome;
  }

  /** @returns false when the home's share of memory is full: the unit still goes to who is there, but is not kept */
  keep(unit: Unit): boolean {
    if (!isCachedStream(unit.streamId)) return false;
    const units = this.#homes.get(unit.homeId) ?? new Map<CachedKey, Unit>();
    this.#homes.set(unit.homeId, units);
    const key = cachedKey(unit, unit.epoch);
    units.delete(key);
    let bytes = unit.message.length;
    for (const cached of units.values()) bytes += cached.message.length;
    if (bytes > this.#bytesPerHome) return false;
    // A copy of its own: a view would hold on to the whole buffer that the socket read.
    units.set(key, { ...unit, message: Uint8Array.from(unit.message) });
    return true;
  }

  /** @param newest the epoch of the newest bulletin: a unit of any other one is not given out */
  get(track: Track, newest: Epoch): Unit | undefined {
    return this.#homes.get(track.homeId)?.get(cachedKey(track, newest));
  }

  deleteOlder(home: HomeId, newest: Epoch): void {
    this.#delete(home, (unit) => unit.epoch < newest);
  }

  /** A camera was removed, or privacy was switched on: then its state, which says so, stays. */
  deleteCamera(home: HomeId, camera: CameraId, keepState: boolean): void {
    this.#delete(home, (unit) => unit.cameraId === camera && !(keepState && unit.streamId === STREAM.state));
  }

  deleteHome(home: HomeId): void {
    this.#homes.delete(home);
  }

  #delete(home: HomeId, dead: (unit: Unit) => boolean): void {
    const units = this.#homes.get(home);
    if (units === undefined) return;
    for (const [key, unit] of units) if (dead(unit)) units.delete(key);
    if (units.size === 0) this.#homes.delete(home);
  }
}
