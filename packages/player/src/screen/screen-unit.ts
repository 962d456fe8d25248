/** What the viewer hands to the screen after opening: authenticated facts and bytes, nothing of the wire. */
export interface ScreenUnit {
  /** From the authenticated flags. */
  readonly keyframe: boolean;
  readonly discontinuity: boolean;
  /** SFrame counter, for receipts. */
  readonly ctr: number;
  /** Unix microseconds on the agent's clock. */
  readonly captureUs: number;
  readonly durationUs: number;
  /** Encoded CodecConfig (`decodeCodecConfig` of media): on every video keyframe. */
  readonly config?: Uint8Array;
  /** Annex B, or one raw audio frame. */
  readonly data: Uint8Array;
}
