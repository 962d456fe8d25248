import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('the first retry comes within half a second, later ones within 30 s, and none at once', () => {
  expect(backoffMs('rtsp.ended', 1, 0.999)).toBeLessThanOrEqual(500);
  expect(backoffMs('rtsp.ended', 4, 0.999)).toBeGreaterThan(3_000);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const wait = backoffMs('rtsp.silent', failures, random);
        expect(wait).toBeGreaterThanOrEqual(250);
        expect(wait).toBeLessThanOrEqual(30_000);
      },
    ),
  );
});

test('the jitter is full: the dice decide over the whole window', () => {
  expect(backoffMs('rtsp.ended', 20, 0.1)).toBe(3_000);
  expect(backoffMs('rtsp.ended', 20, 0.9)).toBe(27_000);
});

test('a refused password is tried at most once a minute, so that the camera does not lock the account', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        expect(backoffMs('rtsp.password', failures, random)).toBeGreaterThanOrEqual(60_000);
      },
    ),
  );
});

test('a refused password is tried again within four minutes at first, and within a quarter of an hour at last', () => {
  expect(backoffMs('rtsp.password', 1, 0.999_999)).toBe(239_999);
  expect(backoffMs('rtsp.password', 2, 0.999_999)).toBe(479_999);
  expect(backoffMs('rtsp.password', 50, 0.999_999)).toBe(899_999);
});
