/** The same frames in Chromium's WebCrypto: own vectors, and frames that Node sealed. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEALED_FRAMES } from './sealed-frame.vectors.ts';

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const entry = `
    import { cameraId, epoch, fromHex, homeId, sessionId, toHex } from '@sealcam/protocol';
    import { deriveOpenKeys, importEpochSecret, openFrame, readHeader } from './index.ts';
    globalThis.openVector = async (v, flip) => {
      const context = { homeId: homeId(v.homeId), cameraId: cameraId(v.cameraId), streamId: v.streamId, epoch: epoch(v.epoch), sessionId: sessionId(v.sessionId) };
      const keys = await deriveOpenKeys(context, await importEpochSecret(fromHex(v.secret), crypto.subtle), crypto.subtle);
      const frame = fromHex(v.sealed);
      if (flip >= 0) frame[flip] ^= 1;
      const header = readHeader(frame, v.streamId);
      if (header === undefined) return { outcome: 'refused', kid: keys.kid };
      const opened = await openFrame(frame, header, keys, crypto.subtle);
      if (opened.outcome !== 'opened') return { outcome: 'refused', kid: keys.kid };
      return { outcome: 'opened', kid: keys.kid, ctr: opened.ctr, captureUs: opened.captureUs, unit: toHex(opened.unit) };
    };`;
  const bundle = await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    conditions: ['import'],
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  server = createServer((request, response) => {
    const isScript = request.url === '/entry.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script src="/entry.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  browser = await chromium.launch({ executablePath: process.env['SEALCAM_CHROMIUM'] ?? '/usr/bin/chromium', args });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

const open = async (vector: (typeof SEALED_FRAMES)[number], flip = -1): Promise<unknown> =>
  page.evaluate(
    ([v, at]) =>
      (globalThis as unknown as { openVector(v: unknown, flip: unknown): Promise<unknown> }).openVector(v, at),
    [vector, flip] as const,
  );

test.each(SEALED_FRAMES)('stream $streamId, counter $ctr opens in Chromium to what was sealed', async (vector) => {
  const { kid, ctr, captureUs, unit } = vector;
  expect(await open(vector)).toEqual({ outcome: 'opened', kid, ctr, captureUs, unit });
});

test('and one flipped bit in any byte opens nothing there', async () => {
  const [vector] = SEALED_FRAMES;
  for (let at = 0; at < vector.sealed.length / 2; at += 1)
    expect(await open(vector, at)).toMatchObject({ outcome: 'refused' });
});
