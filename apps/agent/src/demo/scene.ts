/**
 * The demo camera's picture: a cottage on a winter night. One pure function of the frame number, so that the clip that is
 * committed can be made again. Everything that moves has a period that divides the loop: the last frame leads into the first.
 */
export const WIDTH = 1280;
export const HEIGHT = 720;
export const FPS = 15;
export const FRAMES = 48 * FPS;
const LOOP_SECONDS = FRAMES / FPS;
const TAU = Math.PI * 2;

type Canvas = OffscreenCanvasRenderingContext2D;

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

/** `cycles` whole turns a loop, so that it closes. */
function wave(t: number, cycles: number, phase = 0): number {
  return Math.sin((t / LOOP_SECONDS) * TAU * cycles + phase);
}

/** A fixed stream of numbers in 0..1: the scene is the same in every run. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function fade(
  g: Canvas,
  box: readonly [number, number, number, number],
  stops: readonly (readonly [number, string])[],
): CanvasGradient {
  const gradient = g.createLinearGradient(...box);
  for (const [at, color] of stops) gradient.addColorStop(at, color);
  return gradient;
}

function glow(g: Canvas, x: number, y: number, radius: number, color: string, strength: number): void {
  const gradient = g.createRadialGradient(x, y, 0, x, y, radius);
  gradient.addColorStop(0, `rgba(${color},${strength})`);
  gradient.addColorStop(0.35, `rgba(${color},${strength * 0.42})`);
  gradient.addColorStop(1, `rgba(${color},0)`);
  g.fillStyle = gradient;
  g.fillRect(x - radius, y - radius, radius * 2, radius * 2);
}

function sky(g: Canvas, t: number): void {
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

function moon(g: Canvas): void {
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
function clouds(g: Canvas, t: number): void {
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

function hills(g: Canvas): void {
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

function forest(g: Canvas, t: number): void {
  const random = seeded(21);
  for (let i = 0; i < 30; i += 1) {
    const x = -20 + (i / 29) * 1320 + (random() - 0.5) * 30;
    const height = 100 + random() * 95;
    const y = 488 + random() * 18;
    const lean = wave(t, 8, i * 0.9) * height * 0.02;
    pine(g, { x, y, height, color: i % 2 ? '#243057' : '#2a3763', snow: 'rgba(150,165,215,0.38)' }, lean);
  }
}

function ground(g: Canvas): void {
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

const HOUSE = { left: 690, right: 1060, base: 545, eaves: 390, peak: 268 } as const;

function cottage(g: Canvas, t: number): void {
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

function path(g: Canvas): void {
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

const RAIL = 588;

function fence(g: Canvas): void {
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
function cat(g: Canvas, t: number): void {
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

function bigPine(g: Canvas, t: number): void {
  pine(
    g,
    { x: 1175, y: 668, height: 430, color: '#141b38', snow: 'rgba(196,208,246,0.5)' },
    wave(t, 6, 1) * 9 + wave(t, 14) * 3,
  );
  pine(g, { x: 1268, y: 700, height: 330, color: '#10162f', snow: 'rgba(176,190,236,0.4)' }, wave(t, 7, 2) * 7);
  pine(g, { x: 596, y: 560, height: 210, color: '#1c2547', snow: 'rgba(186,200,240,0.45)' }, wave(t, 8, 3) * 5);
}

function lantern(g: Canvas, t: number): void {
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

/** Far flakes (0) fall behind the house, near ones (1) before everything; each falls a whole number of times a loop. */
function snowfall(g: Canvas, t: number, layer: 0 | 1): void {
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
