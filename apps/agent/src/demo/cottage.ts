/** The demo's picture: the cottage and its lantern, the warm light in it. */
import { LOOP_SECONDS, TAU, type Canvas, wave, fade, glow } from './paint.ts';

const HOUSE = { left: 690, right: 1060, base: 545, eaves: 390, peak: 268 } as const;

export function cottage(g: Canvas, t: number): void {
  const { left, right, base, eaves, peak } = HOUSE;
  const middle = (left + right) / 2;
  smoke(g, t);
  g.fillStyle = '#3a2f45';
  g.fillRect(965, 268, 38, 90);
  g.fillStyle = '#e8ecfb';
  g.beginPath();
  g.roundRect(959, 258, 50, 14, 7);
  g.fill();
  g.fillStyle = fade(
    g,
    [left, 0, right, 0],
    [
      [0, '#4b3440'],
      [0.5, '#5d4049'],
      [1, '#3e2c3b'],
    ],
  );
  g.beginPath();
  g.moveTo(left + 18, base);
  g.lineTo(left + 18, eaves);
  g.lineTo(middle, peak + 20);
  g.lineTo(right - 18, eaves);
  g.lineTo(right - 18, base);
  g.fill();
  g.strokeStyle = 'rgba(20,10,25,0.28)';
  g.lineWidth = 2;
  for (let y = 402; y < base; y += 15) {
    g.beginPath();
    g.moveTo(left + 18, y);
    g.lineTo(right - 18, y);
    g.stroke();
  }
  roof(g, middle);
  const flicker = 0.93 + 0.05 * wave(t, 48) + 0.03 * wave(t, 77, 1);
  window_(g, 736, 428, flicker);
  window_(g, 950, 428, 0.97 + 0.03 * wave(t, 31, 2));
  door(g, middle, base);
  attic(g, middle, flicker);
  g.fillStyle = '#c9d2f2';
  g.beginPath();
  g.moveTo(left, base + 8);
  g.quadraticCurveTo(middle, base - 16, right, base + 8);
  g.quadraticCurveTo(middle, base + 22, left, base + 8);
  g.fill();
  for (const [x, strength] of [
    [775, 0.5],
    [990, 0.5],
    [middle, 0.36],
  ] as const) {
    g.save();
    g.translate(x, base + 34);
    g.scale(1, 0.3);
    glow(g, 0, 0, 150, '255,190,100', strength * flicker);
    g.restore();
  }
}

function roof(g: Canvas, middle: number): void {
  const { left, right, eaves, peak } = HOUSE;
  g.fillStyle = fade(
    g,
    [0, peak, 0, eaves + 20],
    [
      [0, '#f6f8ff'],
      [0.7, '#ccd5f4'],
      [1, '#9fabd8'],
    ],
  );
  g.beginPath();
  g.moveTo(middle, peak);
  g.lineTo(right + 26, eaves + 8);
  g.quadraticCurveTo(right + 20, eaves + 30, right - 14, eaves + 16);
  g.lineTo(middle, peak + 36);
  g.lineTo(left + 14, eaves + 16);
  g.quadraticCurveTo(left - 20, eaves + 30, left - 26, eaves + 8);
  g.closePath();
  g.fill();
}

function window_(g: Canvas, x: number, y: number, flicker: number): void {
  const w = 76;
  const h = 72;
  glow(g, x + w / 2, y + h / 2, 128, '255,185,95', 0.5 * flicker);
  g.fillStyle = fade(
    g,
    [0, y, 0, y + h],
    [
      [0, '#ffe9a8'],
      [0.6, '#ffc766'],
      [1, '#f79f45'],
    ],
  );
  g.globalAlpha = flicker;
  g.fillRect(x, y, w, h);
  g.globalAlpha = 1;
  g.fillStyle = 'rgba(205,105,60,0.35)';
  g.beginPath();
  g.moveTo(x, y);
  g.quadraticCurveTo(x + 24, y + 26, x + 5, y + h);
  g.lineTo(x, y + h);
  g.moveTo(x + w, y);
  g.quadraticCurveTo(x + w - 24, y + 26, x + w - 5, y + h);
  g.lineTo(x + w, y + h);
  g.fill();
  g.strokeStyle = '#2c2030';
  g.lineWidth = 5;
  g.strokeRect(x, y, w, h);
  g.lineWidth = 3;
  g.beginPath();
  g.moveTo(x + w / 2, y);
  g.lineTo(x + w / 2, y + h);
  g.moveTo(x, y + h * 0.45);
  g.lineTo(x + w, y + h * 0.45);
  g.stroke();
  g.fillStyle = '#e9edfc';
  g.beginPath();
  g.roundRect(x - 8, y + h, w + 16, 10, 5);
  g.fill();
}

function attic(g: Canvas, middle: number, flicker: number): void {
  glow(g, middle, 356, 70, '255,190,100', 0.4 * flicker);
  g.fillStyle = '#ffd384';
  g.beginPath();
  g.arc(middle, 358, 19, 0, TAU);
  g.fill();
  g.strokeStyle = '#2c2030';
  g.lineWidth = 4;
  g.stroke();
  g.lineWidth = 2.5;
  g.beginPath();
  g.moveTo(middle - 19, 358);
  g.lineTo(middle + 19, 358);
  g.moveTo(middle, 339);
  g.lineTo(middle, 377);
  g.stroke();
}

function door(g: Canvas, middle: number, base: number): void {
  g.fillStyle = '#2c2030';
  g.beginPath();
  g.roundRect(middle - 37, base - 116, 74, 118, [36, 36, 0, 0]);
  g.fill();
  g.fillStyle = fade(
    g,
    [0, base - 110, 0, base],
    [
      [0, '#8a3b3a'],
      [1, '#5f2833'],
    ],
  );
  g.beginPath();
  g.roundRect(middle - 30, base - 109, 60, 110, [29, 29, 0, 0]);
  g.fill();
  g.strokeStyle = '#2f6b4a';
  g.lineWidth = 9;
  g.beginPath();
  g.arc(middle, base - 74, 14, 0, TAU);
  g.stroke();
  g.fillStyle = '#e25b4b';
  for (const angle of [0.4, 2.1, 3.6, 5.2]) {
    g.beginPath();
    g.arc(middle + 14 * Math.cos(angle), base - 74 + 14 * Math.sin(angle), 3, 0, TAU);
    g.fill();
  }
  g.fillStyle = '#f0c568';
  g.beginPath();
  g.arc(middle + 20, base - 44, 4, 0, TAU);
  g.fill();
}

function smoke(g: Canvas, t: number): void {
  const puffs = 9;
  for (let i = 0; i < puffs; i += 1) {
    const life = ((t / LOOP_SECONDS) * 6 + i / puffs) % 1;
    const x = 984 + life * 60 + 10 * Math.sin(life * 7 + i);
    const y = 256 - life * 150;
    const r = 12 + life * 36;
    const puff = g.createRadialGradient(x, y, 0, x, y, r);
    puff.addColorStop(0, `rgba(210,216,240,${0.3 * Math.sin(life * Math.PI)})`);
    puff.addColorStop(1, 'rgba(210,216,240,0)');
    g.fillStyle = puff;
    g.fillRect(x - r, y - r, 2 * r, 2 * r);
  }
}

export function lantern(g: Canvas, t: number): void {
  const x = 566;
  const y = 556;
  const flicker = 0.9 + 0.06 * wave(t, 53) + 0.04 * wave(t, 91, 2);
  g.save();
  g.translate(x, y + 122);
  g.scale(1, 0.28);
  glow(g, 0, 0, 190, '255,190,105', 0.6 * flicker);
  g.restore();
  glow(g, x, y, 170, '255,196,110', 0.62 * flicker);
  g.fillStyle = '#1d1a2c';
  g.fillRect(x - 4, y + 22, 8, 102);
  g.fillRect(x - 14, y + 120, 28, 7);
  g.fillStyle = '#fff0c0';
  g.beginPath();
  g.roundRect(x - 12, y - 18, 24, 36, 5);
  g.fill();
  g.strokeStyle = '#1d1a2c';
  g.lineWidth = 4;
  g.stroke();
  g.fillStyle = '#1d1a2c';
  g.beginPath();
  g.moveTo(x - 19, y - 16);
  g.lineTo(x, y - 34);
  g.lineTo(x + 19, y - 16);
  g.fill();
  g.fillStyle = '#eef1ff';
  g.beginPath();
  g.moveTo(x - 17, y - 19);
  g.quadraticCurveTo(x, y - 44, x + 17, y - 19);
  g.quadraticCurveTo(x, y - 26, x - 17, y - 19);
  g.fill();
}
