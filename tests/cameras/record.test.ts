/** A record of an odd camera is odd in the same way when it is played, and holds nothing that is private. */
import { parseCameraAddress, parseRecording, Recorder, replayCamera, tryCamera } from '@sealcam/agent/cameras';
import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { answer, goodAnswer, noise } from './hostile.ts';
import { startOdd } from './odd-camera.ts';
import { watching, type Watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

const WANTED = 'Basic realm="front gate"';

async function recorded(transport: 'tcp' | 'udp'): Promise<{ readonly text: string; readonly seen: Watching }> {
  const camera = await startOdd({
    pack: (nals) => nals.map((bytes) => ({ bytes, marker: true })),
    between: (i) => (i % 5 === 4 ? noise(37, String(i)) : Buffer.alloc(0)),
    answers: (request) => {
      if (request.method === 'DESCRIBE' && !request.text.includes('Authorization'))
        return answer(request.cseq, '401 Unauthorized', { 'WWW-Authenticate': WANTED });
      return request.method === 'OPTIONS'
        ? goodAnswer(request).replace(/CSeq: \d+/u, `CSeq: ${Number(request.cseq) - 1}`)
        : undefined;
    },
  });
  cleanup.push(() => camera.stop());
  const lines: string[] = [];
  const tap = new Recorder(parseCameraAddress(camera.url).address, (line) => lines.push(line));
  const seen = watching(
    { ...camera, url: camera.url, user: 'gatekeeper', password: 'correct-horse' },
    { transport, tap },
  );
  await seen.nextUnits('video', 30);
  seen.stop();
  return { text: lines.join('\n'), seen };
}

test.each(['tcp', 'udp'] as const)(
  'over %s: as many pictures of the same kinds and sizes, as odd as before',
  async (transport) => {
    const { text, seen } = await recorded(transport);
    const lines = parseRecording(text);
    const replay = await replayCamera(lines);
    cleanup.push(() => replay.close());
    const again = watching({ url: replay.url });
    cleanup.push(() => again.stop());
    await again.nextUnits('video', 24);
    const facts = (of: Watching) => of.units.slice(0, 24).map(({ keyframe, config }) => ({ keyframe, config }));
    expect(facts(again)).toEqual(facts(seen));
    expect(lines.some(({ is }) => is === 'strays')).toBe(transport === 'tcp');
    expect(lines.find((line) => line.is === 'answer' && line.method === 'OPTIONS')).toMatchObject({ cseq: -1 });
    expect(await tryCamera(parseCameraAddress(replay.url).address, undefined)).toMatchObject({ ok: true, width: 160 });
  },
);

test('holds no address, no account and no picture', async () => {
  const { text, seen } = await recorded('tcp');
  for (const word of [
    '127.0.0.1',
    'gatekeeper',
    'correct-horse',
    Buffer.from('gatekeeper:correct-horse').toString('base64'),
    'front gate',
    'Basic',
  ])
    expect(text).not.toContain(word);
  const bytes = parseRecording(text).flatMap((line) =>
    line.is === 'packet' ? [Buffer.from(line.head, 'base64')] : [],
  );
  const whole = Buffer.concat(bytes).toString('hex');
  // Sixteen bytes from the middle of each picture.
  for (const { data } of seen.units)
    expect(whole).not.toContain(Buffer.from(data.subarray(data.length - 24, data.length - 8)).toString('hex'));
});

test('of a camera that tells its numbers and an account by other ways than it was dialed, nothing stays', () => {
  const lines: string[] = [];
  const { address } = parseCameraAddress('rtsp://cam.example/live');
  const recorder = new Recorder(address, (line) => lines.push(line));
  const url = 'rtsp://10.1.2.3:554/live?user=gatekeeper&password=correct-horse&channel=1';
  const body = new TextEncoder().encode(`v=0\r\no=- 1 1 IN IP4 10.1.2.3\r\nc=IN IP4 0.0.0.0\r\na=control:${url}\r\n`);
  const response = { status: 200, headers: new Map([['content-base', [url]]]), body };
  recorder.answered(response, { method: 'DESCRIBE', cseq: 1 });
  for (const word of ['10.1.2.3', 'cam.example', 'gatekeeper', 'correct-horse'])
    expect(lines.join()).not.toContain(word);
  expect(lines.join()).toContain('channel=1');
});

test('two connections, each with strays and asked twice, are a record that can be read', () => {
  const lines: string[] = [];
  const { address } = parseCameraAddress('rtsp://cam.example/live');
  const recorder = new Recorder(address, (line) => lines.push(line));
  const sdp =
    'v=0\r\ns=_10.1.2.3 fe80::1:2 00:11:22:33:44:55\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n';
  const described = { status: 200, headers: new Map([['x', ['a\rb']]]), body: new TextEncoder().encode(sdp) };
  for (const strays of [37, 5]) {
    recorder.answered(described, { method: 'DESCRIBE', cseq: 1 });
    for (let times = 0; times < 2; times += 1) recorder.asked('SETUP', `${address.url}/t`);
    recorder.strays(strays);
    recorder.packet(0, Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x41));
    recorder.packet(1, Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x41));
  }
  const read = parseRecording(lines.join('\n'));
  expect(read.flatMap((line) => (line.is === 'strays' ? [line.bytes] : []))).toEqual([37, 5]);
  expect(read.filter(({ is }) => is === 'packet')).toHaveLength(2);
  for (const word of ['10.1.2.3', 'fe80', '00:11']) expect(lines.join()).not.toContain(word);
  expect(lines.join()).toContain('rtpmap:96');
});

test.each(['"zeros":-1', '"zeros":65536', '"track":-1', '"track":128', '"ms":1e999'])(
  'a record with %s could not be played, and is refused',
  (wrong) => {
    const good = '{"is":"packet","ms":1,"track":0,"head":"gA==","zeros":2}';
    const [name = ''] = wrong.split(':');
    const line = good.replace(new RegExp(`${name}:\\d+`, 'u'), wrong);
    const head = '{"sealcam":"camera record","version":1}';
    expect(parseRecording(`${head}\n${good}`)).toHaveLength(1);
    expect(() => parseRecording(`${head}\n${line}`)).toThrow('line 2');
  },
);

test('a file that is none says in which line, and no file whatever does more than that', () => {
  const head = '{"sealcam":"camera record","version":1}';
  expect(() => parseRecording('nothing')).toThrow('line 1');
  expect(() => parseRecording('{"sealcam":"camera record","version":2}')).toThrow('line 1');
  expect(() => parseRecording(`${head}\n{"is":"packet","ms":-1}`)).toThrow('line 2');
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (rest) => {
      try {
        parseRecording([head, ...rest].join('\n'));
      } catch (error) {
        expect((error as SealcamError).code).toBe('command.invalid');
      }
    }),
  );
});
