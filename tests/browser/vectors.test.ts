/** Our own vectors of rosters, bulletins, receipts, commands and links, read by today's code in Chromium's WebCrypto as in Node's. */
import { build } from 'esbuild';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BULLETIN_VECTOR, BULLETIN_VECTOR_READ } from '../../packages/home/src/bulletin.vectors.ts';
import { HOME_VECTORS, HOME_VECTORS_READ } from '../../packages/home/src/home.vectors.ts';
import { Devices } from './devices.ts';

const HOME = path.join(import.meta.dirname, '..', '..', 'packages', 'home', 'src');

test('one home with all its messages is read the same in a browser', async () => {
  const bundle = await build({
    stdin: {
      contents:
        "import { readBulletinVector, readVectors } from './home.vectors.check.ts'; Object.assign(globalThis, { readBulletinVector, readVectors });",
      resolveDir: HOME,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'iife',
  });
  const server = createServer((_request, response) => response.end('<!doctype html><title>vectors</title>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const devices = await Devices.open();
  try {
    const { page } = await devices.add('vectors', 'desktop', { before: bundle.outputFiles[0]?.text ?? '' });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const read = await page.evaluate(
      (vectors) => (globalThis as unknown as { readVectors(v: unknown): Promise<unknown> }).readVectors(vectors),
      HOME_VECTORS,
    );
    expect(read).toEqual(HOME_VECTORS_READ);
    const bulletin = await page.evaluate(
      (vector) =>
        (globalThis as unknown as { readBulletinVector(v: unknown): Promise<unknown> }).readBulletinVector(vector),
      BULLETIN_VECTOR,
    );
    expect(bulletin).toEqual(BULLETIN_VECTOR_READ);
    expect(devices.troubles).toEqual([]);
  } finally {
    await devices.close();
    server.close();
  }
});
