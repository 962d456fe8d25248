/**
 * The sealed bytes of a track's current GOP, for whoever joins (step 3 of the path). One buffer a track, as large as its GOPs need:
 * a copy for each frame instead of memory of its own, which made the collector go over the whole heap once a GOP (a sixth of the
 * agent's processor time at 32 cameras).
 */
import { Gop } from '@sealcam/media';
import type { Epoch } from '@sealcam/protocol';

export interface KeptFrame {
  readonly epoch: Epoch;
  /** A view, good until the next `append` or `clear`: copy it to send it. */
  readonly bytes: Uint8Array;
}

interface Place {
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
}

const NOTHING = new Uint8Array(0);
const FIRST_BYTES = 64 * 1024;
/** A buffer that a GOP leaves this empty is given back. */
const SPARE = 4;

export class KeptGop {
  readonly #places = new Gop<Place>(({ from, to }) => to - from);
  #buffer: Uint8Array = NOTHING;

  /** A delta without its keyframe, and all of a GOP over `MEDIA_LIMITS`, is not kept. */
  append(epoch: Epoch, bytes: Uint8Array, keyframe: boolean): void {
    if (keyframe) this.#begin();
    const from = this.#places.bytes;
    const to = from + bytes.length;
    if (this.#places.append({ epoch, from, to }, keyframe) === 'waiting') return;
    if (to > this.#buffer.length) this.#grow(from, to);
    this.#buffer.set(bytes, from);
  }

  /** From the keyframe on, oldest first; nothing while waiting for one. */
  get frames(): readonly KeptFrame[] {
    return this.#places.units.map(({ epoch, from, to }) => ({ epoch, bytes: this.#buffer.subarray(from, to) }));
  }

  /** Nothing kept before is handed out again. */
  clear(): void {
    this.#places.clear();
    this.#buffer = NOTHING;
  }

  #begin(): void {
    if (this.#places.bytes * SPARE < this.#buffer.length && this.#buffer.length > FIRST_BYTES) this.#buffer = NOTHING;
    this.#places.clear();
  }

  #grow(used: number, wanted: number): void {
    const grown = new Uint8Array(Math.max(FIRST_BYTES, wanted, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, used));
    this.#buffer = grown;
  }
}
