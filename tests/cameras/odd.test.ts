/** Cameras as people have them, one habit each: a picture at once, and it stays. From public bug reports; the cameras are our own. */
import type { VideoCodec } from '@sealcam/media';
import {
  parseCameraAddress,
  tryCamera,
  type CameraClock,
  type Learned,
  type StreamHealth,
} from '@sealcam/agent/cameras';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { answer, goodAnswer, noise, type HostileCamera } from './hostile.ts';
import {
  aggregate,
  clipOf,
  fragments,
  isSet,
  NOTHING,
  onePerNal,
  startOdd,
  type Habit,
  type Payload,
} from './odd-camera.ts';
import { gone, live, watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
// They mostly wait, so they run side by side; cameras stay until all are done.
afterAll(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

async function start(habit: Habit): Promise<HostileCamera> {
  const camera = await startOdd(habit);
  cleanup.push(() => camera.stop());
  return camera;
}

const CODECS: readonly VideoCodec[] = ['h264', 'h265'];
const WAYS = CODECS.flatMap((codec) => (['tcp', 'udp'] as const).map((transport) => ({ codec, transport })));
const last = (payloads: readonly Buffer[]): Payload[] =>
  payloads.map((bytes, i) => ({ bytes, marker: i === payloads.length - 1 }));

/** Watches for so many pictures. @returns what a person would have noticed */
async function seen(camera: HostileCamera, count: number, transport: 'auto' | 'tcp' | 'udp' = 'auto') {
  const lateMs: number[] = [];
  const watched = watching(camera, {
    transport,
    onUnit: ({ captureUs }) => lateMs.push(Date.now() - captureUs / 1000),
  });
  cleanup.push(() => watched.stop());
  await watched.nextUnits('video', count);
  watched.stop();
  const units = watched.units.map(({ data }) => Buffer.from(data).toString('hex'));
  return {
    states: watched.states.map(({ state }) => state).filter((state) => state !== 'waiting'),
    breaks: watched.units.filter(({ discontinuity }) => discontinuity).length,
    worstMs: Math.max(...lateMs),
    units,
    first: watched.units[0],
  };
}

/** The clip as it must come out, from its first picture on. */
const cleanClips = new Map<VideoCodec, Promise<readonly string[]>>();
async function clean(codec: VideoCodec): Promise<readonly string[]> {
  const made = cleanClips.get(codec) ?? start({ codec }).then(async (camera) => (await seen(camera, 17)).units);
  cleanClips.set(codec, made);
  return await made;
}

describe.concurrent.each(WAYS)('$codec over $transport', ({ codec, transport }) => {
  test.each<[string, Habit]>([
    ['every packet marked', { pack: (nals) => nals.map((bytes) => ({ bytes, marker: true })) }],
    ['no packet marked', { pack: (nals) => nals.map((bytes) => ({ bytes, marker: false })) }],
    ['every fragment marked', { pack: (nals) => nals.flatMap((nal) => marked(fragments(codec, nal, 90))) }],
    ['timestamps that stand still', { timestamp: () => 4711 }],
    ['timestamps of each packet', { timestamp: (i, packet) => i * 9_000 + packet }],
    ['timestamps in milliseconds', { timestamp: (i) => i * 100 }],
    ['timestamps that begin anew', { timestamp: (i) => (i % 7) * 9_000 }],
    ['timestamps that jump', { timestamp: (i) => i * 9_000 + Math.floor(i / 5) * 90_000 * 600 }],
    [
      'fragments that never say that they end',
      { pack: (nals) => last(nals.flatMap((nal) => fragments(codec, nal, 60).map((each) => unended(codec, each)))) },
    ],
    [
      'parameter sets in an aggregate with zeros behind',
      { pack: (nals) => last(aggregated(codec, nals, Buffer.alloc(6))) },
    ],
    [
      'parameter sets in an aggregate with a torn message behind',
      { pack: (nals) => last(aggregated(codec, nals, Buffer.from([0, 90, codec === 'h264' ? 6 : 39 << 1, 1]))) },
    ],
    [
      'parameter sets in the wrong order',
      {
        pack: (nals) =>
          onePerNal([
            ...nals.filter((nal) => isSet(codec, nal)).reverse(),
            ...nals.filter((nal) => !isSet(codec, nal)),
          ]),
      },
    ],
    [
      'all of a picture in one unit with start codes',
      {
        pack: (nals) => [
          {
            bytes: Buffer.concat(nals.flatMap((nal, i) => (i === 0 ? [nal] : [Buffer.from([0, 0, 0, 1]), nal]))),
            marker: true,
          },
        ],
      },
    ],
    [
      'payloads of types that are nobody’s',
      {
        pack: (nals) => [{ bytes: nobodys(codec), marker: false }, ...onePerNal(nals)],
      },
    ],
    [
      'such payloads between fragments',
      {
        pack: (nals) =>
          last(nals.flatMap((nal) => fragments(codec, nal, 90).flatMap((each) => [nobodys(codec), each]))),
      },
    ],
    [
      'parameter sets in the description alone, with start codes',
      {
        pack: (nals) => onePerNal(nals.filter((nal) => !isSet(codec, nal))),
        sdp: (sets) => {
          const words = sets.map((set) => Buffer.concat([Buffer.from([0, 0, 0, 1]), set]).toString('base64'));
          const named =
            codec === 'h264'
              ? `sprop-parameter-sets=${words.join()}`
              : ['vps', 'sps', 'pps'].map((name, i) => `sprop-${name}=${words[i] ?? ''}`).join('; ');
          return `a=fmtp:96 ${named}\r\n`;
        },
      },
    ],
  ])('%s: whole from the first picture on, fresh, and no break', async (_what, habit) => {
    const { states, breaks, worstMs, units } = await seen(await start({ codec, ...habit }), 17, transport);
    const wanted = await clean(codec);
    expect(states).toEqual(['connecting', 'live']);
    expect(units.slice(0, 16)).toEqual(wanted.slice(0, 16));
    expect(breaks).toBe(1);
    // One picture is held until the next one proves that it was whole; a clock that is wrong is found out within a second.
    expect(worstMs).toBeLessThan(1_200);
  });
});

const marked = (payloads: readonly Buffer[]): Payload[] => payloads.map((bytes) => ({ bytes, marker: true }));
const nobodys = (codec: VideoCodec): Buffer => Buffer.from(codec === 'h264' ? [31, 1] : [60 << 1, 1, 9]);

/** Without the bit that says that it is the last one. */
function unended(codec: VideoCodec, fragment: Buffer): Buffer {
  const copy = Buffer.from(fragment);
  const at = codec === 'h264' ? 1 : 2;
  copy[at] = (copy[at] ?? 0) & ~0x40;
  return copy;
}

function aggregated(codec: VideoCodec, nals: readonly Buffer[], tail: Buffer<ArrayBuffer>): Buffer[] {
  const sets = nals.filter((nal) => isSet(codec, nal));
  return [...(sets.length === 0 ? [] : [aggregate(codec, sets, tail)]), ...nals.filter((nal) => !isSet(codec, nal))];
}

describe.concurrent('on one connection', () => {
  test.each<[string, (index: number) => Buffer]>([
    ['stray bytes', (i) => (i % 5 === 4 ? noise(37, String(i)) : Buffer.alloc(0))],
    ['a web page', (i) => (i % 5 === 4 ? Buffer.from('HTTP/1.1 200 OK\r\n\r\n<html></html>\n') : Buffer.alloc(0))],
    [
      'frames of a channel that nobody asked for',
      (i) => (i % 5 === 4 ? Buffer.from([0x24, 9, 0, 3, 0, 1, 2]) : Buffer.alloc(0)),
    ],
  ])('%s between frames cost no reconnect', async (_what, between) => {
    const camera = await start({ between });
    const { states } = await seen(camera, 30, 'tcp');
    expect([states, camera.connections]).toEqual([['connecting', 'live'], 1]);
  });

  test.each<[string, Habit['answers']]>([
    ['a CSeq that is one behind', (request) => again(request, String(Number(request.cseq) - 1))],
    ['no CSeq', (request) => again(request, undefined)],
    ['a description that says that it is shorter than it is', resized((length) => length - 9)],
    ['a description that says that it is longer than it is', resized((length) => length + 40)],
    [
      'PLAY that promises a body and has none',
      (request, _socket, play) =>
        request.method === 'PLAY'
          ? (play(), `RTSP/1.0 200 OK\r\nCSeq: ${request.cseq}\r\nContent-Length: 12\r\n\r\n`)
          : undefined,
    ],
    ['no answer to OPTIONS', ({ method }) => (method === 'OPTIONS' ? NOTHING : undefined)],
    [
      'PLAY that sends only with a Range',
      ({ method, cseq, text }) =>
        method === 'PLAY' && !/Range: npt=0/u.test(text) ? answer(cseq, '200 OK', { Session: 'abc' }) : undefined,
    ],
    [
      'PLAY that is refused without a Range',
      ({ method, cseq, text }) =>
        method === 'PLAY' && !/Range: npt=0/u.test(text) ? answer(cseq, '457 Invalid Range') : undefined,
    ],
    [
      'a keep-alive that wants a sign-in',
      ({ method, cseq, request }) =>
        method === 'GET_PARAMETER' || (method === 'OPTIONS' && request > 2)
          ? answer(cseq, '401 Unauthorized', { 'WWW-Authenticate': 'Basic realm="x"' })
          : undefined,
    ],
  ])('%s: a picture, and it stays', async (_what, answers) => {
    const camera = await start({ ...(answers && { answers }) });
    const { states } = await seen(camera, 15, 'tcp');
    expect([states, camera.connections]).toEqual([['connecting', 'live'], 1]);
  });
});

/** Time goes by so much faster; its timers do not. */
function hurried(times: number): CameraClock {
  return { nowMs: () => Date.now(), monotonicMs: () => performance.now() * times };
}

/** The good answer under another number. */
function again(request: Parameters<NonNullable<Habit['answers']>>[0], cseq: string | undefined): string | undefined {
  if (request.method !== 'OPTIONS') return undefined;
  const good = goodAnswer(request);
  return cseq === undefined ? good.replace(/CSeq: \d+\r\n/u, '') : good.replace(/CSeq: \d+/u, `CSeq: ${cseq}`);
}

function resized(change: (length: number) => number): Habit['answers'] {
  return (request) => {
    if (request.method !== 'DESCRIBE') return undefined;
    const good = goodAnswer(request);
    return good.replace(
      /Content-Length: (\d+)/u,
      (_all, length: string) => `Content-Length: ${change(Number(length))}`,
    );
  };
}

describe.concurrent('in another way', () => {
  test('hung up on at OPTIONS, it is asked without', async () => {
    const camera = await start({
      answers: ({ method }, socket) => {
        if (method === 'OPTIONS') socket.destroy();
        return method === 'OPTIONS' ? NOTHING : undefined;
      },
    });
    expect((await seen(camera, 5)).states).toEqual(['connecting', 'live']);
    expect(camera.connections).toBe(2);
  });

  test('TCP that is answered by UDP: UDP', async () => {
    const camera = await start({
      answers: ({ method, cseq, text }) =>
        method === 'SETUP' && text.includes('TCP')
          ? answer(cseq, '200 OK', { Transport: 'RTP/AVP;unicast;server_port=5000-5001', Session: '1' })
          : undefined,
    });
    const outcome = await tryCamera(parseCameraAddress(camera.url).address, undefined);
    expect(outcome).toMatchObject({ ok: true, transport: 'udp' });
  });
});

describe.concurrent('slow', () => {
  test('awake after 7 s: what is waited for is said, then a picture', async () => {
    const camera = await start({
      answers: ({ method, cseq }, socket) => {
        if (method !== 'DESCRIBE') return undefined;
        const good = goodAnswer({ method, cseq } as never);
        setTimeout(() => socket.write(good), 7_000);
        return NOTHING;
      },
    });
    const waits: string[] = [];
    const outcome = await tryCamera(parseCameraAddress(camera.url).address, undefined, {
      onWait: (words) => waits.push(words),
    });
    expect(outcome.ok).toBe(true);
    expect(waits).toEqual(['127.0.0.1 takes its time to answer. It may be waking up, so we wait.']);
  });

  test('a picture in five seconds: waited for, then live and called slow, over one connection', async () => {
    const camera = await start({ fps: 0.2, picture: () => 0 });
    const watched = watching(camera, {});
    cleanup.push(() => watched.stop());
    await watched.nextUnits('video', 4);
    const said = watched.states.map(({ state, awaited, everyMs = 0 }) => [state, awaited, Math.round(everyMs / 1000)]);
    expect(said).toEqual([
      ['connecting', undefined, 0],
      ['waiting', 'packet', 0],
      ['live', undefined, 0],
      ['live', undefined, 5],
    ]);
    expect(camera.connections).toBe(1);
  }, 60_000);

  test('nothing, and never a picture: waited for once, then gone, however often it is tried again', async () => {
    const camera = await start({ picture: () => 1 });
    const watched = watching(camera, { clock: hurried(20) });
    cleanup.push(() => watched.stop());
    await watched.untilState(gone);
    await vi.waitFor(() => expect(camera.connections).toBeGreaterThan(2), { timeout: 60_000, interval: 200 });
    expect(watched.states.map(({ state, awaited, code }) => awaited ?? code ?? state)).toEqual([
      ...['connecting', 'keyframe', 'rtsp.no-keyframe'],
    ]);
  }, 90_000);

  test('half a minute without a keyframe after the connect: said, and a picture then', async () => {
    const camera = await start({ picture: (i) => (i < 60 ? 1 : 0) });
    const waits: string[] = [];
    const outcome = await tryCamera(parseCameraAddress(camera.url).address, undefined, {
      onWait: (words) => waits.push(words),
    });
    expect(outcome.ok).toBe(true);
    expect(waits).toEqual(['It is awake and sends. Its next full picture may take half a minute, so we wait.']);
  }, 60_000);
});

describe.concurrent('after a loss', () => {
  test('among pictures far apart, the next full one is waited for, in words, and nothing broken is shown', async () => {
    // The clip's full pictures are four apart: here one comes in ten seconds, and one piece of a picture between is lost.
    const isFull = (index: number): boolean => index % 50 === 0;
    let lost = -1;
    const camera = await start({
      fps: 5,
      picture: (index) => (isFull(index) ? 0 : 1 + (index % 3)),
      pack: (nals, index) => {
        const pieces = last(nals.flatMap((nal) => (nal.length > 40 ? fragments('h264', nal, 20) : [nal])));
        if (lost < 0 && index > 60 && !isFull(index) && pieces.length > 2) lost = index;
        return index === lost ? pieces.map((piece, i) => ({ ...piece, isLost: i === 1 })) : pieces;
      },
    });
    const losses: StreamHealth[] = [];
    const watched = watching(camera, { onHealth: (health) => losses.push(health) });
    cleanup.push(() => watched.stop());
    const waiting = await watched.untilState(({ awaited }) => awaited === 'whole');
    expect(Math.round((waiting.everyMs ?? 0) / 1000)).toBe(10);
    await watched.untilState(({ state, sinceMs }) => state === 'live' && sinceMs > waiting.sinceMs);
    expect(watched.units.find(({ captureUs }) => captureUs / 1000 > waiting.sinceMs)).toMatchObject({ keyframe: true });
    watched.stop();
    expect(losses.reduce((sum, { broken }) => sum + broken, 0)).toBeGreaterThan(0);
    expect(camera.connections).toBe(1);
  }, 60_000);
});

test('how it wanted to be asked is told, and asked so first from then on', async () => {
  const camera = await start({
    answers: ({ method, cseq, text }) =>
      method === 'PLAY' && !/Range: npt=0/u.test(text) ? answer(cseq, '457 Invalid Range') : undefined,
  });
  const learned: Learned[] = [];
  const first = watching(camera, { onWays: (each) => learned.push(each) });
  cleanup.push(() => first.stop());
  await first.untilState(live);
  expect(learned).toEqual([{ transport: 'tcp', asksOptions: true, range: true }]);
  first.stop();
  const before = camera.asked.length;
  const second = watching(camera, { ...(learned[0] && { learned: learned[0] }), onWays: (each) => learned.push(each) });
  cleanup.push(() => second.stop());
  await second.untilState(live);
  expect([camera.asked.slice(before).filter((method) => method === 'PLAY').length, learned.length]).toEqual([1, 1]);
});

test('an I picture with a recovery point is a start', async () => {
  const [key = []] = clipOf('h264');
  const recovery = Buffer.from([6, 6, 1, 0xc4, 0x80]);
  // An IDR slice is no slice of an I picture by another name; what makes a start is what is asked here, not the decoding of it.
  const intra = key.filter((nal) => ![5, 6].includes((nal[0] ?? 0) & 31));
  const camera = await start({
    pack: () => onePerNal([...intra, recovery, Buffer.from([0x61, 0x88, 0x84, 0x21, 0xa0])]),
  });
  expect((await seen(camera, 3)).first).toMatchObject({ keyframe: true });
});
