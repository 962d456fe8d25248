/** How to decode what follows. Travels inside the sealed frame, so a viewer never configures a decoder from the open wire. */
import type { AudioCodec, VideoCodec } from './access-unit.ts';

export interface VideoConfig {
  readonly codec: VideoCodec;
  /** RFC 6381 form from the SPS: `avc1.64001f`, `hev1.1.6.L93.b0`. */
  readonly codecString: string;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  /** NAL units without start codes in the order VPS, SPS, PPS. The same ones lead every keyframe. */
  readonly parameterSets: readonly Uint8Array[];
}

export interface AudioConfig {
  readonly codec: AudioCodec;
  /** `mp4a.40.2`, `opus`, `ulaw`, `alaw`. */
  readonly codecString: string;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** AAC's AudioSpecificConfig. */
  readonly asc?: Uint8Array;
}

export type CodecConfig = VideoConfig | AudioConfig;

/** @throws {MediaError} `codec.malformed` when it does not fit MEDIA_LIMITS.codecConfigBytes or its fields */
export declare function encodeCodecConfig(config: CodecConfig): Uint8Array<ArrayBuffer>;

/** The parts returned are copies. @throws {MediaError} `codec.malformed` for anything that `encodeCodecConfig` does not write */
export declare function decodeCodecConfig(bytes: Uint8Array): CodecConfig;

export declare function sameCodecConfig(a: CodecConfig, b: CodecConfig): boolean;
