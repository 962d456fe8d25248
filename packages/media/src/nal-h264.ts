/** H.264 NAL units: kinds, keyframes, and what of an SPS a decoder must be told (ITU-T H.264, 7.3). */
import { BitReader, unescapeRbsp } from './bits.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';
import type { NalRules, SetIdentity, SpsFacts } from './nal-rules.ts';

export const H264_NAL = { slice: 1, partitionA: 2, idr: 5, sei: 6, sps: 7, pps: 8, aud: 9, filler: 12 } as const;

/** Profiles whose SPS carries chroma format, bit depths and scaling lists (7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** What may follow the slices of its own access unit: data partitions B and C, ends of sequence and stream, filler, auxiliary slices. */
const SUFFIXES = new Set([3, 4, 10, 11, 12, 19]);
/** A slice header's first fields lie within this; a 4 MB slice need not be unescaped. */
const SLICE_HEADER_BYTES = 32;
/** slice_type of I and SI, also where all slices of a picture say that they have the same (7.4.3, table 7-6). */
const INTRA_SLICES = new Set([2, 4, 7, 9]);
/** payloadType of the recovery point message (D.1.8). */
const RECOVERY_POINT = 6;
/** A supplemental message is looked at so far. */
const SEI_BYTES = 256;
const MACROBLOCK = 16;
/** The two bits below are reserved (7.4.2.1.1): browsers refuse a codec string that has them. */
const CONSTRAINT_FLAGS = 0xfc;

/** nal_unit_type, 0 to 31. */
export function h264NalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** Whether a decoder can begin with these NAL units of one access unit: an IDR picture, or I slices with a recovery point. */
export function isH264Keyframe(nals: readonly Uint8Array[]): boolean {
  return H264_RULES.isRandomAccess(nals);
}

/** @throws {MediaError} `codec.malformed` for an SPS that ends early or has impossible sizes */
export function parseH264Sps(nal: Uint8Array): SpsFacts {
  const bits = new BitReader(unescapeRbsp(nal));
  bits.skip(8);
  const profile = bits.u(8);
  const constraints = bits.u(8);
  const level = bits.u(8);
  bits.ue(); // seq_parameter_set_id
  const { chroma, bitDepth } = HIGH_PROFILES.has(profile) ? readHighProfile(bits) : { chroma: 1, bitDepth: 8 };
  bits.ue(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.ue(); // max_num_ref_frames
  bits.flag(); // gaps_in_frame_num_value_allowed_flag
  const columns = bits.ue() + 1;
  const rows = bits.ue() + 1;
  const frameOnly = bits.flag();
  if (!frameOnly) bits.flag(); // mb_adaptive_frame_field_flag
  bits.flag(); // direct_8x8_inference_flag
  const crop = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (frameOnly ? 1 : 2);
  return {
    codecString: `avc1.${hexByte(profile)}${hexByte(constraints & CONSTRAINT_FLAGS)}${hexByte(level)}`,
    width: side(columns * MACROBLOCK - unitX * (left + right)),
    height: side(rows * MACROBLOCK * (frameOnly ? 1 : 2) - unitY * (top + bottom)),
    ...{ bitDepth, interlaced: !frameOnly },
  };
}

/** @returns `chroma`: chroma_format_idc, 0 where planes are coded apart */
function readHighProfile(bits: BitReader): { readonly chroma: number; readonly bitDepth: number } {
  const chroma = bits.ue();
  if (chroma > 3) throw new MediaError('codec.malformed', 'unknown chroma format');
  const apart = chroma === 3 && bits.flag();
  const bitDepth = 8 + bits.ue(); // bit_depth_luma_minus8
  if (bitDepth > 14) throw new MediaError('codec.malformed', 'unknown bit depth');
  bits.ue(); // bit_depth_chroma_minus8
  bits.flag(); // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    const lists = chroma === 3 ? 12 : 8;
    for (let i = 0; i < lists; i += 1) if (bits.flag()) skipScalingList(bits, i < 6 ? 16 : 64);
  }
  return { chroma: apart ? 0 : chroma, bitDepth };
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i += 1) {
    if (next !== 0) next = (last + bits.se() + 256) & 0xff;
    if (next !== 0) last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const kind = bits.ue();
  if (kind === 0) bits.ue();
  if (kind !== 1) return;
  bits.flag();
  bits.se();
  bits.se();
  const cycle = bits.ue();
  if (cycle > 255) throw new MediaError('codec.malformed', 'too many reference frames in a cycle');
  for (let i = 0; i < cycle; i += 1) bits.se();
}

/** A recovery point at this very picture (recovery_frame_cnt 0), wherever it stands among the messages of the SEI. */
function isExactRecovery(nal: Uint8Array): boolean {
  if (h264NalType(nal) !== H264_NAL.sei) return false;
  const bytes = unescapeRbsp(nal.subarray(0, SEI_BYTES));
  for (let at = 1; at + 2 < bytes.length;) {
    let [type, size] = [0, 0];
    for (; bytes[at] === 0xff; at += 1) type += 255;
    type += bytes[at] ?? 0;
    at += 1;
    for (; bytes[at] === 0xff; at += 1) size += 255;
    size += bytes[at] ?? 0;
    at += 1;
    // ue(v) of 0 is a single bit 1.
    if (type === RECOVERY_POINT) return ((bytes[at] ?? 0) & 0x80) !== 0;
    at += size;
  }
  return false;
}

/** Everything but a slice, and a slice that refers to no other picture. */
function isIntra(nal: Uint8Array): boolean {
  if (!H264_RULES.isSlice(nal)) return true;
  try {
    const bits = new BitReader(unescapeRbsp(nal.subarray(0, SLICE_HEADER_BYTES)));
    bits.skip(8);
    bits.ue(); // first_mb_in_slice
    return INTRA_SLICES.has(bits.ue());
  } catch (error) {
    if (error instanceof MediaError) return false;
    throw error;
  }
}

function identify(nal: Uint8Array): SetIdentity | undefined {
  const type = h264NalType(nal);
  if (type === H264_NAL.sps) {
    const bits = new BitReader(unescapeRbsp(nal));
    bits.skip(32);
    return { kind: 'sps', id: bits.ue(), parent: -1 };
  }
  if (type === H264_NAL.pps) {
    const bits = new BitReader(unescapeRbsp(nal));
    bits.skip(8);
    return { kind: 'pps', id: bits.ue(), parent: bits.ue() };
  }
  return undefined;
}

export const H264_RULES: NalRules = {
  codec: 'h264',
  headerBytes: 1,
  isSlice(nal) {
    const type = h264NalType(nal);
    return type === H264_NAL.slice || type === H264_NAL.idr || type === H264_NAL.partitionA;
  },
  beginsPicture: (nal) => (H264_RULES.isSlice(nal) ? H264_RULES.isFirstSlice(nal) : !SUFFIXES.has(h264NalType(nal))),
  // first_mb_in_slice is the first field of the slice header; 0 is the single bit 1.
  isFirstSlice: (nal) => H264_RULES.isSlice(nal) && ((nal[1] ?? 0) & 0x80) !== 0,
  isKeySlice: (nal) => h264NalType(nal) === H264_NAL.idr,
  // Many cameras, and most restreamers, send an IDR picture once and then I pictures with a recovery point: Chromium begins there, too.
  isRandomAccess: (nals) => nals.some(H264_RULES.isKeySlice) || (nals.some(isExactRecovery) && nals.every(isIntra)),
  isFiller(nal) {
    const type = h264NalType(nal);
    return type === H264_NAL.aud || type === H264_NAL.filler;
  },
  isParameterSet(nal) {
    const type = h264NalType(nal);
    return type === H264_NAL.sps || type === H264_NAL.pps;
  },
  identify,
  ppsOfSlice(nal) {
    const bits = new BitReader(unescapeRbsp(nal.subarray(0, SLICE_HEADER_BYTES)));
    bits.skip(8);
    bits.ue(); // first_mb_in_slice
    bits.ue(); // slice_type
    return bits.ue();
  },
  parseSps: parseH264Sps,
};

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function side(pixels: number): number {
  if (pixels < 1 || pixels > MEDIA_LIMITS.pictureSide)
    throw new MediaError('codec.malformed', 'impossible picture size');
  return pixels;
}
