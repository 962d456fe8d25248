import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cameraId, keyId, type StreamId } from '@sealcam/protocol';
import { ShownRanges } from './shown-ranges.ts';

const cameras = ['11', '22'].map((byte) => cameraId(byte.repeat(16)));
const kids = ['81', '82'].map((byte) => keyId(byte.repeat(8)));

test("a receipt has each key's range once, in order, and never more painted than lies in it", () => {
  const painted = fc.tuple(
    fc.constantFrom(...cameras),
    fc.constantFrom<StreamId>(0, 1, 3),
    fc.constantFrom(...kids),
    fc.nat(50),
  );
  fc.assert(
    fc.property(fc.array(painted, { maxLength: 80 }), (units) => {
      const shown = new ShownRanges();
      for (const unit of units) shown.add(...unit);
      const ranges = shown.take();
      const keys = ranges.map((range) => `${range.cameraId}/${range.streamId}/${range.kid}`);
      expect(keys).toEqual([...new Set(units.map(([camera, stream, kid]) => `${camera}/${stream}/${kid}`))].sort());
      for (const range of ranges) {
        expect(range.painted).toBeGreaterThanOrEqual(1);
        expect(range.painted).toBeLessThanOrEqual(range.toCtr - range.fromCtr + 1);
      }
      expect(shown.take()).toEqual([]);
    }),
  );
});

test('what could not be sent counts the next time', () => {
  const shown = new ShownRanges();
  const [camera, kid] = [cameras[0], kids[0]];
  if (camera === undefined || kid === undefined) throw new RangeError('no ids');
  for (const ctr of [3, 4, 6]) shown.add(camera, 0, kid, ctr);
  const lost = shown.take();
  shown.add(camera, 0, kid, 9);
  shown.putBack(lost);
  expect(shown.take()).toEqual([{ cameraId: camera, streamId: 0, kid, fromCtr: 3, toCtr: 9, painted: 4 }]);
});

test('a still that is painted again counts once', () => {
  const shown = new ShownRanges();
  const [camera, kid] = [cameras[0], kids[0]];
  if (camera === undefined || kid === undefined) throw new RangeError('no ids');
  for (const ctr of [5, 5, 5]) shown.add(camera, 3, kid, ctr);
  expect(shown.take()).toMatchObject([{ fromCtr: 5, toCtr: 5, painted: 1 }]);
});
