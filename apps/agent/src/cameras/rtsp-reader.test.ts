import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeRequest, headerOf, RTSP_LIMITS, type RtspResponse } from './rtsp-message.ts';
import { RtspReader } from './rtsp-reader.ts';

type Heard =
  | { kind: 'response'; response: RtspResponse }
  | { kind: 'request'; method: string }
  | { kind: 'frame'; channel: number; packet: number[] };

function readAll(chunks: readonly Uint8Array[], isOurs?: (channel: number) => boolean): Heard[] {
  const heard: Heard[] = [];
  const reader = new RtspReader({
    onResponse: (response) => heard.push({ kind: 'response', response }),
    onRequest: ({ method }) => heard.push({ kind: 'request', method }),
    onFrame: (channel, packet) => heard.push({ kind: 'frame', channel, packet: [...packet] }),
    ...(isOurs && { isOurs }),
  });
  for (const chunk of chunks) {
    // The chunk may be reused by its owner: whatever is kept must be a copy.
    const own = Uint8Array.from(chunk);
    reader.push(own);
    own.fill(0xee);
  }
  return heard;
}

const bytes = (words: string): Uint8Array => Buffer.from(words, 'latin1');
const frame = (channel: number, packet: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([0x24, channel, packet.length >> 8, packet.length & 255]), packet]);
const ANSWER = 'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n';

describe('a camera’s bytes', () => {
  test('a response is read with its headers and body', () => {
    const [heard] = readAll([bytes(ANSWER)]);
    expect(heard).toMatchObject({ kind: 'response', response: { status: 200 } });
    if (heard?.kind !== 'response') return;
    expect(headerOf(heard.response, 'cseq')).toBe('2');
    expect(Buffer.from(heard.response.body).toString()).toBe('v=0\r\n');
  });

  test('repeated headers keep all values; folded lines and bare line feeds are understood', () => {
    const [heard] = readAll([
      bytes(
        'RTSP/1.0 401 Unauthorized\nWWW-Authenticate: Basic realm="a"\nWWW-Authenticate: Digest realm="a",\n nonce="b"\nnonsense\n\n',
      ),
    ]);
    if (heard?.kind !== 'response') throw new TypeError('no response');
    expect(heard.response.headers.get('www-authenticate')).toEqual(['Basic realm="a"', 'Digest realm="a", nonce="b"']);
  });

  test('however the bytes are cut, the same messages and packets come out', () => {
    const message = fc.oneof(
      fc.constant(bytes(ANSWER)),
      fc.constant(bytes('OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n')),
      fc.constant(bytes('\r\n')),
      fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 3000 })).map(([channel, packet]) => frame(channel, packet)),
    );
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (messages, cuts) => {
          const whole = Buffer.concat(messages);
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < whole.length; i += 1) {
            const step = cuts[i % cuts.length] ?? 1;
            chunks.push(whole.subarray(at, at + step));
            at += step;
          }
          expect(readAll(chunks)).toEqual(readAll(messages));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the body of a response stays as it was, whatever comes after it', () => {
    const later = [...frame(0, new Uint8Array(100).fill(0xaa))].map((byte) => Uint8Array.of(byte));
    const [heard] = readAll([bytes(ANSWER), ...later]);
    expect(heard?.kind === 'response' && Buffer.from(heard.response.body).toString()).toBe('v=0\r\n');
  });

  test('random bytes end in a SealcamError or in silence, with bounded memory', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(bytes('RTSP/1.0 200 OK\r\n'), bytes('$'), bytes('Content-Length: 9\r\n\r\n'), bytes(ANSWER)),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          readAll(pieces);
        } catch (error) {
          expect(error).toBeInstanceOf(SealcamError);
          expect(['rtsp.malformed', 'rtsp.not-rtsp']).toContain((error as SealcamError).code);
        }
      }),
    );
  });

  test.each([
    ['a web page', 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>', 'rtsp.not-rtsp'],
    ['a page without a head', '<!DOCTYPE html>', 'rtsp.not-rtsp'],
    ['another service', 'SSH-2.0-OpenSSH_9.2\r\n', 'rtsp.not-rtsp'],
    ['the alert of a TLS port', '\x15\x03\x01\x00\x02\x02\x46', 'rtsp.not-rtsp'],
    ['garbage', '\xff\xfe\x00\x01', 'rtsp.malformed'],
    ['headers without end', `RTSP/1.0 200 OK\r\n${'X-Header: aaaaaaaa\r\n'.repeat(2000)}`, 'rtsp.malformed'],
    ['a line without end', `RTSP/1.0 200 ${'a'.repeat(RTSP_LIMITS.headBytes)}`, 'rtsp.malformed'],
    ['too many headers', `RTSP/1.0 200 OK\r\n${'a: b\r\n'.repeat(RTSP_LIMITS.headers + 1)}\r\n`, 'rtsp.malformed'],
    ['an endless body', 'RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n', 'rtsp.malformed'],
    ['noise without end after a good answer', ANSWER + '\xff\x00 '.repeat(100_000), 'rtsp.malformed'],
  ])('%s is refused, whole or byte by byte', (_name, words, code) => {
    const whole = bytes(words);
    const refused = expect.objectContaining({ code }) as Error;
    expect(() => readAll([whole])).toThrow(refused);
    expect(() => readAll([...whole].map((byte) => Uint8Array.of(byte)))).toThrow(refused);
  });

  test('whatever stands between messages and frames of ours costs none of them, however the bytes are cut', () => {
    const rtp = fc.uint8Array({ maxLength: 200 }).map((tail) => Uint8Array.of(0x80, ...tail));
    const ours = fc.oneof(
      fc.tuple(fc.nat(1), rtp).map(([channel, packet]) => frame(channel, packet)),
      fc.constant(bytes('RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n')),
      fc.constant(bytes('OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n')),
    );
    // Without `$` of ours or a word of RTSP: that would be a message.
    const stray = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }).map((each) => each.map((byte) => (byte === 0x24 ? 0x25 : byte))),
      fc
        .uint8Array({ minLength: 1, maxLength: 60 })
        .map((each) => Uint8Array.of(0x24, 77, 0, 9, 0, ...each.filter((byte) => byte !== 0x24))),
      fc.constant(bytes('a=control:trackID=1\r\na=recvonly\r\n')),
      fc.constant(bytes('HTTP/1.1 200 OK\r\n\r\n<html>')),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.option(stray), ours), { maxLength: 12 }),
        fc.integer({ min: 1, max: 300 }),
        (pairs, step) => {
          const isOurs = (channel: number): boolean => channel < 2;
          const first = bytes('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n');
          const whole = Buffer.concat([
            first,
            ...pairs.flatMap(([noise, good]) => [...(noise === null ? [] : [noise]), good]),
          ]);
          const chunks = Array.from({ length: Math.ceil(whole.length / step) }, (_, i) =>
            whole.subarray(i * step, (i + 1) * step),
          );
          expect(readAll(chunks, isOurs)).toEqual(readAll([first, ...pairs.map(([, good]) => good)], isOurs));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('skipped bytes are counted, and a camera that sends more noise than anything else is given up', () => {
    const reader = new RtspReader({
      onResponse: () => undefined,
      onRequest: () => undefined,
      onFrame: () => undefined,
    });
    reader.push(bytes(ANSWER));
    const noise = new Uint8Array(RTSP_LIMITS.noiseBytes).fill(0xff);
    reader.push(noise);
    expect(reader.skipped).toBe(noise.length);
    expect(() => reader.push(Uint8Array.of(0xff))).toThrow(
      expect.objectContaining({ code: 'rtsp.malformed' }) as Error,
    );
    const patient = new RtspReader({
      onResponse: () => undefined,
      onRequest: () => undefined,
      onFrame: () => undefined,
    });
    patient.push(bytes(ANSWER));
    const good = frame(0, new Uint8Array(60_000).fill(0x80));
    for (let i = 0; i < 20; i += 1) patient.push(Buffer.concat([noise.subarray(0, 50_000), good]));
    expect(patient.skipped).toBe(20 * 50_000);
  });

  test.each<[string, string, string]>([
    ['one that is too short', 'Content-Length: 10\r\n', 'v=0\r\nm=video 0 RTP/AVP 96\r\n'],
    ['one that is none', 'Content-Length: many\r\n', ''],
    ['one with no body at all', 'Content-Length: 400\r\n', ''],
  ])('a wrong length of a body is found out: %s', (_what, header, body) => {
    const heard = readAll([
      bytes(`RTSP/1.0 200 OK\r\n${header}\r\n${body}`),
      frame(0, Uint8Array.of(0x80, 1)),
      bytes(ANSWER),
    ]);
    expect(heard.map(({ kind }) => kind)).toEqual(['response', 'frame', 'response']);
    expect(heard[0]?.kind === 'response' && Buffer.from(heard[0].response.body).toString()).toBe(body);
  });

  test('a body that is shorter than its length says ends when somebody says that nothing more comes', () => {
    const heard: RtspResponse[] = [];
    const reader = new RtspReader({
      onResponse: (response) => heard.push(response),
      onRequest: () => undefined,
      onFrame: () => undefined,
    });
    reader.push(bytes('RTSP/1.0 200 OK\r\nContent-Length: 400\r\n\r\nv=0\r\n'));
    expect([reader.isInBody, heard.length]).toEqual([true, 0]);
    reader.endBody();
    expect([reader.isInBody, Buffer.from(heard[0]!.body).toString()]).toEqual([false, 'v=0\r\n']);
  });

  test('what is undecided at the end of a chunk is kept, also of a Buffer that is read into again', () => {
    const heard: number[] = [];
    const sink = { onResponse: () => undefined, onRequest: () => undefined };
    const reader = new RtspReader({ ...sink, onFrame: (_channel, packet) => heard.push(packet.length) });
    const stream = Buffer.concat([frame(0, new Uint8Array(20)), frame(0, new Uint8Array(30))]);
    for (const [from, to] of [
      [0, 25],
      [25, stream.length],
    ] as const) {
      const chunk = Buffer.from(stream.subarray(from, to));
      reader.push(chunk);
      chunk.fill(0xff);
    }
    expect(heard).toEqual([20, 30]);
  });

  test('after close nothing is handed on, not even from the chunk at work', () => {
    let frames = 0;
    const reader = new RtspReader({
      onResponse: () => undefined,
      onRequest: () => undefined,
      onFrame: () => {
        frames += 1;
        reader.close();
      },
    });
    const packet = frame(0, new Uint8Array(20));
    reader.push(Buffer.concat([packet, packet]));
    reader.push(packet);
    expect(frames).toBe(1);
  });
});

describe('our requests', () => {
  test('carry their headers and an empty line', () => {
    expect(encodeRequest('OPTIONS', 'rtsp://h/x', { CSeq: '1' })).toBe(
      'OPTIONS rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n',
    );
  });

  test.each([
    ['rtsp://h/x\r\nX: y', {}],
    ['rtsp://h/ x', {}],
    ['rtsp://h/x', { Session: '1\r\nX: y' }],
  ])('cannot be forged by what a camera sent: %j', (url, headers) => {
    expect(() => encodeRequest('PLAY', url, headers)).toThrow(
      expect.objectContaining({ code: 'rtsp.malformed' }) as Error,
    );
  });
});

test('the limits are those of the document, to the byte', () => {
  const statusOf = (words: string): (number | undefined)[] =>
    readAll([bytes(words)]).map((heard) => (heard.kind === 'response' ? heard.response.status : undefined));
  const answer = (headers: string, body = ''): string => `RTSP/1.0 200 OK\r\n${headers}\r\n${body}`;
  const refused = expect.objectContaining({ code: 'rtsp.malformed' }) as Error;

  expect(statusOf(answer('a: b\r\n'.repeat(100)))).toEqual([200]);
  expect(() => statusOf(answer('a: b\r\n'.repeat(101)))).toThrow(refused);

  const sized = (length: number): string => answer(`Content-Length: ${length}\r\n`, 'x'.repeat(length));
  expect(statusOf(sized(65_536))).toEqual([200]);
  expect(() => statusOf(sized(65_537))).toThrow(refused);

  const head = (length: number): string => answer(`a: ${'b'.repeat(length - answer('a: \r\n').length)}\r\n`);
  expect(head(16_384)).toHaveLength(16_384);
  expect(statusOf(head(16_384 - 1))).toEqual([200]);
  expect(() => statusOf(head(16_384 + 64))).toThrow(refused);
});
