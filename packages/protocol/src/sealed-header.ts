/**
 * The visible front of a sealed frame (SEALING.md, "On the wire"): all a relay may know of it.
 *
 *   ver u8 (1) ‖ flags u16 ‖ gopCtr u64 ‖ SFrame header (config, KID 8, CTR 0..5) ‖ ciphertext ‖ tag 16
 *
 * The SFrame header is RFC 9605 section 4.3, restricted to what Sealcam sends: an 8-byte KID (its top bit is set, so it is
 * never shorter) and a CTR of at most 5 bytes (it is refused at 2^40). Non-minimal encodings are refused.
 */
import { CodecError, Reader, Writer, toHex } from './bytes.ts';
import { keyId, type KeyId } from './ids.ts';

export const SEALED_VERSION = 1;
export const FLAG = { keyframe: 1, config: 2, discontinuity: 4 } as const;
const KNOWN_FLAGS = FLAG.keyframe | FLAG.config | FLAG.discontinuity;
/** CTR is refused from here on: 2^40 sealed frames of one session. */
export const CTR_END: number = 2 ** 40;
const TAG_BYTES = 16;

export interface SealedHeader {
  readonly flags: number;
  /** CTR of the keyframe this unit hangs on; its own CTR for audio, stills and states. */
  readonly gopCtr: number;
  readonly kid: KeyId;
  readonly ctr: number;
  /** The SFrame header as sent: it goes into the AAD. A view into the frame. */
  readonly sframeHeader: Uint8Array;
  /** Where ciphertext ‖ tag begins. */
  readonly bodyAt: number;
}

/** RFC 9605 section 4.3: bit 7 X, bits 6-4 K; bit 3 Y, bits 2-0 C; then KID and CTR, minimal. */
export function encodeSframeHeader(kid: KeyId, ctr: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(ctr) || ctr < 0 || ctr >= CTR_END) throw new CodecError('counter out of range');
  const counter = minimalBytes(ctr);
  // K: X = 1, 8 bytes, coded as 7. C: Y = 0 and the value itself below 8, else Y = 1 and length - 1.
  const c = ctr < 8 ? ctr : 0x08 | (counter.length - 1);
  const writer = new Writer().u8(0x80 | (7 << 4) | c);
  for (let i = 0; i < 16; i += 2) writer.u8(Number.parseInt(keyId(kid).slice(i, i + 2), 16));
  return (ctr < 8 ? writer : writer.bytes(counter)).finish();
}

/** @throws {CodecError} for an unknown version or flag, a frame without room for a tag, or a non-minimal header */
export function parseSealedHeader(frame: Uint8Array): SealedHeader {
  const reader = new Reader(frame);
  if (reader.u8() !== SEALED_VERSION) throw new CodecError('unknown sealed version');
  const flags = reader.u16();
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new CodecError('unknown flag');
  const gopCtr = reader.u64();
  const headerAt = reader.offset;
  const config = reader.u8();
  if (config >> 4 !== 0x0f) throw new CodecError('key id is not 8 bytes');
  const kidBytes = reader.bytes(8);
  if ((kidBytes[0] ?? 0) < 0x80) throw new CodecError('key id without its top bit');
  const ctr = readCounter(reader, config & 0x0f);
  if (gopCtr > ctr) throw new CodecError('gop counter after the frame');
  if (reader.left < TAG_BYTES) throw new CodecError('too short for a tag');
  return {
    flags,
    gopCtr,
    kid: keyId(toHex(kidBytes)),
    ctr,
    sframeHeader: frame.subarray(headerAt, reader.offset),
    bodyAt: reader.offset,
  };
}

function readCounter(reader: Reader, c: number): number {
  if (c < 8) return c;
  const length = (c & 7) + 1;
  if (length > 5) throw new CodecError('counter above 2^40');
  const bytes = reader.bytes(length);
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  if (bytes[0] === 0 || value < 8) throw new CodecError('non-minimal counter');
  return value;
}

function minimalBytes(value: number): Uint8Array {
  const out: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) out.unshift(left % 256);
  return Uint8Array.from(out);
}
