/**
 * Makes `porch.h264` from `scene.ts`: `node apps/agent/src/demo/render.ts [--still <frame> <file.png>]`.
 * Chromium draws, ffmpeg encodes; neither is needed to play it. Annex B, a delimiter before each access unit, a keyframe with its
 * parameter sets every 2 s, no B-frames: what a decent camera sends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { FPS, FRAMES } from './scene.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function openScene(): Promise<{ page: Page; close: () => Promise<void> }> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const page = await browser.newPage();
  const drawing = `
    import { drawScene, HEIGHT, WIDTH } from './scene.ts';
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    const g = canvas.getContext('2d', { alpha: false });
    globalThis.frame = async (n) => {
      drawScene(g, n);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
      let text = '';
      for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
      return btoa(text);
    };`;
  const stdin = { contents: drawing, resolveDir: here('.') };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: 'iife' });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  await page.waitForFunction('globalThis.frame !== undefined');
  return { page, close: () => browser.close() };
}

async function drawFrame(page: Page, frame: number): Promise<Buffer> {
  return Buffer.from(await page.evaluate<string>(`globalThis.frame(${frame})`), 'base64');
}

async function encode(page: Page): Promise<void> {
  const gop = 2 * FPS;
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'image2pipe', '-framerate', String(FPS), '-i', '-'],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'veryslow',
        '-tune',
        'animation',
        '-profile:v',
        'high',
        '-level',
        '3.1',
        '-pix_fmt',
        'yuv420p',
        '-bf',
        '0',
      ],
      ...[
        '-crf',
        '25',
        '-maxrate',
        '900k',
        '-bufsize',
        '1800k',
        '-g',
        String(gop),
        '-keyint_min',
        String(gop),
        '-sc_threshold',
        '0',
      ],
      ...[
        '-x264-params',
        'aud=1:ref=2:aq-mode=3',
        '-bsf:v',
        'filter_units=remove_types=6',
        '-f',
        'h264',
        here('porch.h264'),
      ],
    ],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  );
  for (let frame = 0; frame < FRAMES; frame += 1) {
    if (!ffmpeg.stdin.write(await drawFrame(page, frame))) await once(ffmpeg.stdin, 'drain');
  }
  ffmpeg.stdin.end();
  await once(ffmpeg, 'close');
}

const { page, close } = await openScene();
const still = process.argv.indexOf('--still');
if (still === -1) await encode(page);
else writeFileSync(process.argv[still + 2] ?? 'still.png', await drawFrame(page, Number(process.argv[still + 1])));
await close();
