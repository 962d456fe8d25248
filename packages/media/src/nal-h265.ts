/** H.265 NAL units: kinds, keyframes, and what of an SPS a decoder must be told (ITU-T H.265, 7.3). */
import type { SpsFacts } from './nal-h264.ts';

export const H265_NAL = { firstIrap: 16, lastIrap: 23, vps: 32, sps: 33, pps: 34, aud: 35, prefixSei: 39, suffixSei: 40 } as const;

/** nal_unit_type, 0 to 63. */
export declare function h265NalType(nal: Uint8Array): number;
/** Whether these NAL units of one access unit hold an IRAP picture (IDR, CRA, BLA). */
export declare function isH265Keyframe(nals: readonly Uint8Array[]): boolean;
/** @throws {MediaError} `codec.malformed` for an SPS that ends early or has impossible sizes */
export declare function parseH265Sps(nal: Uint8Array): SpsFacts;
