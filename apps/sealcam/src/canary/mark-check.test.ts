/** A canary tells its own newest picture from everything else. */
import { accessUnitsOf, writeWatermark } from '@sealcam/media';
import { cameraId, homeId } from '@sealcam/protocol';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MarkCheck } from './mark-check.ts';

const OURS = { homeId: homeId('11'.repeat(16)), cameraId: cameraId('22'.repeat(16)) };
const clip = accessUnitsOf('h264', readFileSync(new URL('../../../agent/src/demo/porch.h264', import.meta.url)));
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));

function picture(ctr: number, mark: { homeId: string; cameraId: string; counter: number } | undefined) {
  const [unit] = clip;
  if (unit === undefined) throw new Error('no clip');
  return { epoch: 1, sessionId: 'a', ctr, data: mark === undefined ? unit.data : writeWatermark(unit, mark) };
}

test('own pictures whose counter rises are right, whatever is left out between them', () => {
  const check = new MarkCheck(OURS.homeId, OURS.cameraId);
  for (const counter of [1, 2, 5, 9])
    expect(check.look(picture(counter, { ...OURS, counter }))).toEqual({ is: 'right' });
});

test('the same unit fed once more is passed over, the same picture under another counter is old', () => {
  const check = new MarkCheck(OURS.homeId, OURS.cameraId);
  expect(check.look(picture(7, { ...OURS, counter: 7 }))).toEqual({ is: 'right' });
  expect(check.look(picture(7, { ...OURS, counter: 7 }))).toEqual({ is: 'again' });
  expect(check.look(picture(8, { ...OURS, counter: 7 }))).toMatchObject({ is: 'old' });
  expect(check.look(picture(9, { ...OURS, counter: 6 }))).toMatchObject({ is: 'old' });
});

test('a picture of any other home or camera, or without a mark, is foreign', () => {
  fc.assert(
    fc.property(id, id, fc.nat(), (home, camera, counter) => {
      fc.pre(home !== OURS.homeId || camera !== OURS.cameraId);
      const verdict = new MarkCheck(OURS.homeId, OURS.cameraId).look(
        picture(1, { homeId: home, cameraId: camera, counter }),
      );
      expect(verdict).toEqual({ is: 'foreign', mark: { homeId: home, cameraId: camera, counter } });
    }),
    { numRuns: 50 },
  );
  const check = new MarkCheck(OURS.homeId, OURS.cameraId);
  expect(check.look(picture(1, undefined))).toEqual({ is: 'foreign', mark: undefined });
  expect(check.look(picture(2, { ...OURS, cameraId: '33'.repeat(16), counter: 1 })).is).toBe('foreign');
});
