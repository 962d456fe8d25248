/** Cameras that offer RTSP inside HTTP or HTTPS alone, with the habits of those that do; and what answers there and is no camera. */
import http from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { VideoCodec } from '@sealcam/media';
import { examineCamera, parseCameraAddress, tryCamera, type TryOutcome } from '@sealcam/agent/cameras';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CameraTrials, wantedByUrl } from '../../apps/agent/src/camera-trials.ts';
import { startOdd, type Habit } from './odd-camera.ts';
import { makeCertificate, startCameras, type TestCamera } from './rig.ts';
import { startTunnel, type TunnelCamera, type TunnelHabit } from './tunnel-camera.ts';
import { watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
let pem: { certificate: string; key: string };
let other: { certificate: string; key: string };
beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealcam-tunnel-'));
  cleanup.push(() => rm(folder, { recursive: true, force: true }));
  [pem, other] = await Promise.all([makeCertificate(folder, 'one'), makeCertificate(folder, 'two')]);
});
afterAll(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

async function start(tunnel: TunnelHabit = {}, habit: Habit = {}): Promise<TunnelCamera> {
  const inner = await startOdd(habit);
  cleanup.push(() => inner.stop());
  const camera = await startTunnel(inner.url, tunnel);
  cleanup.push(() => camera.stop());
  return camera;
}

async function seen(camera: TunnelCamera, count = 12) {
  const watched = watching(camera);
  cleanup.push(() => watched.stop());
  await watched.nextUnits('video', count);
  watched.stop();
  return watched;
}

const states = (watched: { readonly states: readonly { state: string }[] }): string[] =>
  watched.states.map(({ state }) => state);

async function trial(url: string, credentials?: { user: string; password: string }): Promise<TryOutcome> {
  return await tryCamera(parseCameraAddress(url).address, credentials);
}

const CODECS: readonly VideoCodec[] = ['h264', 'h265'];
const AUTHS = [undefined, 'basic', 'digest', 'post-digest'] as const;

describe.concurrent.each(CODECS)('%s inside', (codec) => {
  describe.concurrent.each(AUTHS)('sign-in: %s', (auth) => {
    test.each(['HTTP', 'HTTPS'])('%s: a picture, and it stays', async (kind) => {
      const camera = await start({ ...(auth && { auth }), ...(kind === 'HTTPS' && { tls: pem }) }, { codec });
      const watched = await seen(camera);
      expect(states(watched)).toEqual(['connecting', 'live']);
      expect(watched.units[0]).toMatchObject({ codec, keyframe: true });
      expect(watched.pins).toEqual(kind === 'HTTPS' ? [expect.stringMatching(/^[0-9a-f]{64}$/u)] : []);
    });
  });
});

describe.concurrent('a POST', () => {
  test.each<[string, TunnelHabit]>([
    ['that is closed after each request', { onRequest: (post) => (post.destroy(), true) }],
    ['that takes one request and is closed a moment later', { onRequest: oneEach(new WeakSet()) }],
    ['that is answered at once', { onPost: (post) => void post.write('HTTP/1.0 200 OK\r\n\r\n') }],
    [
      'that is answered and closed after each request',
      { onRequest: (post) => (post.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), true) },
    ],
    ['whose second request meets a closed door', { onRequest: (post, count) => count !== 2 || reset(post) }],
  ])('%s: a picture over one GET', async (_what, habit) => {
    const camera = await start(habit);
    const watched = await seen(camera);
    expect(states(watched)).toEqual(['connecting', 'live']);
    expect(camera.heads.filter((head) => head.startsWith('GET'))).toHaveLength(1);
  });

  test('is one for all where the camera keeps it, and has the cookie of its GET', async () => {
    const camera = await start();
    await seen(camera);
    const cookies = camera.heads.map((head) => /x-sessioncookie: (\S+)/u.exec(head)?.[1]);
    expect(camera.heads.map((head) => head.slice(0, head.indexOf('\r')))).toEqual([
      'GET /cam HTTP/1.0',
      'POST /cam HTTP/1.0',
    ]);
    expect(new Set(cookies).size).toBe(1);
  });

  test('that is reset again and again is given up', async () => {
    const camera = await start({ onPost: (post) => void reset(post) });
    expect(await trial(camera.url)).toMatchObject({ ok: false, code: 'rtsp.ended', passed: 'reached' });
  });
});

describe.concurrent('by GStreamer, which tunnels over its own port', () => {
  let cameras: TestCamera[] = [];
  beforeAll(async () => {
    cameras = await startCameras([
      { codec: 'h264', audio: 'aac' },
      { codec: 'h265', auth: 'digest' },
      { codec: 'h264', tls: true, auth: 'basic' },
    ]);
    cleanup.push(() => cameras[0]?.stop());
  });

  test.each([
    ['H.264 with sound', 0],
    ['H.265 with a sign-in by digest inside', 1],
    ['H.264 over HTTPS with a sign-in by Basic inside', 2],
  ])('%s: live over one connection', async (_what, at) => {
    const camera = cameras[at];
    if (camera === undefined) throw new TypeError('no camera');
    const watched = watching({ ...camera, url: camera.url.replace('rtsp', 'http') });
    cleanup.push(() => watched.stop());
    await watched.nextUnits('video', 60);
    expect(states(watched)).toEqual(['connecting', 'live']);
    expect(watched.pins).toHaveLength(at === 2 ? 1 : 0);
  });
});

/** What comes by the same POST after the first request is read and goes nowhere. */
function oneEach(taken: WeakSet<net.Socket>): NonNullable<TunnelHabit['onRequest']> {
  return (post) => {
    if (taken.has(post)) return false;
    taken.add(post);
    setTimeout(() => post.destroy(), 40);
    return true;
  };
}

function reset(post: net.Socket): boolean {
  post.resetAndDestroy();
  return false;
}

test.each<[string, readonly string[]]>([
  ['no headers', []],
  ['a type of nothing', ['Server: x', 'Content-Type: application/octet-stream', 'Content-Length: 2147483647']],
  ['Apple’s own spelling', ['Content-Type: application/x-rtsp-tunneled', 'Connection: close', 'no colon here']],
])('a GET that is answered with %s', async (_what, headers) => {
  const camera = await start({ headers });
  expect(await trial(camera.url)).toMatchObject({ ok: true, transport: 'tcp' });
});

describe('sign-in', () => {
  test.each(['basic', 'digest', 'post-digest'] as const)('%s, wrong: says so, and asks no third time', async (auth) => {
    const camera = await start({ auth });
    const outcome = await trial(camera.url, { user: camera.user, password: 'wrong' });
    expect(outcome).toMatchObject({ code: 'rtsp.password', words: 'Reached 127.0.0.1, but the password was refused.' });
    expect(camera.heads.filter((head) => head.includes('Authorization'))).toHaveLength(1);
  });

  test('without an account says that one is wanted', async () => {
    const camera = await start({ auth: 'digest' });
    expect(await trial(camera.url)).toMatchObject({
      code: 'rtsp.password',
      words: 'Reached 127.0.0.1, but it wants a user and a password.',
    });
  });
});

test('another certificate than the first one ends it before a byte of ours', async () => {
  const camera = await start({ tls: other });
  const { address } = parseCameraAddress(camera.url);
  expect(await tryCamera(address, undefined, { pin: 'ab'.repeat(32) })).toMatchObject({ ok: false, code: 'rtsp.tls' });
  expect(camera.heads).toEqual([]);
});

/** Ports 554 and 80 are free at an address of this machine that nobody uses; below 1024 only root may listen, as a rule. */
const OWN = '127.42.0.';
const mayListen = await new Promise<boolean>((resolve) => {
  const server = net.createServer().once('error', () => resolve(false));
  server.listen(80, `${OWN}1`, () => server.close(() => resolve(true)));
});

describe.skipIf(!mayListen)('where nothing listens on port 554 (needs the right to listen on port 80)', () => {
  test('the tunnel on port 80 is found, said, watched and kept', async () => {
    const host = `${OWN}2`;
    await start({ listen: { host, port: 80 } });
    const { address } = parseCameraAddress(`rtsp://${host}/cam`);
    const tunnel = parseCameraAddress(`http://${host}/cam`).address;
    expect(await tryCamera(address, undefined)).toMatchObject({ ok: true, tunnel });
    expect(await examineCamera({ address, forMs: 1_500 })).toMatchObject({ ok: true, reconnects: 0 });
    const trials = new CameraTrials(() => 0);
    const wanted = wantedByUrl({ url: `rtsp://${host}/cam`, user: '', password: '', transport: 'auto' });
    const reply = await trials.run(wanted, () => undefined);
    expect(reply.is === 'still' && trials.take(reply.tryId).secrets.main.address).toEqual(tunnel);
  });

  test('a web page on port 80: the words are those of port 554', async () => {
    const host = `${OWN}3`;
    const server = http.createServer((_request, response) => response.end('<html>Welcome</html>'));
    server.listen(80, host);
    await once(server, 'listening');
    cleanup.push(() => void server.close());
    const outcome = await trial(`rtsp://${host}/cam`);
    expect(outcome).toMatchObject({ ok: false, code: 'rtsp.refused' });
    expect(outcome.ok ? '' : outcome.words).toContain('nothing listens on that port');
  });

  test('a sign-in that port 80 refuses may be that of its web page: the words of port 554, and one wrong password', async () => {
    const host = `${OWN}4`;
    const camera = await start({ auth: 'basic', listen: { host, port: 80 } });
    const outcome = await trial(`rtsp://${host}/cam`, { user: camera.user, password: 'wrong' });
    expect(outcome).toMatchObject({ ok: false, code: 'rtsp.refused' });
    expect(camera.heads.filter((head) => head.includes('Authorization'))).toHaveLength(1);
  });

  test('whoever watches is not sent there', async () => {
    const host = `${OWN}5`;
    const camera = await start({ listen: { host, port: 80 } });
    const watched = watching({ url: `rtsp://${host}/cam` });
    cleanup.push(() => watched.stop());
    expect(await watched.untilState(({ state }) => state === 'gone')).toMatchObject({ code: 'rtsp.refused' });
    expect(camera.heads).toEqual([]);
  });
});

describe('what is no camera', () => {
  async function answering(respond: (socket: net.Socket) => void): Promise<string> {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => respond(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup.push(() => void server.close());
    return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
  }

  test('a web page: the honest words', async () => {
    const server = http.createServer((_request, response) => response.end('<html>Welcome</html>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup.push(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    expect(await trial(`http://127.0.0.1:${port}/`)).toMatchObject({
      code: 'rtsp.not-rtsp',
      passed: 'reached',
      words: 'Something answers at 127.0.0.1, but it is not a camera stream (perhaps its web page).',
    });
  });

  test.each<[string, string, string]>([
    [
      'a page that is typed',
      'rtsp.not-rtsp',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nRTSP/1.0 200 OK\r\n\r\n',
    ],
    ['a page that is not there', 'rtsp.not-rtsp', 'HTTP/1.1 404 Not Found\r\n\r\nnothing'],
    ['a page that is elsewhere', 'rtsp.not-rtsp', 'HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n'],
    [
      'pictures one by one',
      'rtsp.codec',
      'HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n',
    ],
    ['RTSP without a tunnel', 'rtsp.transport', 'RTSP/1.0 501 Not Implemented\r\nCSeq: 0\r\n\r\n'],
    ['something else', 'rtsp.not-rtsp', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['too many viewers', 'rtsp.busy', 'HTTP/1.0 503 Service Unavailable\r\n\r\n'],
    ['bytes without sense in the tunnel', 'rtsp.malformed', 'HTTP/1.0 200 OK\r\n\r\n\u0001\u0002\u0003\u0004'],
    ['a page in the tunnel', 'rtsp.not-rtsp', 'HTTP/1.0 200 OK\r\n\r\n<html>Welcome</html>'],
  ])('%s: %s', async (_what, code, text) => {
    const url = await answering((socket) => void socket.write(text, 'latin1'));
    expect(await trial(url)).toMatchObject({ ok: false, code, passed: 'reached' });
  });

  test.each(['HTTP/1.0 200 OK\r\n', 'RTSP'.repeat(0)])('headers without end (%j): given up', async (front) => {
    const url = await answering((socket) => {
      socket.write(front);
      const pour = (): void => {
        if (!socket.destroyed) socket.write('X-More: and more\r\n'.repeat(50), () => setImmediate(pour));
      };
      pour();
    });
    const outcome = await trial(url);
    expect(outcome.ok ? '' : outcome.code).toBe(front === '' ? 'rtsp.not-rtsp' : 'rtsp.malformed');
  });

  test('a POST that is refused: said', async () => {
    const camera = await start({ onPost: (post) => void post.end('HTTP/1.0 405 Method Not Allowed\r\n\r\n') });
    expect(await trial(camera.url)).toMatchObject({ ok: false, code: 'rtsp.not-rtsp' });
  });
});
