/** RTP payloads to AAC frames (RFC 3640): AU headers, several frames a packet, or one frame over several packets. */
import { MEDIA_LIMITS } from '../media-limits.ts';
import type { AuHeaderSizes } from '../track.ts';

const LENGTH_BYTES = 2;

interface Fragment {
  readonly timestamp: number;
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  filled: number;
}

export class AacDepacketizer {
  readonly #sizes: AuHeaderSizes;
  #fragment: Fragment | undefined;

  constructor(sizes: AuHeaderSizes) {
    this.#sizes = sizes;
  }

  /** Packets are missing: an open frame is lost. */
  reset(): void {
    this.#fragment = undefined;
  }

  /** @returns whole frames (views, or one gathered from fragments), none while one is gathered */
  push(payload: Uint8Array, timestamp: number, marker: boolean): readonly Uint8Array[] | 'damaged' {
    const headers = this.#readHeaders(payload);
    const first = headers?.sizes[0];
    if (headers === undefined || first === undefined) return this.#damaged();
    const body = payload.subarray(headers.bytes);
    if (headers.sizes.length === 1 && first > body.length)
      return this.#gather(body, { timestamp, size: first, marker });
    if (this.#fragment !== undefined) return this.#damaged();
    const frames: Uint8Array[] = [];
    let at = 0;
    for (const size of headers.sizes) {
      const frame = body.subarray(at, at + size);
      if (size === 0 || frame.length !== size) return 'damaged';
      frames.push(frame);
      at += size;
    }
    return frames;
  }

  #gather(body: Uint8Array, { timestamp, size, marker }: { timestamp: number; size: number; marker: boolean }) {
    if (size > MEDIA_LIMITS.audioFrameBytes) return this.#damaged();
    const fragment = this.#fragment ?? { timestamp, size, bytes: new Uint8Array(size), filled: 0 };
    if (fragment.timestamp !== timestamp || fragment.size !== size || fragment.filled + body.length > size)
      return this.#damaged();
    fragment.bytes.set(body, fragment.filled);
    fragment.filled += body.length;
    const whole = fragment.filled === size;
    if (marker && !whole) return this.#damaged();
    this.#fragment = whole ? undefined : fragment;
    return whole ? [fragment.bytes] : [];
  }

  /** AU-headers-length in bits, then the headers; other header fields than size and index are not in the modes we take. */
  #readHeaders(payload: Uint8Array): { readonly sizes: readonly number[]; readonly bytes: number } | undefined {
    const bits = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
    const bytes = LENGTH_BYTES + Math.ceil(bits / 8);
    if (bits === 0 || payload.length < bytes) return undefined;
    const { sizeBits, indexBits, deltaBits } = this.#sizes;
    const sizes: number[] = [];
    let at = 8 * LENGTH_BYTES;
    const end = at + bits;
    while (at + sizeBits <= end) {
      sizes.push(readBits(payload, at, sizeBits));
      at += sizeBits + (sizes.length === 1 ? indexBits : deltaBits);
    }
    return { sizes, bytes };
  }

  #damaged(): 'damaged' {
    this.#fragment = undefined;
    return 'damaged';
  }
}

function readBits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
  return value;
}
