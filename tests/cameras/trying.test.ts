/** Trying a camera says exactly how far it came and what is wrong, in words a tired person understands, and never a password. */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  brandAddresses,
  parseCameraAddress,
  tryCamera,
  type Credentials,
  type TryOutcome,
  type TryStep,
} from '@sealcam/agent/cameras';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePictures } from './pixels.ts';
import { freePort, startCameras, type TestCamera } from './rig.ts';

let cameras: TestCamera[] = [];
beforeAll(async () => {
  cameras = await startCameras([
    { id: 1, auth: 'digest', audio: 'aac', width: 640, height: 360 },
    { id: 2, auth: 'basic' },
    { id: 3, codec: 'mjpeg' },
    { id: 4, codec: 'vp8' },
    { id: 5, codec: 'h265', tls: true },
    { id: 6, path: '/Preview_01_main' },
  ]);
});
afterAll(async () => {
  await cameras[0]?.stop();
});

const ALL: readonly TryStep[] = ['reached', 'spoke-rtsp', 'signed-in', 'stream-found', 'picture'];

async function trial(url: string, credentials?: Credentials): Promise<{ outcome: TryOutcome; steps: TryStep[] }> {
  const steps: TryStep[] = [];
  const parsed = parseCameraAddress(url);
  const outcome = await tryCamera(parsed.address, credentials ?? parsed.credentials, {
    onStep: ({ step }) => steps.push(step),
  });
  return { outcome, steps };
}

function camera(id: number): TestCamera {
  const found = cameras[id - 1];
  if (found === undefined) throw new TypeError('no such camera');
  return found;
}

describe('a camera that works', () => {
  test('passes every step and hands over a still of itself, its size and its sound', async () => {
    const { outcome, steps } = await trial(camera(1).url, camera(1));
    expect(steps).toEqual(ALL);
    if (!outcome.ok) throw new TypeError(outcome.words);
    expect(outcome).toMatchObject({
      videoCodec: 'h264',
      width: 640,
      height: 360,
      audio: { codec: 'aac' },
      transport: 'tcp',
    });
    const [still] = await decodePictures([outcome.keyframe]);
    expect(still).toMatchObject({ width: 640, height: 360, barcode: { cameraId: 1 } });
  });

  test('over TLS hands over the certificate to remember', async () => {
    const { outcome } = await trial(camera(5).url);
    expect(outcome).toMatchObject({ ok: true, videoCodec: 'h265', pin: expect.stringMatching(/^[0-9a-f]{64}$/u) });
  });

  test('is found by its brand: a wrong path is rtsp.not-found, the next one of the list shows the picture', async () => {
    const [older, newer] = brandAddresses('reolink', `127.0.0.1:${camera(6).port}`).main;
    if (older === undefined || newer === undefined) throw new TypeError('no paths');
    expect(await tryCamera(older, undefined)).toMatchObject({
      ok: false,
      code: 'rtsp.not-found',
      passed: 'spoke-rtsp',
    });
    expect(await tryCamera(newer, undefined)).toMatchObject({ ok: true });
  });
});

describe('a camera that does not', () => {
  test.each([
    ['digest', 1],
    ['basic', 2],
  ])('wrong password (%s): reached it, and says so without the password', async (_auth, id) => {
    const { outcome, steps } = await trial(camera(id).url, { user: camera(id).user, password: 'not-the-password' });
    expect(steps).toEqual(['reached', 'spoke-rtsp']);
    expect(outcome).toEqual({
      ok: false,
      code: 'rtsp.password',
      passed: 'spoke-rtsp',
      words: 'Reached 127.0.0.1, but the password was refused.',
    });
  });

  test('no password where one is wanted: says that one is wanted', async () => {
    const { outcome } = await trial(camera(1).url);
    expect(outcome).toMatchObject({
      code: 'rtsp.password',
      words: 'Reached 127.0.0.1, but it wants a user and a password.',
    });
  });

  test.each([
    ['mjpeg', 3],
    ['vp8', 4],
  ])('%s cannot be carried: rtsp.codec, signed in before', async (_codec, id) => {
    const { outcome, steps } = await trial(camera(id).url);
    expect(steps).toEqual(['reached', 'spoke-rtsp', 'signed-in']);
    expect(outcome).toMatchObject({ ok: false, code: 'rtsp.codec', passed: 'signed-in' });
  });

  test('no such host: rtsp.unreachable, nothing passed', async () => {
    // The discard prefix (RFC 6666): no route, or one that ends there.
    const { outcome, steps } = await trial('rtsp://[100::1]/cam');
    expect(steps).toEqual([]);
    expect(outcome).toMatchObject({ ok: false, code: 'rtsp.unreachable' });
    expect(outcome).not.toHaveProperty('passed');
  });

  test('a closed port: rtsp.refused', async () => {
    expect((await trial(`rtsp://127.0.0.1:${await freePort()}/cam`)).outcome).toMatchObject({
      ok: false,
      code: 'rtsp.refused',
    });
  });

  test('a web page instead: rtsp.not-rtsp, for rtsp:// and, as a certificate fault, for rtsps://', async () => {
    const server = http
      .createServer((_request, response) => response.end('<html>Welcome</html>'))
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const { outcome, steps } = await trial(`rtsp://127.0.0.1:${port}/cam`);
      expect(steps).toEqual(['reached']);
      expect(outcome).toMatchObject({ ok: false, code: 'rtsp.not-rtsp', passed: 'reached' });
      expect((await trial(`rtsps://127.0.0.1:${port}/cam`)).outcome).toMatchObject({ ok: false, code: 'rtsp.tls' });
    } finally {
      server.close();
    }
  });

  test('rtsp:// at a port that wants TLS is no hang: it ends with a clear code', async () => {
    const { outcome } = await trial(camera(5).url.replace('rtsps:', 'rtsp:'));
    expect(outcome.ok ? '' : outcome.code).toMatch(/^rtsp\.(not-rtsp|ended|malformed)$/u);
  });

  test('given up by the person: ends at once', async () => {
    const abort = new AbortController();
    const trialing = tryCamera(parseCameraAddress(camera(1).url).address, camera(1), {
      signal: abort.signal,
      onStep: () => abort.abort(),
    });
    expect(await trialing).toMatchObject({ ok: false, code: 'rtsp.ended', passed: 'reached' });
  });
});
