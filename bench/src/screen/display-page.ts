/** A real display: Chromium on the real pages, claimed and paired as people do it, with a probe in it. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { App } from '../../../tests/browser/app.ts';
import { Devices } from '../../../tests/browser/devices.ts';
import { Display, pairDisplay } from '../../../tests/browser/display.ts';
import { pageScript } from '../../../tests/harness/page-script.ts';
import { ensurePages } from '../../../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../../../apps/sealcam/src/terminal.ts';
import type { Drawn, ProbeWindow } from './page/probed.ts';

export const CAMERA = 'Porch';

export interface DisplayPage {
  readonly page: Page;
  readonly display: Display;
  close(): Promise<void>;
}

/** @returns the folder of the pages, built from the sources as they are */
export async function builtPages(): Promise<string> {
  return await ensurePages(systemTerminal);
}

/** @param url of the relay that serves the pages @param link the claim link */
export async function openDisplay(url: string, link: string, cameraUrl: string): Promise<DisplayPage> {
  const devices = await Devices.open();
  try {
    const admin = await devices.add('admin', 'desktop');
    const app = new App(admin.page);
    await app.claim(link, 'Bench');
    await app.addCamera(CAMERA, { url: cameraUrl });
    const { page } = await devices.add('display', 'tablet', { before: await probeScript() });
    const display = new Display(page);
    await pairDisplay(app, display, { url, home: 'Bench', name: 'Tablet', cameras: [CAMERA] });
    // Its own pictures would cost this machine time that is not the display's.
    await admin.context.close();
    return { page, display, close: () => devices.close() };
  } catch (error) {
    await devices.photograph('bench');
    await devices.close();
    throw error;
  }
}

/** Taps the tile with a real touch. @returns ms from the touch to the first live frame that was on the screen */
export async function tapToPainted({ page, display }: DisplayPage): Promise<number> {
  await display.tile(CAMERA).tap();
  await page.waitForFunction(() => (globalThis as unknown as ProbeWindow).sealcamProbe.paintedMs !== undefined);
  return await page.evaluate(() => {
    const { tappedMs, paintedMs } = (globalThis as unknown as ProbeWindow).sealcamProbe;
    return (paintedMs ?? Number.NaN) - tappedMs;
  });
}

/** Watches full screen for so long and tells every frame that was drawn. */
export async function drawnFrames({ page }: DisplayPage, ms: number): Promise<readonly Drawn[]> {
  await page.evaluate(() => void ((globalThis as unknown as ProbeWindow).sealcamProbe.drawn = []));
  await page.waitForTimeout(ms);
  return await page.evaluate(() => {
    const { sealcamProbe } = globalThis as unknown as ProbeWindow;
    const { drawn } = sealcamProbe;
    sealcamProbe.drawn = undefined;
    return drawn ?? [];
  });
}

async function probeScript(): Promise<string> {
  return await pageScript(fileURLToPath(new URL('page/probe.ts', import.meta.url)));
}
