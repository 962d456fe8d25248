import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerReader } from './http-exchange.ts';
import { headerOf, RTSP_LIMITS } from './rtsp-message.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function readAll(
  chunks: readonly Uint8Array[],
): { status: number; type: string | undefined; rest: string } | undefined {
  const reader = new AnswerReader();
  let found: ReturnType<AnswerReader['push']>;
  let rest = '';
  for (const chunk of chunks) {
    if (found === undefined) found = reader.push(chunk);
    else rest += Buffer.from(chunk).toString('latin1');
  }
  if (found === undefined) return undefined;
  const type = headerOf(found.answer, 'content-type');
  return { status: found.answer.status, type, rest: Buffer.from(found.rest).toString('latin1') + rest };
}

function cut(whole: Uint8Array, at: readonly number[]): Uint8Array[] {
  const cuts = [0, ...at.map((each) => each % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return cuts.slice(1).map((to, i) => whole.subarray(cuts[i], to));
}

describe('the answer of HTTP', () => {
  test.each(['\r\n', '\n'])('is the same however the bytes are cut (lines end with %j)', (eol) => {
    const whole = bytes(['HTTP/1.0 200 OK', 'Content-Type: x-odd', 'no colon', '', 'RTSP/1.0 200 OK'].join(eol));
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (at) => {
        expect(readAll(cut(whole, at))).toEqual({ status: 200, type: 'x-odd', rest: 'RTSP/1.0 200 OK' });
      }),
    );
  });

  test('any bytes end in an answer, in silence, or in a fault of the table', () => {
    const front = fc.constantFrom('', 'HTTP/1.0 200 OK\r\n', 'HTTP/1.', 'RTSP/1.0 ');
    fc.assert(
      fc.property(front, fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 30 }), (start, chunks) => {
        try {
          readAll([bytes(start), ...chunks]);
        } catch (error) {
          expect(error).toBeInstanceOf(SealcamError);
          expect(['rtsp.not-rtsp', 'rtsp.transport', 'rtsp.malformed']).toContain((error as SealcamError).code);
        }
      }),
    );
  });

  test('may have a head of 16 KB, and not a byte more, at once or byte by byte', () => {
    const start = 'HTTP/1.0 200 OK\r\nX: ';
    const head = (length: number): Uint8Array => bytes(`${start}${'x'.repeat(length - start.length - 4)}\r\n\r\n`);
    const most = head(RTSP_LIMITS.headBytes);
    const more = head(RTSP_LIMITS.headBytes + 1);
    expect(readAll([most])?.status).toBe(200);
    expect(readAll([Buffer.concat([most, bytes('behind')])])?.rest).toBe('behind');
    for (const chunks of [[more], [...more].map((byte) => Uint8Array.of(byte))])
      expect(() => readAll(chunks)).toThrow(expect.objectContaining({ code: 'rtsp.malformed' }) as Error);
  });
});
