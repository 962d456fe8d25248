/** One sealed still: one keyframe, decoded once. */
import type { DecoderTrouble } from './decoder.ts';
import type { Painted } from './painter.ts';
import type { ScreenUnit } from './screen-unit.ts';

/** Draws a keyframe (stream 3) and lets the decoder go. Never throws for the unit's bytes. */
export declare function paintStill(
  unit: ScreenUnit,
  canvas: HTMLCanvasElement | OffscreenCanvas,
): Promise<{ readonly painted: Painted } | { readonly trouble: DecoderTrouble }>;
