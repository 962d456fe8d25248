/** Draws only the newest decoded frame. */
import type { ScreenUnit } from './screen-unit.ts';

export interface Painted {
  readonly ctr: number;
  readonly captureUs: number;
  readonly width: number;
  readonly height: number;
}

export declare class Painter {
  /** The canvas takes the pixels' own size; CSS `object-fit: contain` letterboxes it. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, painted: (picture: Painted) => void);
  /** Takes the frame over and closes it, drawn or not. */
  show(frame: VideoFrame, unit: ScreenUnit): void;
  /** Blank the canvas and drop what waits. */
  clear(): void;
  close(): void;
}
