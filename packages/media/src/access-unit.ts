/** The small value that flows from the camera's packets to the sealer: time, kind, payload. */
import type { Codec } from './codec.ts';
import type { CodecConfig } from './codec-config.ts';

/** One picture, or one audio frame. Whole or not at all: a unit with missing bytes never becomes an AccessUnit. */
export interface AccessUnit {
  readonly codec: Codec;
  /** Video: an IDR (H.264) or IRAP (H.265) picture with its parameter sets in front. Audio: always true. */
  readonly keyframe: boolean;
  /** Unix microseconds on the agent's clock, strictly rising within one receiver. */
  readonly captureUs: number;
  /** Microseconds until the next unit as far as known; 0 when not known. Fits a u32. */
  readonly durationUs: number;
  /** Video: Annex B with 4-byte start codes. Audio: one raw frame. Owned by the unit: never a view into a packet. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** On every video keyframe, and on every audio unit (some 20 bytes): a listener may join at any of them. */
  readonly config?: CodecConfig;
  /** Something before this unit is missing, or the picture changed its parameters. Always on a receiver's first unit. */
  readonly discontinuity: boolean;
}
