/** One sealed still: one keyframe, decoded once. */
import { PictureDecoder, type DecoderTrouble } from './decoder.ts';
import { drawFrame, type Painted } from './painter.ts';
import type { ScreenUnit } from './screen-unit.ts';

export type StillOutcome = { readonly painted: Painted } | { readonly trouble: DecoderTrouble };

/** Draws a keyframe (stream 3) and lets the decoder go. Never throws for the unit's bytes; the canvas changes only on success. */
export async function paintStill(unit: ScreenUnit, canvas: HTMLCanvasElement | OffscreenCanvas): Promise<StillOutcome> {
  let outcome: StillOutcome = { trouble: 'malformed' };
  const decoder = new PictureDecoder({
    frame: (frame, of) => {
      outcome = { painted: drawFrame(canvas, frame, of) };
    },
    trouble: (trouble) => {
      outcome = { trouble };
    },
  });
  decoder.push(unit);
  await decoder.flush();
  decoder.close();
  return outcome;
}
