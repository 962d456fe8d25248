import { expect, test } from 'vitest';
import { aLaw, muLaw } from './fixtures/clips.ts';
import { decodeG711 } from './g711.ts';

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test.each([
  ['pcmu', muLaw],
  ['pcma', aLaw],
] as const)('%s: every byte sounds as FFmpeg decodes it', (codec, base64) => {
  const bytes = Buffer.from(base64, 'base64');
  const expected = Array.from({ length: 256 }, (_, i) => bytes.readInt16LE(2 * i));
  expect(Array.from(decodeG711(codec, everyByte, 1)[0]!, (sample) => sample * 32_768 + 0)).toEqual(expected);
});

test('channels are taken apart, half a sample at the end is left out', () => {
  const [left, right] = decodeG711('pcmu', Uint8Array.of(0, 128, 0, 128, 0), 2);
  expect([left!.length, right!.length, left![0], right![1]]).toEqual([2, 2, left![1], -left![0]!]);
});
