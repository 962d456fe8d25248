/** The demo's picture: sky, hills, trees and snow. */
import { WIDTH, HEIGHT, LOOP_SECONDS, TAU, type Canvas, wave, seeded, fade, glow } from './paint.ts';

export function sky(g: Canvas, t: number): void {
  g.fillStyle = fade(
    g,
    [0, 0, 0, 520],
    [
      [0, '#0a1230'],
      [0.45, '#1a2a57'],
      [0.8, '#3a4a80'],
      [1, '#6a6a9a'],
    ],
  );
  g.fillRect(0, 0, WIDTH, HEIGHT);
  const random = seeded(7);
  for (let i = 0; i < 120; i += 1) {
    const x = random() * WIDTH;
    const y = random() ** 1.5 * 380;
    const size = 0.6 + random() ** 3 * 1.6;
    const twinkle = i % 5 === 0 ? 0.65 + 0.35 * wave(t, 4 + (i % 7), i) : 0.8;
    g.fillStyle = `rgba(235,240,255,${(1 - y / 460) * twinkle})`;
    g.beginPath();
    g.arc(x, y, size, 0, TAU);
    g.fill();
  }
  shootingStar(g, t);
}

/** One a loop, for those who look. */
function shootingStar(g: Canvas, t: number): void {
  const age = t - 31;
  if (age < 0 || age > 0.9) return;
  const x = 420 + age * 420;
  const y = 70 + age * 130;
  const trail = g.createLinearGradient(x - 130, y - 40, x, y);
  trail.addColorStop(0, 'rgba(255,255,255,0)');
  trail.addColorStop(1, `rgba(255,255,255,${0.9 * (1 - age / 0.9)})`);
  g.strokeStyle = trail;
  g.lineWidth = 2.5;
  g.beginPath();
  g.moveTo(x - 130, y - 40);
  g.lineTo(x, y);
  g.stroke();
}

const MOON = { x: 1090, y: 158, r: 54 } as const;

export function moon(g: Canvas): void {
  glow(g, MOON.x, MOON.y, 330, '190,205,255', 0.42);
  g.fillStyle = fade(
    g,
    [MOON.x - 40, MOON.y - 50, MOON.x + 40, MOON.y + 50],
    [
      [0, '#fffdf2'],
      [1, '#dfe3f4'],
    ],
  );
  g.beginPath();
  g.arc(MOON.x, MOON.y, MOON.r, 0, TAU);
  g.fill();
  g.fillStyle = 'rgba(150,165,205,0.28)';
  for (const [dx, dy, r] of [
    [-18, -12, 11],
    [14, 10, 15],
    [-8, 24, 7],
    [24, -20, 6],
    [-30, 12, 5],
  ] as const) {
    g.beginPath();
    g.arc(MOON.x + dx, MOON.y + dy, r, 0, TAU);
    g.fill();
  }
}

/** Each bank crosses the sky a whole number of times a loop, or it would jump at the seam. */
export function clouds(g: Canvas, t: number): void {
  const span = WIDTH + 900;
  for (const [start, y, scale, turns, alpha] of [
    [0, 118, 1.1, 1, 0.22],
    [760, 205, 1.5, 1, 0.17],
    [1480, 70, 0.8, 1, 0.14],
  ] as const) {
    const x = ((start + (t / LOOP_SECONDS) * span * turns) % span) - 450;
    g.save();
    g.translate(x, y);
    g.scale(scale, scale * 0.55);
    for (const [dx, dy, r] of [
      [-150, 14, 60],
      [-80, -6, 84],
      [0, -22, 100],
      [90, -4, 86],
      [165, 16, 58],
      [20, 22, 95],
    ] as const) {
      const puff = g.createRadialGradient(dx, dy, 0, dx, dy, r);
      puff.addColorStop(0, `rgba(196,206,240,${alpha})`);
      puff.addColorStop(1, 'rgba(196,206,240,0)');
      g.fillStyle = puff;
      g.fillRect(dx - r, dy - r, 2 * r, 2 * r);
    }
    g.restore();
  }
}

function ridge(g: Canvas, base: number, height: number, seed: number, fill: string | CanvasGradient): void {
  g.fillStyle = fill;
  g.beginPath();
  g.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 8) {
    const y = base - height * (0.5 + 0.3 * Math.sin(x / 210 + seed) + 0.2 * Math.sin(x / 93 + seed * 2.3));
    g.lineTo(x, y);
  }
  g.lineTo(WIDTH, HEIGHT);
  g.fill();
}

export function hills(g: Canvas): void {
  ridge(
    g,
    430,
    120,
    1.2,
    fade(
      g,
      [0, 300, 0, 460],
      [
        [0, '#5a659c'],
        [1, '#48548c'],
      ],
    ),
  );
  ridge(
    g,
    470,
    90,
    4.1,
    fade(
      g,
      [0, 370, 0, 500],
      [
        [0, '#404d84'],
        [1, '#35406f'],
      ],
    ),
  );
}

interface Pine {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly color: string;
  readonly snow: string;
}

/** Tiers lean more the higher they are, as wind has it. */
function pine(g: Canvas, tree: Pine, lean: number): void {
  const { x, y, height } = tree;
  const tiers = 5;
  g.fillStyle = '#1b1830';
  g.fillRect(x - height * 0.025, y - height * 0.14, height * 0.05, height * 0.16);
  for (let i = 0; i < tiers; i += 1) {
    const bottom = y - height * (0.08 + 0.165 * i);
    const top = bottom - height * (0.33 - 0.02 * i);
    const half = height * (0.27 - 0.045 * i);
    const at = x + lean * ((y - bottom) / height) ** 1.6;
    const tip = x + lean * ((y - top) / height) ** 1.6;
    bough(g, at, bottom, tip, top, half, tree.color);
    g.save();
    g.beginPath();
    g.moveTo(tip, top);
    g.lineTo(at - half * 0.62, bottom - height * 0.075);
    g.quadraticCurveTo(at - half * 0.2, bottom - height * 0.12, at + half * 0.1, bottom - height * 0.1);
    g.closePath();
    g.fillStyle = tree.snow;
    g.fill();
    g.restore();
  }
}

function bough(g: Canvas, at: number, bottom: number, tip: number, top: number, half: number, color: string): void {
  g.fillStyle = color;
  g.beginPath();
  g.moveTo(tip, top);
  g.quadraticCurveTo(at - half * 0.35, (top + bottom) / 2, at - half, bottom);
  g.quadraticCurveTo(at - half * 0.4, bottom + half * 0.18, at, bottom - half * 0.02);
  g.quadraticCurveTo(at + half * 0.4, bottom + half * 0.18, at + half, bottom);
  g.quadraticCurveTo(at + half * 0.35, (top + bottom) / 2, tip, top);
  g.fill();
}

export function forest(g: Canvas, t: number): void {
  const random = seeded(21);
  for (let i = 0; i < 30; i += 1) {
    const x = -20 + (i / 29) * 1320 + (random() - 0.5) * 30;
    const height = 100 + random() * 95;
    const y = 488 + random() * 18;
    const lean = wave(t, 8, i * 0.9) * height * 0.02;
    pine(g, { x, y, height, color: i % 2 ? '#243057' : '#2a3763', snow: 'rgba(150,165,215,0.38)' }, lean);
  }
}

export function ground(g: Canvas): void {
  g.fillStyle = fade(
    g,
    [0, 470, 0, HEIGHT],
    [
      [0, '#8a97cc'],
      [0.35, '#7584bf'],
      [1, '#4a578f'],
    ],
  );
  g.beginPath();
  g.moveTo(0, 500);
  g.bezierCurveTo(260, 462, 470, 508, 700, 494);
  g.bezierCurveTo(900, 480, 1080, 470, WIDTH, 492);
  g.lineTo(WIDTH, HEIGHT);
  g.lineTo(0, HEIGHT);
  g.fill();
  g.fillStyle = fade(
    g,
    [0, 560, 0, HEIGHT],
    [
      [0, 'rgba(170,184,230,0.55)'],
      [1, 'rgba(84,98,158,0.2)'],
    ],
  );
  g.beginPath();
  g.moveTo(0, 610);
  g.bezierCurveTo(240, 560, 420, 612, 640, 640);
  g.bezierCurveTo(860, 664, 1060, 610, WIDTH, 620);
  g.lineTo(WIDTH, HEIGHT);
  g.lineTo(0, HEIGHT);
  g.fill();
}

export function path(g: Canvas): void {
  g.fillStyle = fade(
    g,
    [0, 550, 0, HEIGHT],
    [
      [0, 'rgba(255,214,160,0.36)'],
      [0.5, 'rgba(226,226,250,0.3)'],
      [1, 'rgba(226,230,255,0.12)'],
    ],
  );
  g.beginPath();
  g.moveTo(850, 552);
  g.bezierCurveTo(840, 600, 700, 620, 560, HEIGHT);
  g.lineTo(800, HEIGHT);
  g.bezierCurveTo(850, 640, 920, 610, 902, 552);
  g.fill();
}

export function bigPine(g: Canvas, t: number): void {
  pine(
    g,
    { x: 1175, y: 668, height: 430, color: '#141b38', snow: 'rgba(196,208,246,0.5)' },
    wave(t, 6, 1) * 9 + wave(t, 14) * 3,
  );
  pine(g, { x: 1268, y: 700, height: 330, color: '#10162f', snow: 'rgba(176,190,236,0.4)' }, wave(t, 7, 2) * 7);
  pine(g, { x: 596, y: 560, height: 210, color: '#1c2547', snow: 'rgba(186,200,240,0.45)' }, wave(t, 8, 3) * 5);
}

/** Far flakes (0) fall behind the house, near ones (1) before everything; each falls a whole number of times a loop. */
export function snowfall(g: Canvas, t: number, layer: 0 | 1): void {
  const random = seeded(layer === 0 ? 99 : 1234);
  const count = layer === 0 ? 90 : 46;
  for (let i = 0; i < count; i += 1) {
    const turns = (layer === 0 ? 3 : 5) + Math.floor(random() * 3);
    const fall = (random() + (t / LOOP_SECONDS) * turns) % 1;
    const sway = (layer === 0 ? 14 : 34) * wave(t, 2 + (i % 4), i * 1.7);
    const x = random() * (WIDTH + 80) - 40 + sway;
    const y = fall * (HEIGHT + 40) - 20;
    const r = layer === 0 ? 1.1 + random() : 2 + random() * 2.2;
    g.fillStyle = `rgba(244,247,255,${layer === 0 ? 0.55 : 0.8})`;
    g.beginPath();
    g.arc(x, y, r, 0, TAU);
    g.fill();
  }
}
