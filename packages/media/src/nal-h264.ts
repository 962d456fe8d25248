/** H.264 NAL units: kinds, keyframes, and what of an SPS a decoder must be told (ITU-T H.264, 7.3). */
import { BitReader, unescapeRbsp } from './bits.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';
import type { NalRules, SetIdentity, SpsFacts } from './nal-rules.ts';

export const H264_NAL = { slice: 1, partitionA: 2, idr: 5, sei: 6, sps: 7, pps: 8, aud: 9, filler: 12 } as const;

/** Profiles whose SPS carries chroma format, bit depths and scaling lists (7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** A slice header's first fields lie within this; a 4 MB slice need not be unescaped. */
const SLICE_HEADER_BYTES = 32;
const MACROBLOCK = 16;

/** nal_unit_type, 0 to 31. */
export function h264NalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** Whether these NAL units of one access unit hold an IDR slice. */
export function isH264Keyframe(nals: readonly Uint8Array[]): boolean {
  return nals.some(H264_RULES.isKeySlice);
}

/** @throws {MediaError} `codec.malformed` for an SPS that ends early or has impossible sizes */
export function parseH264Sps(nal: Uint8Array): SpsFacts {
  const bits = new BitReader(unescapeRbsp(nal));
  bits.skip(8);
  const profile = bits.u(8);
  const constraints = bits.u(8);
  const level = bits.u(8);
  bits.ue(); // seq_parameter_set_id
  const chroma = HIGH_PROFILES.has(profile) ? readHighProfile(bits) : 1;
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
    codecString: `avc1.${hexByte(profile)}${hexByte(constraints)}${hexByte(level)}`,
    width: side(columns * MACROBLOCK - unitX * (left + right)),
    height: side(rows * MACROBLOCK * (frameOnly ? 1 : 2) - unitY * (top + bottom)),
  };
}

/** @returns chroma_format_idc, 0 where planes are coded apart */
function readHighProfile(bits: BitReader): number {
  const chroma = bits.ue();
  if (chroma > 3) throw new MediaError('codec.malformed', 'unknown chroma format');
  const apart = chroma === 3 && bits.flag();
  bits.ue(); // bit_depth_luma_minus8
  bits.ue(); // bit_depth_chroma_minus8
  bits.flag(); // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    const lists = chroma === 3 ? 12 : 8;
    for (let i = 0; i < lists; i += 1) if (bits.flag()) skipScalingList(bits, i < 6 ? 16 : 64);
  }
  return apart ? 0 : chroma;
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
  // first_mb_in_slice is the first field of the slice header; 0 is the single bit 1.
  isFirstSlice: (nal) => H264_RULES.isSlice(nal) && ((nal[1] ?? 0) & 0x80) !== 0,
  isKeySlice: (nal) => h264NalType(nal) === H264_NAL.idr,
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
