/**
 * The pictures of the README, taken anew: `node tests/browser/pictures.ts`. A real Sealcam with its demo camera, a real Chromium;
 * nothing is drawn by hand. Not a test: run it when the pages look different.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { App } from './app.ts';
import { Devices } from './devices.ts';
import { Display, pairDisplay } from './display.ts';
import { untilSeen } from './look.ts';
import { startSealcam } from './sealcam.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'docs', 'images');
const HOME = 'Maple Street';
const DEMO = 'Demo';
/** Small enough for a repository, large enough to read. */
const APP = { width: 1000, height: 560 };
const TABLET = { width: 800, height: 469 };
/** How long the demo's evening runs before it is worth a picture. */
const SCENE_FRAMES_MS = 6_000;

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), scale: 'css' });
}

async function live(page: Page): Promise<void> {
  await untilSeen(page, DEMO, ({ state, shown }) => state === 'live' && shown.kind === 'live');
}

await mkdir(FOLDER, { recursive: true });
const sealcam = await startSealcam('--log', 'error');
const devices = await Devices.open();
try {
  const admin = await devices.add('admin', 'desktop');
  const tablet = await devices.add('tablet', 'tablet', { dark: true });
  await admin.page.setViewportSize(APP);
  await tablet.page.setViewportSize(TABLET);
  const app = new App(admin.page);
  const display = new Display(tablet.page);
  await app.claim(await sealcam.claimLink(), HOME);
  await live(admin.page);
  await admin.page.waitForTimeout(SCENE_FRAMES_MS);
  await take(admin.page, 'app');
  await display.open(sealcam.url);
  await display.readCode();
  await take(tablet.page, 'pairing');
  await pairDisplay(app, display, { url: sealcam.url, home: HOME, name: 'Kitchen tablet', cameras: [DEMO] });
  await live(tablet.page);
  await take(tablet.page, 'display');
} finally {
  await devices.close();
  await sealcam.close();
}
