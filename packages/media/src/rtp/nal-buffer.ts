/** NAL units of the access unit that is being received; one growing buffer a track, reused for every unit. */
import { MEDIA_LIMITS } from '../media-limits.ts';

const FIRST_BYTES = 64 * 1024;
const LARGEST_BYTES: number = MEDIA_LIMITS.accessUnitBytes;

/** Appending past a limit makes the buffer `damaged`: what it holds is not a whole unit and stays so until `clear`. */
export class NalBuffer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  #length = 0;
  /** Ends of the finished NAL units; the bytes behind the last belong to an open one. */
  #ends: number[] = [];
  #damaged = false;

  get damaged(): boolean {
    return this.#damaged || this.#length !== (this.#ends.at(-1) ?? 0);
  }

  /** Damaged, and not only because a unit is open. */
  get isSpoiled(): boolean {
    return this.#damaged;
  }

  /** Bytes of the open NAL unit. */
  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > LARGEST_BYTES) this.damage();
    if (this.#damaged) return;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  endNal(): void {
    if (this.#ends.length >= MEDIA_LIMITS.accessUnitNals) this.damage();
    if (!this.#damaged) this.#ends.push(this.#length);
  }

  damage(): void {
    this.#damaged = true;
  }

  /** The finished NAL units as views: used up before the next `append`. @param from how many of the first to leave out */
  nals(from = 0): Uint8Array[] {
    return this.#ends.slice(from).map((end, i) => this.#bytes.subarray(this.#ends[from + i - 1] ?? 0, end));
  }

  clear(): void {
    this.#length = 0;
    this.#ends = [];
    this.#damaged = false;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.min(LARGEST_BYTES, Math.max(length, 2 * this.#bytes.length)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
