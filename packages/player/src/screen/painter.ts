/** Draws only the newest decoded frame, at most once a screen refresh, and closes every frame it was given. */
import type { ScreenUnit } from './screen-unit.ts';

export interface Painted {
  readonly ctr: number;
  /** Unix microseconds on the agent's clock. */
  readonly captureUs: number;
  readonly width: number;
  readonly height: number;
}

interface Waiting {
  readonly frame: VideoFrame;
  readonly unit: ScreenUnit;
}

type Surface = HTMLCanvasElement | OffscreenCanvas;

export class Painter {
  readonly #canvas: Surface;
  readonly #painted: (picture: Painted) => void;
  #waiting: Waiting | undefined;
  #scheduled: number | undefined;
  #closed = false;

  /** The canvas takes the picture's own size; CSS `object-fit: contain` letterboxes it. */
  constructor(canvas: Surface, painted: (picture: Painted) => void) {
    this.#canvas = canvas;
    this.#painted = painted;
  }

  /** Takes the frame over and closes it, drawn or not. */
  show(frame: VideoFrame, unit: ScreenUnit): void {
    if (this.#closed) return frame.close();
    this.#waiting?.frame.close();
    this.#waiting = { frame, unit };
    // In a hidden page no refresh comes: the one newest frame waits, and nothing counts as painted.
    this.#scheduled ??= requestAnimationFrame(() => this.#paint());
  }

  /** Blank (transparent) at once; what waits is not drawn. */
  clear(): void {
    this.#drop();
    context(this.#canvas).clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Leaves the canvas as it is. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #paint(): void {
    this.#scheduled = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#painted(drawFrame(this.#canvas, waiting.frame, waiting.unit));
  }

  #drop(): void {
    if (this.#scheduled !== undefined) cancelAnimationFrame(this.#scheduled);
    this.#scheduled = undefined;
    this.#waiting?.frame.close();
    this.#waiting = undefined;
  }
}

/** Draws and closes the frame. */
export function drawFrame(canvas: Surface, frame: VideoFrame, unit: ScreenUnit): Painted {
  const { displayWidth: width, displayHeight: height } = frame;
  try {
    // Setting a size clears the canvas, so only a new one is set.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context(canvas).drawImage(frame, 0, 0, width, height);
  } finally {
    frame.close();
  }
  return { ctr: unit.ctr, captureUs: unit.captureUs, width, height };
}

function context(canvas: Surface): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const found = canvas.getContext('2d');
  if (found === null) throw new TypeError('the canvas has a context of another kind');
  return found;
}
