import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeReceipt, RECEIPT_REFUSED } from '@sealcam/home/verify';
import { cameraId, deviceId, homeId, millis } from '@sealcam/protocol';
import { RefusedRanges } from './refused-ranges.ts';

const camera = cameraId('11'.repeat(16));
const frame = fc.record({
  cameraId: fc.constant(camera),
  streamId: fc.constantFrom(0 as const, 1 as const),
  kid: fc.constantFrom('81'.repeat(8), '82'.repeat(8), '00'.repeat(8)),
  reason: fc.constantFrom('foreign' as const, 'unknown' as const, 'replayed' as const),
  ctr: fc.nat(100),
});

test('receipts count every refused frame once, whatever could not be sent, in an order that a receipt takes', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), fc.array(frame, { maxLength: 20 }), (first, more) => {
      const refused = new RefusedRanges();
      for (const one of first) refused.add(one);
      const lost = refused.take();
      for (const one of more) refused.add(one);
      refused.putBack(lost);
      const taken = refused.take();
      expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(first.length + more.length);
      const ids = { homeId: homeId('aa'.repeat(16)), deviceId: deviceId('bb'.repeat(16)) };
      expect(() => encodeReceipt({ ...ids, seq: 1, timeMs: millis(0), ranges: [], refused: taken })).not.toThrow();
      expect(refused.take()).toEqual([]);
    }),
  );
});

test('key ids that somebody makes up take bounded room, and come in several receipts', () => {
  const refused = new RefusedRanges();
  for (let n = 0; n < 100_000; n += 1)
    refused.add({ cameraId: camera, streamId: 0, kid: n.toString(16).padStart(16, '8'), reason: 'unknown', ctr: 0 });
  expect(refused.take().length).toBe(RECEIPT_REFUSED);
  let rest = 0;
  for (let ranges = refused.take(); ranges.length > 0; ranges = refused.take()) rest += ranges.length;
  expect(rest).toBeLessThan(1_024);
});
