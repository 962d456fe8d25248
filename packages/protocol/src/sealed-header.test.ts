import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodecError, concat, fromHex, toHex } from './bytes.ts';
import { keyId, type KeyId } from './ids.ts';
import { RFC9605_HEADERS } from './rfc9605-headers.vectors.ts';
import { CTR_END, encodeSframeHeader, parseSealedHeader } from './sealed-header.ts';

const front = (flags: number, gopCtr: number): Uint8Array => {
  const bytes = new Uint8Array(11);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint16(1, flags);
  view.setBigUint64(3, BigInt(gopCtr));
  return bytes;
};
const tag = new Uint8Array(16);
const frame = (header: Uint8Array, flags = 1, gopCtr = 0) => concat(front(flags, gopCtr), header, tag);

const keyIds: fc.Arbitrary<KeyId> = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => keyId(toHex(Uint8Array.of((bytes[0] ?? 0) | 0x80, ...bytes.subarray(1)))));
const counters = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: CTR_END - 1 }));

describe('RFC 9605 header vectors', () => {
  const isOurs = (kid: string, ctr: string) => kid.length === 16 && kid >= '8' && BigInt(`0x${ctr}`) < BigInt(CTR_END);

  test('those with an 8-byte key id and a counter below 2^40 are encoded and parsed as the RFC has them', () => {
    const ours = RFC9605_HEADERS.filter(([kid, ctr]) => isOurs(kid, ctr));
    expect(ours).toHaveLength(11);
    for (const [kid, ctr, encoded] of ours) {
      expect(toHex(encodeSframeHeader(keyId(kid), Number.parseInt(ctr, 16)))).toBe(encoded);
      const parsed = parseSealedHeader(frame(fromHex(encoded)));
      expect(parsed).toMatchObject({ kid, ctr: Number.parseInt(ctr, 16), bodyAt: 11 + encoded.length / 2 });
      expect(toHex(parsed.sframeHeader)).toBe(encoded);
    }
  });

  test('all others, which Sealcam never sends, are refused', () => {
    const others = RFC9605_HEADERS.filter(([kid, ctr]) => !isOurs(kid, ctr));
    expect(others).toHaveLength(278);
    for (const [, , encoded] of others) expect(() => parseSealedHeader(frame(fromHex(encoded)))).toThrow(CodecError);
  });
});

test('every key id and counter comes back, and no other bytes mean the same', () => {
  fc.assert(
    fc.property(keyIds, counters, (kid, ctr) => {
      const header = encodeSframeHeader(kid, ctr);
      expect(parseSealedHeader(frame(header, 1, ctr))).toMatchObject({ kid, ctr, gopCtr: ctr, flags: 1 });
    }),
  );
});

test('a counter in more bytes than it needs is refused', () => {
  const kid = fromHex('80'.repeat(8));
  for (const bytes of ['f807', 'f900ff', 'fa000100', 'fc0000000009']) {
    const header = fromHex(bytes);
    expect(() => parseSealedHeader(frame(concat(header.subarray(0, 1), kid, header.subarray(1))))).toThrow(CodecError);
  }
});

test('a counter of 2^40 is neither written nor read', () => {
  expect(() => encodeSframeHeader(keyId('80'.repeat(8)), CTR_END)).toThrow(CodecError);
  expect(() => parseSealedHeader(frame(concat(fromHex(`fd${'80'.repeat(8)}010000000000`))))).toThrow(CodecError);
});

test('unknown version, unknown flags, a GOP from the future and a missing tag are refused', () => {
  const header = encodeSframeHeader(keyId('80'.repeat(8)), 5);
  const good = frame(header, 1, 5);
  expect(parseSealedHeader(good).ctr).toBe(5);
  expect(() => parseSealedHeader(frame(header, 8, 5))).toThrow(CodecError);
  expect(() => parseSealedHeader(frame(header, 0, 6))).toThrow(CodecError);
  expect(() => parseSealedHeader(good.subarray(0, good.length - 1))).toThrow(CodecError);
  good[0] = 2;
  expect(() => parseSealedHeader(good)).toThrow(CodecError);
});

test('any bytes are either a header that encodes to the same bytes or a codec error', () => {
  const nearly = fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 60 }))
    .map(([flags, rest]) => concat(front(flags, 0), Uint8Array.of(0xf0 | flags, 0x80), rest));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), nearly), (bytes) => {
      try {
        const header = parseSealedHeader(bytes);
        expect(toHex(encodeSframeHeader(header.kid, header.ctr))).toBe(toHex(header.sframeHeader));
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 500 },
  );
});
