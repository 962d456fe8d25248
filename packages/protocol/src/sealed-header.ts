/**
 * The visible front of a sealed frame (SEALING.md, "On the wire"): all a relay may know of it.
 *
 *   ver u8 (1) ‖ flags u16 ‖ gopCtr u64 ‖ SFrame header (config, KID 8, CTR 0..5) ‖ ciphertext ‖ tag 16
 *
 * The SFrame header is RFC 9605 section 4.3, restricted to what Sealcam sends: an 8-byte KID (its top bit is set, so it is
 * never shorter) and a CTR of at most 5 bytes (it is refused at 2^40). Non-minimal encodings are refused.
 */
import { CodecError, fromHex, Reader, toHex } from './bytes.ts';
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

/** Bytes before the SFrame header: ver, flags, gopCtr. */
export const MARK_BYTES = 11;
const KID_BYTES = 8;

/**
 * Everything before the ciphertext; the SFrame header is what follows the first `MARK_BYTES`.
 * Written in place, since every frame of every camera passes here.
 * @param kid 8 bytes
 * @throws {CodecError} for a counter outside 0 to 2^40 - 1
 */
export function encodeSealedFront(
  kid: Uint8Array,
  marks: Pick<SealedHeader, 'flags' | 'gopCtr'>,
  ctr: number,
): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(ctr) || ctr < 0 || ctr >= CTR_END) throw new CodecError('counter out of range');
  const counterBytes = ctr < 8 ? 0 : bytesOf(ctr);
  const out = new Uint8Array(MARK_BYTES + 1 + KID_BYTES + counterBytes);
  const view = new DataView(out.buffer);
  view.setUint8(0, SEALED_VERSION);
  view.setUint16(1, marks.flags);
  view.setUint32(3, Math.floor(marks.gopCtr / 2 ** 32));
  view.setUint32(7, marks.gopCtr % 2 ** 32);
  // RFC 9605 section 4.3: bit 7 X = 1, bits 6-4 the KID's length less one; bit 3 Y and bits 2-0 the counter below 8, or its length less one.
  out[MARK_BYTES] = 0x80 | ((KID_BYTES - 1) << 4) | (ctr < 8 ? ctr : 0x08 | (counterBytes - 1));
  out.set(kid, MARK_BYTES + 1);
  for (let at = out.length - 1, left = ctr; at > MARK_BYTES + KID_BYTES; at -= 1, left = Math.floor(left / 256))
    out[at] = left % 256;
  return out;
}

/** The SFrame header alone. */
export function encodeSframeHeader(kid: KeyId, ctr: number): Uint8Array<ArrayBuffer> {
  return encodeSealedFront(fromHex(kid), { flags: 0, gopCtr: 0 }, ctr).slice(MARK_BYTES);
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

function bytesOf(value: number): number {
  let length = 1;
  for (let left = Math.floor(value / 256); left > 0; left = Math.floor(left / 256)) length += 1;
  return length;
}
