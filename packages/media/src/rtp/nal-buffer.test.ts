import { expect, test } from 'vitest';
import { MEDIA_LIMITS } from '../media-limits.ts';
import { NalBuffer } from './nal-buffer.ts';

test('NAL units come out as they were appended, piece by piece, and a cleared buffer holds nothing', () => {
  const buffer = new NalBuffer();
  for (const pieces of [[[1, 2], [3]], [[4]]]) {
    for (const piece of pieces) buffer.append(Uint8Array.from(piece));
    buffer.endNal();
  }
  expect(buffer.nals().map((nal) => [...nal])).toEqual([[1, 2, 3], [4]]);
  buffer.clear();
  expect(buffer.nals()).toEqual([]);
});

test('an open NAL unit, too many of them and too many bytes are damage until cleared', () => {
  const buffer = new NalBuffer();
  buffer.append(Uint8Array.of(1));
  expect(buffer.damaged).toBe(true);
  buffer.endNal();
  expect(buffer.damaged).toBe(false);
  for (let i = 1; i < MEDIA_LIMITS.accessUnitNals; i += 1) buffer.endNal();
  expect(buffer.damaged).toBe(false);
  buffer.endNal();
  expect([buffer.damaged, buffer.nals().length]).toEqual([true, MEDIA_LIMITS.accessUnitNals]);
  buffer.clear();
  buffer.append(new Uint8Array(MEDIA_LIMITS.accessUnitBytes));
  buffer.endNal();
  expect(buffer.damaged).toBe(false);
  buffer.append(Uint8Array.of(1));
  expect(buffer.damaged).toBe(true);
});
