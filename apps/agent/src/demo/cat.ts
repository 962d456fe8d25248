/** The demo's picture: a fence and the one who walks on it. */
import { TAU, type Canvas } from './paint.ts';

const RAIL = 588;

export function fence(g: Canvas): void {
  g.fillStyle = '#3c3553';
  g.fillRect(0, RAIL, 520, 10);
  g.fillRect(0, RAIL + 40, 520, 9);
  for (let x = 12; x < 520; x += 62) {
    g.fillStyle = '#463e60';
    g.fillRect(x, RAIL - 22, 18, 100);
    g.fillStyle = '#eef1ff';
    g.beginPath();
    g.roundRect(x - 4, RAIL - 30, 26, 13, 7);
    g.fill();
  }
  g.fillStyle = 'rgba(238,241,255,0.85)';
  for (let x = 30; x < 470; x += 62) {
    g.beginPath();
    g.roundRect(x + 2, RAIL - 5, 40, 7, 4);
    g.fill();
  }
}

/** Walks along the fence, sits down in the moonlight, looks about, walks on. Away between 30 s and the seam. */
export function cat(g: Canvas, t: number): void {
  if (t > 30) return;
  const sitting = t > 10 && t < 20;
  const walked = t <= 10 ? t : t < 20 ? 10 : t - 10;
  const x = -60 + walked * 36;
  g.save();
  g.translate(x, RAIL - 32);
  g.fillStyle = '#15121f';
  g.strokeStyle = '#15121f';
  g.lineCap = 'round';
  if (x > 455) g.globalAlpha = Math.max(0, 1 - (x - 455) / 60);
  if (sitting) sittingCat(g, t);
  else walkingCat(g, walked);
  g.restore();
}

function walkingCat(g: Canvas, walked: number): void {
  const step = walked * 7.2;
  g.lineWidth = 7;
  for (const [hip, phase] of [
    [-24, 0],
    [-16, Math.PI],
    [18, Math.PI * 0.6],
    [25, Math.PI * 1.6],
  ] as const) {
    const swing = Math.sin(step + phase) * 9;
    const lift = Math.max(0, Math.cos(step + phase)) * 5;
    g.beginPath();
    g.moveTo(hip, -18);
    g.quadraticCurveTo(hip + swing * 0.2, -8, hip + swing, 1 - lift);
    g.stroke();
  }
  g.beginPath();
  g.ellipse(0, -26 + Math.sin(step * 2) * 0.8, 34, 13.5, -0.03, 0, TAU);
  g.fill();
  g.lineWidth = 6.5;
  g.beginPath();
  g.moveTo(-30, -30);
  g.bezierCurveTo(-50, -34, -52, -58 + Math.sin(step * 0.5) * 4, -42 + Math.sin(step * 0.5) * 5, -70);
  g.stroke();
  head(g, 38, -40 + Math.sin(step * 2) * 1.2, 1);
}

function sittingCat(g: Canvas, t: number): void {
  const curl = Math.sin(t * 2.1) * 6;
  g.beginPath();
  g.moveTo(-22, 1);
  g.bezierCurveTo(-32, -30, -8, -52, 8, -50);
  g.bezierCurveTo(24, -46, 20, -14, 22, 1);
  g.fill();
  g.lineWidth = 6.5;
  g.beginPath();
  g.moveTo(-16, -3);
  g.bezierCurveTo(-40, 4, -48, 16 + curl * 0.4, -30 + curl, 26);
  g.stroke();
  const looking = t > 13 && t < 16.5;
  head(g, 10, -60, looking ? -1 : 1);
  if (looking) eyes(g, 10, -60, t);
}

function head(g: Canvas, x: number, y: number, facing: 1 | -1): void {
  g.beginPath();
  g.ellipse(x, y, 14, 12.5, 0, 0, TAU);
  g.fill();
  for (const side of [-1, 1]) {
    g.beginPath();
    g.moveTo(x + side * 4, y - 10);
    g.lineTo(x + side * 11 + facing, y - 22);
    g.lineTo(x + side * 13, y - 4);
    g.fill();
  }
}

/** They catch the camera's own light, as cats' eyes at night do, and blink once. */
function eyes(g: Canvas, x: number, y: number, t: number): void {
  if (t > 14.6 && t < 14.8) return;
  g.fillStyle = '#c9f28a';
  for (const side of [-1, 1]) {
    g.beginPath();
    g.ellipse(x + side * 5.5, y - 1, 2.6, 3, 0, 0, TAU);
    g.fill();
  }
}
