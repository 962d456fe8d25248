import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRtpPacket } from './packet.ts';

const hex = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words.replaceAll(' ', ''), 'hex'));

test('sources, extension and padding are cut off the payload', () => {
  const packet = parseRtpPacket(hex('b2 e0 1234 01020304 0a0b0c0d 11111111 22222222 bede 0001 aabbccdd 656667 000003'));
  expect(packet).toMatchObject({
    payloadType: 96,
    sequence: 0x1234,
    timestamp: 0x01020304,
    ssrc: 0x0a0b0c0d,
    marker: true,
  });
  expect([...packet!.payload]).toEqual([0x65, 0x66, 0x67]);
});

test.each([
  ['another version', '40 60 0001 00000001 00000001 65'],
  ['a cut header', '80 60 0001 00000001 0000'],
  ['sources that are not there', '8f 60 0001 00000001 00000001 65'],
  ['an extension that is not there', '90 60 0001 00000001 00000001 bede ffff 65'],
  ['more padding than packet', 'a0 60 0001 00000001 00000001 65ff'],
  ['padding of nothing', 'a0 60 0001 00000001 00000001 6500'],
])('%s is not a packet', (_why, bytes) => {
  expect(parseRtpPacket(hex(bytes))).toBeUndefined();
});

test('random bytes never throw, and a payload lies inside the packet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      const packet = parseRtpPacket(bytes);
      if (packet === undefined) return;
      expect(packet.payload.byteOffset - bytes.byteOffset).toBeGreaterThanOrEqual(12);
      expect(packet.payload.byteOffset + packet.payload.length).toBeLessThanOrEqual(bytes.byteOffset + bytes.length);
    }),
    { numRuns: 500 },
  );
});
