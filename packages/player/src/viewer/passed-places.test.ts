import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epoch, sessionId } from '@sealcam/protocol';
import { PassedPlaces } from './passed-places.ts';

const place = (of: number, gopCtr: number) => ({
  epoch: epoch(of),
  sessionId: sessionId('5'.repeat(16)),
  ctr: gopCtr,
  gopCtr,
});

/** GOPs of two seconds, taken as they are captured. */
function watched(seconds: number, stallMs = 0): PassedPlaces {
  const passed = new PassedPlaces();
  for (let second = 0; second < seconds; second += 2)
    passed.took(place(7, second * 30), second * 1e6, second * 1_000 + stallMs);
  return passed;
}

test('a GOP that was taken more than ten seconds ago is passed: what is older is a replay, it and what follows is not', () => {
  const passed = watched(32);
  expect(passed.isBefore(epoch(7), 19 * 30)).toBe(true);
  expect(passed.isBefore(epoch(7), 20 * 30)).toBe(false);
  expect(passed.isBefore(epoch(7), 30 * 30)).toBe(false);
  expect(passed.isBefore(epoch(6))).toBe(true);
  expect(passed.isBefore(epoch(7))).toBe(false);
  expect(passed.isBefore(epoch(8), 0)).toBe(false);
});

test('nothing is passed in the first ten seconds, however much was captured by then', () => {
  const passed = new PassedPlaces();
  // A join brings a kept GOP of a minute at once.
  for (let second = 0; second < 60; second += 1) passed.took(place(7, second), second * 1e6, 5_000);
  expect(passed.isBefore(epoch(6), 0)).toBe(false);
});

test('nor while the network stands still, however long: it is the captures that say what the relay has passed on', () => {
  const passed = new PassedPlaces();
  passed.took(place(7, 0), 0, 0);
  // A minute later come the frames of the next second, with those of the epoch before among them.
  for (let n = 0; n < 30; n += 1) passed.took(place(7, 30 + n), 1e6 + n, 60_000 + n);
  expect(passed.isBefore(epoch(6), 0)).toBe(false);
});

test('a home whose clock was set back says nothing until ten seconds of the new time have gone by', () => {
  const passed = watched(32);
  passed.took(place(7, 40 * 30), -3_600e6, 40_000);
  passed.took(place(7, 42 * 30), -3_598e6, 42_000);
  // What was passed stays passed.
  expect(passed.isBefore(epoch(7), 19 * 30)).toBe(true);
  expect(passed.isBefore(epoch(7), 40 * 30 - 1)).toBe(false);
});

test('whatever is taken in its order is never called a replay, nor is the GOP before it', () => {
  const step = fc.record({
    isRotation: fc.boolean(),
    captureMs: fc.integer({ min: -5_000, max: 20_000 }),
    ms: fc.nat(20_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const passed = new PassedPlaces();
      let [of, gop, captureUs, nowMs] = [1, 0, 0, 0];
      for (const { isRotation, captureMs, ms } of steps) {
        const before = { of, gop };
        if (isRotation) of += 1;
        gop += 1;
        captureUs += captureMs * 1_000;
        nowMs += ms;
        passed.took(place(of, gop), captureUs, nowMs);
        expect(passed.isBefore(epoch(of), gop)).toBe(false);
        if (captureMs < 10_000 || ms < 10_000) expect(passed.isBefore(epoch(before.of), before.gop)).toBe(false);
      }
    }),
  );
});
