/** A camera that lies, floods or stops short costs its own picture and nothing else: one clear code, no crash, no unit. */
import { createHash } from 'node:crypto';
import { parseCameraAddress, tryCamera, type TryOutcome } from '@sealcam/agent/cameras';
import { afterEach, describe, expect, test } from 'vitest';
import {
  answer,
  frame,
  goodAnswer,
  noise,
  rtpPacket,
  SDP,
  startHostile,
  type Behavior,
  type HostileCamera,
} from './hostile.ts';
import { gone, watching, type Watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

async function start(behave: Behavior): Promise<HostileCamera> {
  const camera = await startHostile(behave);
  cleanup.push(() => camera.stop());
  return camera;
}

function watch(...args: Parameters<typeof watching>): Watching {
  const watched = watching(...args);
  cleanup.push(() => watched.stop());
  return watched;
}

async function trial(camera: HostileCamera, credentials?: { user: string; password: string }): Promise<TryOutcome> {
  return tryCamera(parseCameraAddress(camera.url).address, credentials);
}

const afterPlay =
  (then: Behavior): Behavior =>
  (request, socket) => {
    if (request.method !== 'PLAY') return goodAnswer(request);
    socket.write(goodAnswer(request));
    return then(request, socket);
  };

describe('before the picture', () => {
  test.each<[string, string, Behavior]>([
    ['garbage', 'rtsp.malformed', () => Buffer.concat([Buffer.from([0xff, 0xfe]), noise(5000, 'a')])],
    ['hanging up without a word', 'rtsp.ended', (_request, socket) => void socket.end()],
    ['an answer to a request never made', 'rtsp.malformed', ({ cseq }) => answer(String(Number(cseq) + 7))],
    ['a CSeq that is no number', 'rtsp.malformed', () => answer('soon')],
    ['a body too large', 'rtsp.malformed', ({ cseq }) => answer(cseq, '200 OK', { 'Content-Length': '99999999' })],
    [
      'half a body, then the end',
      'rtsp.ended',
      ({ cseq }, socket) => {
        socket.end(answer(cseq, '200 OK', { 'Content-Length': '500' }) + 'v=0');
        return undefined;
      },
    ],
    [
      'headers without end',
      'rtsp.malformed',
      (_request, socket) => {
        socket.write('RTSP/1.0 200 OK\r\n');
        const pour = (): void => {
          if (!socket.destroyed) socket.write('X-More: and more\r\n'.repeat(50), () => setImmediate(pour));
        };
        pour();
        return undefined;
      },
    ],
    [
      'a description that is none',
      'rtsp.malformed',
      (request) =>
        request.method === 'DESCRIBE'
          ? answer(request.cseq, '200 OK', {}, '\0\u0001\u0002 nothing')
          : goodAnswer(request),
    ],
    [
      'a description of sound alone',
      'rtsp.codec',
      (request) =>
        request.method === 'DESCRIBE'
          ? answer(request.cseq, '200 OK', {}, 'v=0\r\ns=x\r\nm=audio 0 RTP/AVP 0\r\na=control:t\r\n')
          : goodAnswer(request),
    ],
    [
      'no place free (453)',
      'rtsp.busy',
      (request) =>
        request.method === 'SETUP' ? answer(request.cseq, '453 Not Enough Bandwidth') : goodAnswer(request),
    ],
    [
      'no place free (503)',
      'rtsp.busy',
      (request) =>
        request.method === 'DESCRIBE' ? answer(request.cseq, '503 Service Unavailable') : goodAnswer(request),
    ],
    [
      'no such path',
      'rtsp.not-found',
      (request) => (request.method === 'DESCRIBE' ? answer(request.cseq, '404 Not Found') : goodAnswer(request)),
    ],
    [
      'every transport refused',
      'rtsp.transport',
      (request) =>
        request.method === 'SETUP' ? answer(request.cseq, '461 Unsupported Transport') : goodAnswer(request),
    ],
    [
      'another transport than asked for',
      'rtsp.transport',
      (request) =>
        request.method === 'SETUP'
          ? answer(request.cseq, '200 OK', { Transport: 'RTP/AVP;multicast;port=5000-5001', Session: '1' })
          : goodAnswer(request),
    ],
    [
      'redirects in a circle',
      'rtsp.not-found',
      (request) =>
        request.method === 'DESCRIBE'
          ? answer(request.cseq, '302 Found', { Location: /^\S+ (\S+)/u.exec(request.text)?.[1] ?? '' })
          : goodAnswer(request),
    ],
    [
      'a way to sign in that nobody knows',
      'rtsp.password',
      ({ cseq }) => answer(cseq, '401 Unauthorized', { 'WWW-Authenticate': 'Retina realm="x"' }),
    ],
  ])('%s is %s', async (_name, code, behave) => {
    const outcome = await trial(await start(behave), { user: 'u', password: 'p' });
    expect(outcome).toMatchObject({ ok: false, code });
    expect(outcome.ok ? '' : outcome.words).toContain('127.0.0.1');
  });

  test('a camera that never answers is rtsp.silent', async () => {
    expect(await trial(await start(() => undefined))).toMatchObject({
      ok: false,
      code: 'rtsp.silent',
      passed: 'reached',
    });
  });

  test('a camera with one place, mute over TCP, has freed it before UDP is tried', async () => {
    let freeAtMs = Infinity;
    const camera = await start((request) => {
      if (request.method === 'TEARDOWN') freeAtMs = performance.now() + 200;
      if (request.connection === 1) return goodAnswer(request);
      if (performance.now() < freeAtMs) return answer(request.cseq, '453 Not Enough Bandwidth');
      return request.method === 'SETUP' ? answer(request.cseq, '461 Unsupported Transport') : goodAnswer(request);
    });
    expect(await trial(camera)).toMatchObject({ ok: false, code: 'rtsp.transport' });
    expect(camera.connections).toBe(2);
  });

  test('a redirect to another host is not followed: nobody else is asked, or told the password; its name is said', async () => {
    const other = await start(goodAnswer);
    const elsewhere = other.url.replace('127.0.0.1', '127.0.0.2');
    const camera = await start((request) =>
      request.method === 'DESCRIBE' ? answer(request.cseq, '302 Found', { Location: elsewhere }) : goodAnswer(request),
    );
    const outcome = await trial(camera, { user: 'u', password: 'p' });
    expect(outcome).toMatchObject({ ok: false, code: 'rtsp.elsewhere' });
    expect(outcome.ok ? '' : outcome.words).toContain('127.0.0.2');
    expect(other.connections).toBe(0);
    expect(camera.asked).toEqual(['OPTIONS', 'DESCRIBE']);
  });

  test('a redirect to another port of the same host is followed, a few times', async () => {
    const other = await start((request) =>
      request.method === 'DESCRIBE' ? answer(request.cseq, '404 Not Found') : goodAnswer(request),
    );
    const camera = await start((request) =>
      request.method === 'DESCRIBE' ? answer(request.cseq, '302 Found', { Location: other.url }) : goodAnswer(request),
    );
    expect(await trial(camera)).toMatchObject({ ok: false, code: 'rtsp.not-found' });
    expect(other.asked).toEqual(['OPTIONS', 'DESCRIBE']);
    const urls: string[] = [];
    const pingPong: Behavior = (request) =>
      request.method === 'DESCRIBE'
        ? answer(request.cseq, '302 Found', { Location: urls.find((url) => !request.text.includes(url)) ?? '' })
        : goodAnswer(request);
    const both = [await start(pingPong), await start(pingPong)] as const;
    urls.push(both[0].url, both[1].url);
    expect(await trial(both[0])).toMatchObject({ ok: false, code: 'rtsp.not-found' });
    expect(both[0].connections + both[1].connections).toBe(4);
  });

  test('401 for ever, each time with a fresh and "stale" nonce: a few requests, then rtsp.password and no second connection', async () => {
    const camera = await start(({ cseq, request }) =>
      answer(cseq, '401 Unauthorized', { 'WWW-Authenticate': `Digest realm="x", nonce="n${request}", stale=true` }),
    );
    const retries: number[] = [];
    const watched = watch(
      { ...camera, url: camera.url, user: 'u', password: 'p' },
      { onFault: (_fault, retryInMs) => retries.push(retryInMs) },
    );
    expect(await watched.untilState(gone)).toMatchObject({ code: 'rtsp.password' });
    expect(camera.asked.length).toBeLessThanOrEqual(4);
    expect(retries).toEqual([60_000]);
  });
});

describe('in the midst of pictures', () => {
  test.each<[string, string, Behavior]>([
    ['silence after PLAY', 'rtsp.silent', () => undefined],
    [
      'half a frame, then the end',
      'rtsp.ended',
      (_request, socket) => void socket.end(Buffer.from([0x24, 0, 0x40, 0, 1, 2, 3])),
    ],
    ['nothing but noise', 'rtsp.malformed', () => noise(400_000, 'b')],
    ['web pages without end', 'rtsp.malformed', () => 'HTTP/1.1 200 OK\r\n\r\n<html>\n'.repeat(15_000)],
    ['headers without end', 'rtsp.malformed', () => `RTSP/1.0 200 OK\r\n${'a'.repeat(70_000)}`],
  ])('%s is %s', async (_name, code, behave) => {
    const watched = watch(await start(afterPlay(behave)), { transport: 'tcp' });
    expect(await watched.untilState(gone)).toMatchObject({ code });
    expect(watched.units).toEqual([]);
  });

  test('packets full of noise make no picture and no crash', async () => {
    const camera = await start(
      afterPlay((_request, socket) => {
        for (let i = 0; i < 3000; i += 1) {
          // Slices and fragments of pictures whose parameter sets never come.
          const payload = noise(40 + (i % 900), String(i));
          payload[0] = [0x65, 0x41, 0x7c, 0x18][i % 4]!;
          if (i % 4 === 3) payload.fill(0x41, 1);
          socket.write(frame(i % 5, i % 7 === 0 ? payload : rtpPacket(i, payload)));
        }
        socket.end();
        return undefined;
      }),
    );
    const watched = watch(camera);
    expect(await watched.untilState(gone)).toMatchObject({ code: 'rtsp.ended' });
    expect(watched.units).toEqual([]);
  });

  test('a camera that hangs up at every attempt is asked more and more rarely', async () => {
    const camera = await start((_request, socket) => void socket.destroy());
    const retries: number[] = [];
    const fifth = Promise.withResolvers<undefined>();
    watch(camera, {
      random: () => 0.5,
      onFault: (_fault, retryInMs) => {
        if (retries.push(retryInMs) === 4) fifth.resolve(undefined);
      },
    });
    await fifth.promise;
    expect(retries).toEqual([250, 500, 1000, 2000]);
    // And once at once in another way.
    expect(camera.connections).toBe(5);
  });
});

describe('a session that runs', () => {
  /** Sends a packet every 100 ms, so that only the keep-alives are in question. */
  const play =
    (behave: Behavior): Behavior =>
    (request, socket) => {
      if (request.method === 'PLAY') {
        let sequence = 0;
        const timer = setInterval(() => socket.write(frame(0, rtpPacket((sequence += 1), noise(50, 'c')))), 100);
        socket.on('close', () => clearInterval(timer));
      }
      return behave(request, socket);
    };

  async function untilAsked(camera: HostileCamera, method: string, times: number): Promise<void> {
    while (camera.asked.filter((each) => each === method).length < times)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  test('whose packets never make a picture does not pass for a camera: rtsp.no-keyframe', async () => {
    const camera = await start(play(goodAnswer));
    // Twenty times as fast as the wall: the 90 s that a keyframe may take are over soon.
    const fast = { nowMs: () => Date.now(), monotonicMs: () => 20 * performance.now() };
    expect(await watch(camera, { clock: fast }).untilState(gone)).toMatchObject({ code: 'rtsp.no-keyframe' });
    await untilAsked(camera, 'TEARDOWN', 1);
  });

  test('is kept alive at half its timeout by what the camera offers, and torn down on stop', async () => {
    const camera = await start(play(goodAnswer));
    const watched = watch(camera);
    await untilAsked(camera, 'GET_PARAMETER', 2);
    watched.stop();
    await untilAsked(camera, 'TEARDOWN', 1);
    expect(camera.asked.slice(0, 4)).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY']);
    expect(camera.connections).toBe(1);
  });

  test('goes on with OPTIONS where the camera does not know GET_PARAMETER after all', async () => {
    const camera = await start(
      play((request) =>
        request.method === 'GET_PARAMETER' ? answer(request.cseq, '501 Not Implemented') : goodAnswer(request),
      ),
    );
    watch(camera);
    await untilAsked(camera, 'OPTIONS', 2);
    expect(camera.connections).toBe(1);
  });

  test('that the camera has forgotten (454) is opened anew', async () => {
    const camera = await start(
      play((request) =>
        request.method === 'GET_PARAMETER' ? answer(request.cseq, '454 Session Not Found') : goodAnswer(request),
      ),
    );
    expect(await watch(camera).untilState(gone)).toMatchObject({ code: 'rtsp.ended' });
    await untilAsked(camera, 'PLAY', 2);
  });

  test('whose nonce went stale is signed anew, correctly, without a break', async () => {
    let nonce = 'first';
    const camera = await start(
      play((request) => {
        // A camera that wants a signature even for OPTIONS tells us of no GET_PARAMETER: OPTIONS keeps this session alive.
        if (request.method === 'OPTIONS' && request.request > 1) nonce = 'second';
        const given = /nonce="(\w+)", uri="([^"]+)", response="(\w+)"/u.exec(request.text);
        const hash = (words: string): string => createHash('md5').update(words).digest('hex');
        const right = hash(`${hash('u:r:p')}:${nonce}:${hash(`${request.method}:${given?.[2]}`)}`);
        if (given?.[1] === nonce && given[3] === right) return goodAnswer(request);
        return answer(request.cseq, '401 Unauthorized', {
          'WWW-Authenticate': `Digest realm="r", nonce="${nonce}", stale=true`,
        });
      }),
    );
    const watched = watch({ ...camera, url: camera.url, user: 'u', password: 'p' });
    // The first asks who we are, the next is refused as stale, then signed anew; the fourth is the next keep-alive.
    await untilAsked(camera, 'OPTIONS', 4);
    expect(watched.states.map(({ state, awaited }) => awaited ?? state)).toEqual(['connecting', 'keyframe']);
    expect(camera.connections).toBe(1);
  });

  test('a base URL of a camera cannot forge a request', async () => {
    const camera = await start((request) =>
      request.method === 'DESCRIBE'
        ? answer(request.cseq, '200 OK', { 'Content-Base': 'rtsp://127.0.0.1/a b/' }, SDP)
        : goodAnswer(request),
    );
    expect(await trial(camera)).toMatchObject({ ok: false, code: 'rtsp.malformed' });
    expect(camera.asked).not.toContain('SETUP');
  });
});
