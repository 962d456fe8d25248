import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from '@sealcam/protocol';
import { parseProxyHeader, PROXY_HEADER_BYTES } from './proxy-header.ts';

const text = (line: string): Uint8Array => new TextEncoder().encode(line);
const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const v2 = (command: number, family: number, rest: readonly number[]): Uint8Array =>
  Uint8Array.from([...SIGNATURE, command, family, rest.length >> 8, rest.length & 255, ...rest]);
const V4 = [192, 0, 2, 7, 10, 0, 0, 1, 0x30, 0x39, 0x20, 0xe4];
const V6 = [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 7, ...Array<number>(16).fill(1), 0, 1, 0, 2];

describe('a PROXY header', () => {
  it.each([
    ['a line for IPv4', text('PROXY TCP4 192.0.2.7 10.0.0.1 12345 8420\r\nGET'), '192.0.2.7', 42],
    ['a line for IPv6', text('PROXY TCP6 2001:db8::7 ::1 1 2\r\n'), '2001:db8::7', 32],
    ['a line of one who does not know', text('PROXY UNKNOWN ffff::1 x\r\n'), undefined, 25],
    ['version 2 for IPv4', v2(0x21, 0x11, V4), '192.0.2.7', 28],
    ['version 2 for IPv6', v2(0x21, 0x21, V6), '2001:db8::7', 52],
    ['version 2 with more after the addresses', v2(0x21, 0x11, [...V4, 3, 0, 1, 9]), '192.0.2.7', 32],
    ['a line with the highest ports', text('PROXY TCP4 192.0.2.7 10.0.0.1 65535 65535\r\n'), '192.0.2.7', 43],
    [
      'version 2 with as much as may be there',
      v2(0x21, 0x11, [...V4, ...Array<number>(2_036).fill(0)]),
      '192.0.2.7',
      2_064,
    ],
    ['version 2 of the proxy itself', v2(0x20, 0x00, []), undefined, 16],
    ['version 2 of the proxy itself, whatever address stands there', v2(0x20, 0x11, V4), undefined, 28],
    ['version 2 for a socket of the system', v2(0x21, 0x31, [1, 2]), undefined, 18],
  ])('is read from %s', (_name, bytes, address, length) => {
    expect(parseProxyHeader(bytes)).toEqual({ at: 'whole', bytes: length, address });
    for (let end = 0; end < length; end += 1)
      expect(parseProxyHeader(bytes.subarray(0, end)), `the first ${end}`).toEqual({ at: 'more' });
  });

  it.each([
    ['a request', text('GET / HTTP/1.1\r\n')],
    ['TLS', Uint8Array.of(22, 3, 1)],
    ['an address of the other kind', text('PROXY TCP4 ::1 ::1 1 2\r\n')],
    ['an address that is none', text('PROXY TCP4 1.2.3 10.0.0.1 1 2\r\n')],
    ['a port that is none', text('PROXY TCP4 192.0.2.7 10.0.0.1 1 65536\r\n')],
    ['a line without an end', text(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
    ['another version', v2(0x11, 0x11, V4)],
    ['addresses that are too short', v2(0x21, 0x11, V4.slice(1))],
    ['a first port that is none', text('PROXY TCP4 192.0.2.7 10.0.0.1 65536 1\r\n')],
    ['a byte more than may be there', Uint8Array.from([...SIGNATURE, 0x21, 0x11, 0x08, 0x01])],
    ['more than anybody needs', Uint8Array.from([...SIGNATURE, 0x21, 0x11, 0xff, 0xff])],
  ])('is not read from %s', (_name, bytes) => {
    expect(() => parseProxyHeader(bytes)).toThrow(CodecError);
  });

  it('is read or refused within its bound, from any bytes', () => {
    const start = fc.constantFrom<readonly number[]>(
      [],
      SIGNATURE,
      [...SIGNATURE, 0x21, 0x11],
      [...text('PROXY TCP4 ')],
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 80 }), (begins, goesOn) => {
        const bytes = Uint8Array.from([...begins, ...goesOn]);
        const padded = Uint8Array.from([...bytes, ...new Uint8Array(PROXY_HEADER_BYTES)]);
        try {
          parseProxyHeader(bytes);
          expect(parseProxyHeader(padded).at).toBe('whole');
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
