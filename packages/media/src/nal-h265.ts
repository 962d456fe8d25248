/** H.265 NAL units: kinds, keyframes, and what of an SPS a decoder must be told (ITU-T H.265, 7.3). */
import { BitReader, unescapeRbsp } from './bits.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';
import type { NalRules, SetIdentity, SpsFacts } from './nal-rules.ts';

export const H265_NAL = {
  firstIrap: 16,
  lastIrap: 23,
  lastSlice: 31,
  vps: 32,
  sps: 33,
  pps: 34,
  aud: 35,
  filler: 38,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** What may follow the slices of its own access unit: ends of sequence and stream, filler, suffix messages. */
const SUFFIXES = new Set([36, 37, 38, 40]);
/** A slice header's first fields lie within this. */
const SLICE_HEADER_BYTES = 32;
const HEADER_BITS = 16;

/** nal_unit_type, 0 to 63. */
export function h265NalType(nal: Uint8Array): number {
  return ((nal[0] ?? 0) >> 1) & 0x3f;
}

/** Whether these NAL units of one access unit hold an IRAP picture (IDR, CRA, BLA). */
export function isH265Keyframe(nals: readonly Uint8Array[]): boolean {
  return H265_RULES.isRandomAccess(nals);
}

/** @throws {MediaError} `codec.malformed` for an SPS that ends early or has impossible sizes */
export function parseH265Sps(nal: Uint8Array): SpsFacts {
  const bits = new BitReader(unescapeRbsp(nal));
  bits.skip(HEADER_BITS + 4); // header, sps_video_parameter_set_id
  const subLayers = bits.u(3);
  bits.flag(); // sps_temporal_id_nesting_flag
  const codecString = readProfileTierLevel(bits, subLayers);
  bits.ue(); // sps_seq_parameter_set_id
  const chroma = bits.ue();
  if (chroma > 3) throw new MediaError('codec.malformed', 'unknown chroma format');
  const apart = chroma === 3 && bits.flag();
  const width = bits.ue();
  const height = bits.ue();
  const crop = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const unitX = !apart && (chroma === 1 || chroma === 2) ? 2 : 1;
  const unitY = !apart && chroma === 1 ? 2 : 1;
  const bitDepth = 8 + bits.ue();
  if (bitDepth > 16) throw new MediaError('codec.malformed', 'unknown bit depth');
  return {
    ...{ codecString, width: side(width - unitX * (left + right)), height: side(height - unitY * (top + bottom)) },
    // Field or frame is said in the stream only (SEI), and no camera is known to send fields.
    ...{ bitDepth, interlaced: false },
  };
}

/** 7.3.3, written as ISO/IEC 14496-15 annex E has it. `hev1`: the parameter sets are in the stream, as ours are. */
function readProfileTierLevel(bits: BitReader, subLayers: number): string {
  const space = ['', 'A', 'B', 'C'][bits.u(2)] ?? '';
  const tier = bits.flag() ? 'H' : 'L';
  const profile = bits.u(5);
  const compatibility = reverse32(bits.u(32)).toString(16);
  const constraints = [0, 1, 2, 3, 4, 5].map(() => bits.u(8));
  const level = bits.u(8);
  skipSubLayers(bits, subLayers);
  while (constraints.at(-1) === 0) constraints.pop();
  const parts = [
    `hev1.${space}${profile}`,
    compatibility,
    `${tier}${level}`,
    ...constraints.map((byte) => byte.toString(16)),
  ];
  return parts.join('.');
}

function skipSubLayers(bits: BitReader, subLayers: number): void {
  const present: [profile: boolean, level: boolean][] = [];
  for (let i = 0; i < subLayers; i += 1) present.push([bits.flag(), bits.flag()]);
  if (subLayers > 0) bits.skip(2 * (8 - subLayers));
  for (const [profile, level] of present) bits.skip((profile ? 88 : 0) + (level ? 8 : 0));
}

function reverse32(value: number): number {
  let out = 0;
  for (let i = 0; i < 32; i += 1) out = out * 2 + (Math.floor(value / 2 ** i) % 2);
  return out;
}

function identify(nal: Uint8Array): SetIdentity | undefined {
  const bits = new BitReader(unescapeRbsp(nal));
  switch (h265NalType(nal)) {
    case H265_NAL.vps:
      bits.skip(HEADER_BITS);
      return { kind: 'vps', id: bits.u(4), parent: -1 };
    case H265_NAL.sps: {
      bits.skip(HEADER_BITS);
      const parent = bits.u(4);
      const subLayers = bits.u(3);
      bits.flag();
      readProfileTierLevel(bits, subLayers);
      return { kind: 'sps', id: bits.ue(), parent };
    }
    case H265_NAL.pps:
      bits.skip(HEADER_BITS);
      return { kind: 'pps', id: bits.ue(), parent: bits.ue() };
    default:
      return undefined;
  }
}

export const H265_RULES: NalRules = {
  codec: 'h265',
  headerBytes: 2,
  isSlice: (nal) => h265NalType(nal) <= H265_NAL.lastSlice,
  beginsPicture: (nal) => (H265_RULES.isSlice(nal) ? H265_RULES.isFirstSlice(nal) : !SUFFIXES.has(h265NalType(nal))),
  isFirstSlice: (nal) => H265_RULES.isSlice(nal) && ((nal[2] ?? 0) & 0x80) !== 0,
  isKeySlice(nal) {
    const type = h265NalType(nal);
    return type >= H265_NAL.firstIrap && type <= H265_NAL.lastIrap;
  },
  isRandomAccess: (nals) => nals.some(H265_RULES.isKeySlice),
  isFiller(nal) {
    const type = h265NalType(nal);
    return type === H265_NAL.aud || type === H265_NAL.filler;
  },
  isParameterSet(nal) {
    const type = h265NalType(nal);
    return type >= H265_NAL.vps && type <= H265_NAL.pps;
  },
  identify: (nal) => (H265_RULES.isParameterSet(nal) ? identify(nal) : undefined),
  ppsOfSlice(nal) {
    const bits = new BitReader(unescapeRbsp(nal.subarray(0, SLICE_HEADER_BYTES)));
    bits.skip(HEADER_BITS + 1); // header, first_slice_segment_in_pic_flag
    if (H265_RULES.isKeySlice(nal)) bits.flag(); // no_output_of_prior_pics_flag
    return bits.ue();
  },
  parseSps: parseH265Sps,
};

function side(pixels: number): number {
  if (pixels < 1 || pixels > MEDIA_LIMITS.pictureSide)
    throw new MediaError('codec.malformed', 'impossible picture size');
  return pixels;
}
