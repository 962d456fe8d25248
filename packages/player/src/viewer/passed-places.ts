/**
 * Which frames of our own camera are so old that nothing ordinary can bring them (SEALING.md, rule 9). A join, a renewal, a rotation and
 * a reconnect all bring the GOP that the agent keeps, which only moves forward, and the relay passes frames of an old epoch on for 2 s.
 * What comes over a line comes in order. So once we have taken a frame captured 10 s after the beginning of some GOP, and 10 s of our own
 * clock have gone by as well, no frame before that GOP is anything but a replay: however slow the network is.
 */
import { LIMITS, type Epoch } from '@sealcam/protocol';
import type { Place } from '@sealcam/seal';

/** Five times the hand-over of an epoch. */
const PASSED_MS = 5 * LIMITS.oldEpochMs;
/** Places that are not yet passed: not more than one a second. */
const EVERY_MS = 1_000;
/** Where captures do not move on, the oldest is forgotten: then less is known, never more. */
const MOST_WAITING = 64;

interface Taken {
  readonly place: Place;
  readonly captureUs: number;
  readonly atMs: number;
}

export class PassedPlaces {
  #waiting: Taken[] = [];
  #passed: Place | undefined;

  /** A frame was taken, in its place in the chain. @param nowMs monotonic */
  took(place: Place, captureUs: number, nowMs: number): void {
    const newest = this.#waiting.at(-1);
    // The home's clock was set back: how far apart two captures are says nothing any more.
    if (newest !== undefined && captureUs < newest.captureUs) this.#waiting = [];
    else this.#pass(captureUs, nowMs);
    if (newest === undefined || nowMs - newest.atMs >= EVERY_MS) this.#waiting.push({ place, captureUs, atMs: nowMs });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** Whether a frame of this epoch and GOP is older than anything ordinary. A GOP of the same epoch is known by its counter. */
  isBefore(epoch: Epoch, gopCtr?: number): boolean {
    const passed = this.#passed;
    if (passed === undefined) return false;
    return epoch < passed.epoch || (epoch === passed.epoch && gopCtr !== undefined && gopCtr < passed.gopCtr);
  }

  #pass(captureUs: number, nowMs: number): void {
    for (;;) {
      const [oldest] = this.#waiting;
      if (oldest === undefined || nowMs - oldest.atMs < PASSED_MS) return;
      if (captureUs - oldest.captureUs < PASSED_MS * 1_000) return;
      this.#passed = oldest.place;
      this.#waiting.shift();
    }
  }
}
