/** The demo's picture, what all its painters share: its size and time, a way to move that closes the loop, light. */

/**
 * The demo camera's picture: a cottage on a winter night. One pure function of the frame number, so that the clip that is
 * committed can be made again. Everything that moves has a period that divides the loop: the last frame leads into the first.
 */
export const WIDTH = 1280;

export const HEIGHT = 720;

export const FPS = 15;

export const FRAMES = 48 * FPS;

export const LOOP_SECONDS = FRAMES / FPS;

export const TAU = Math.PI * 2;

export type Canvas = OffscreenCanvasRenderingContext2D;

/** `cycles` whole turns a loop, so that it closes. */
export function wave(t: number, cycles: number, phase = 0): number {
  return Math.sin((t / LOOP_SECONDS) * TAU * cycles + phase);
}

/** A fixed stream of numbers in 0..1: the scene is the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function fade(
  g: Canvas,
  box: readonly [number, number, number, number],
  stops: readonly (readonly [number, string])[],
): CanvasGradient {
  const gradient = g.createLinearGradient(...box);
  for (const [at, color] of stops) gradient.addColorStop(at, color);
  return gradient;
}

export function glow(g: Canvas, x: number, y: number, radius: number, color: string, strength: number): void {
  const gradient = g.createRadialGradient(x, y, 0, x, y, radius);
  gradient.addColorStop(0, `rgba(${color},${strength})`);
  gradient.addColorStop(0.35, `rgba(${color},${strength * 0.42})`);
  gradient.addColorStop(1, `rgba(${color},0)`);
  g.fillStyle = gradient;
  g.fillRect(x - radius, y - radius, radius * 2, radius * 2);
}
