/** Decoder and painter of one camera on one canvas. */
import type { CodecConfig } from '@sealcam/media';
import { PictureDecoder, type DecoderTrouble } from './decoder.ts';
import { Painter, type Painted } from './painter.ts';
import type { ScreenUnit } from './screen-unit.ts';

export interface PictureEvents {
  /** A picture is on the canvas: the age and the receipt come from here. */
  painted(picture: Painted): void;
  trouble(reason: DecoderTrouble, config?: CodecConfig): void;
}

/** While a kept GOP is caught up with, its pictures are in the past: only the first and one in this many ms are drawn. */
const CATCH_UP_MS = 200;
/** Units that wait for a decoder that keeps up. */
const NORMAL_BACKLOG = 2;

/** One camera, one canvas. */
export class Picture {
  readonly #decoder: PictureDecoder;
  readonly #painter: Painter;
  #shownAtMs = -Infinity;

  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, events: PictureEvents) {
    this.#painter = new Painter(canvas, (picture) => events.painted(picture));
    this.#decoder = new PictureDecoder({
      frame: (frame, unit) => this.#frame(frame, unit),
      trouble: (reason, config) => events.trouble(reason, config),
    });
  }

  push(unit: ScreenUnit): void {
    this.#decoder.push(unit);
  }

  /** Another session: a fresh decoder; the last picture stays until the next one is there. */
  restart(): void {
    this.#decoder.reset();
    this.#shownAtMs = -Infinity;
  }

  /** Blank at once (refused, gone, private) and wait for a keyframe. */
  blank(): void {
    this.restart();
    this.#painter.clear();
  }

  /** Lets the decoder go; the canvas stays as it is. */
  close(): void {
    this.#decoder.close();
    this.#painter.close();
  }

  #frame(frame: VideoFrame, unit: ScreenUnit): void {
    const nowMs = performance.now();
    if (this.#decoder.backlog > NORMAL_BACKLOG && nowMs - this.#shownAtMs < CATCH_UP_MS) return frame.close();
    this.#shownAtMs = nowMs;
    this.#painter.show(frame, unit);
  }
}
