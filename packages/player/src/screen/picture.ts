/** Decoder and painter of one camera on one canvas. */
import type { CodecConfig } from '@sealcam/media';
import type { DecoderTrouble } from './decoder.ts';
import type { Painted } from './painter.ts';
import type { ScreenUnit } from './screen-unit.ts';

export interface PictureEvents {
  /** A picture is on the canvas: the age and the receipt come from here. */
  painted(picture: Painted): void;
  trouble(reason: DecoderTrouble, config?: CodecConfig): void;
}

/** One camera, one session, one canvas: make a fresh one when either changes. */
export declare class Picture {
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, events: PictureEvents);
  push(unit: ScreenUnit): void;
  /** Blank at once (refused, gone, private) and wait for a keyframe. */
  blank(): void;
  close(): void;
}
