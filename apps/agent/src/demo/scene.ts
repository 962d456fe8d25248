/**
 * The demo camera's picture: a cottage on a winter night. One pure function of the frame number, so that the clip that is
 * committed can be made again. Everything that moves has a period that divides the loop: the last frame leads into the first.
 */
import { fence, cat } from './cat.ts';
import { cottage, lantern } from './cottage.ts';
import { sky, moon, clouds, hills, forest, ground, path, bigPine, snowfall } from './landscape.ts';
import { WIDTH, HEIGHT, FPS, type Canvas } from './paint.ts';

export { FPS, FRAMES, HEIGHT, WIDTH } from './paint.ts';

/** @param frame 0 to FRAMES - 1 */
export function drawScene(g: Canvas, frame: number): void {
  const t = frame / FPS;
  sky(g, t);
  moon(g);
  clouds(g, t);
  hills(g);
  forest(g, t);
  ground(g);
  snowfall(g, t, 0);
  cottage(g, t);
  path(g);
  fence(g);
  cat(g, t);
  bigPine(g, t);
  lantern(g, t);
  snowfall(g, t, 1);
  vignette(g);
  caption(g, frame);
}

function vignette(g: Canvas): void {
  const shade = g.createRadialGradient(WIDTH / 2, HEIGHT / 2, 380, WIDTH / 2, HEIGHT / 2, 820);
  shade.addColorStop(0, 'rgba(5,8,25,0)');
  shade.addColorStop(1, 'rgba(5,8,25,0.55)');
  g.fillStyle = shade;
  g.fillRect(0, 0, WIDTH, HEIGHT);
}

/** Which camera, which frame: read from the pixels, as with a real camera's own caption. */
function caption(g: Canvas, frame: number): void {
  const seconds = Math.floor(frame / FPS);
  const clock = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  g.font = '600 30px "DejaVu Sans Mono", monospace';
  g.textBaseline = 'alphabetic';
  plate(g, 28, 26, 118);
  g.fillStyle = '#ffffff';
  g.fillText('DEMO', 50, 62);
  plate(g, WIDTH - 28 - 262, 26, 262);
  g.fillStyle = '#ffffff';
  g.fillText(clock, WIDTH - 268, 62);
  g.fillStyle = '#ffd384';
  g.fillText(`#${String(frame).padStart(4, '0')}`, WIDTH - 150, 62);
}

function plate(g: Canvas, x: number, y: number, width: number): void {
  g.fillStyle = 'rgba(8,11,28,0.5)';
  g.beginPath();
  g.roundRect(x, y, width, 50, 12);
  g.fill();
}
