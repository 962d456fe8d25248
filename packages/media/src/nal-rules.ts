/** What the assembler asks of a video codec; nal-h264.ts and nal-h265.ts answer in the same shape. */
import type { VideoCodec } from './codec.ts';

/** What a viewer must know of a sequence before it configures a decoder. */
export interface SpsFacts {
  /** RFC 6381 form: `avc1.64001f`, `hev1.1.6.L93.b0`. */
  readonly codecString: string;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  /** Of luma, 8 or more. */
  readonly bitDepth: number;
  /** Pictures may come as two fields. */
  readonly interlaced: boolean;
}

/** A parameter set with its own id and the id of the one it builds on (PPS → SPS → VPS; -1 where there is none). */
export interface SetIdentity {
  readonly kind: 'vps' | 'sps' | 'pps';
  readonly id: number;
  readonly parent: number;
}

export interface NalRules {
  readonly codec: VideoCodec;
  /** Bytes before the payload of a NAL unit; shorter ones are nothing. */
  readonly headerBytes: number;
  /** A slice of a picture, with a slice header. */
  readonly isSlice: (nal: Uint8Array) => boolean;
  /** The slice with which a picture begins. */
  readonly isFirstSlice: (nal: Uint8Array) => boolean;
  /**
   * Whether it may not follow the slices of a picture within the same access unit, so that another picture begins (H.264, 7.4.1.2.3; H.265,
   * 7.4.2.4.4). Asked only once a slice was seen; 16 bytes of it are enough.
   */
  readonly beginsPicture: (nal: Uint8Array) => boolean;
  /** A slice of a picture that needs none before it. */
  readonly isKeySlice: (nal: Uint8Array) => boolean;
  /** Whether a decoder that begins with this access unit shows whole pictures from it on. */
  readonly isRandomAccess: (nals: readonly Uint8Array[]) => boolean;
  /** Delimiters and filler: carried for nobody. */
  readonly isFiller: (nal: Uint8Array) => boolean;
  /** Whether it is a parameter set at all, readable or not. */
  readonly isParameterSet: (nal: Uint8Array) => boolean;
  /** @throws {MediaError} for a parameter set that ends early */
  readonly identify: (nal: Uint8Array) => SetIdentity | undefined;
  /** Id of the PPS that a slice uses. @throws {MediaError} */
  readonly ppsOfSlice: (nal: Uint8Array) => number;
  /** @throws {MediaError} */
  readonly parseSps: (nal: Uint8Array) => SpsFacts;
}
