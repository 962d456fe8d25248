/** H.264 NAL units: kinds, keyframes, and what of an SPS a decoder must be told (ITU-T H.264, 7.3). */

export const H264_NAL = { slice: 1, partitionA: 2, idr: 5, sei: 6, sps: 7, pps: 8, aud: 9 } as const;

/** What a viewer must know of a sequence before it configures a decoder. */
export interface SpsFacts {
  readonly codecString: string;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
}

/** nal_unit_type, 0 to 31. */
export declare function h264NalType(nal: Uint8Array): number;
/** Whether these NAL units of one access unit hold an IDR slice. */
export declare function isH264Keyframe(nals: readonly Uint8Array[]): boolean;
/** @throws {MediaError} `codec.malformed` for an SPS that ends early or has impossible sizes */
export declare function parseH264Sps(nal: Uint8Array): SpsFacts;
