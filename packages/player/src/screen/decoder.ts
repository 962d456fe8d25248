/** WebCodecs, one decoder for each camera and session. */
import type { CodecConfig } from '@sealcam/media';
import type { ScreenUnit } from './screen-unit.ts';

export type DecoderTrouble = 'unsupported' | 'too-large' | 'malformed' | 'failed';

export interface DecoderEvents {
  /** The receiver owns the frame and must close it. `unit` is the one it was decoded from. */
  frame(frame: VideoFrame, unit: ScreenUnit): void;
  /** `unsupported`, `too-large`: this config will never play here. `malformed`: bytes refused, waits for a keyframe. `failed`: decoder gave up even in software. */
  trouble(reason: DecoderTrouble, config?: CodecConfig): void;
}

/** Whether this browser decodes that config; false too for sizes over the cap. Encoded or decoded config. */
export declare function canPlay(config: CodecConfig | Uint8Array): Promise<boolean>;

export declare class PictureDecoder {
  constructor(events: DecoderEvents);
  /** Units in the order of their counters, from a keyframe on; others are ignored until one comes. */
  push(unit: ScreenUnit): void;
  /** Resolves when all that was pushed is decoded or refused. */
  flush(): Promise<void>;
  /** A gap before the next unit: wait for a keyframe. */
  reset(): void;
  close(): void;
}
