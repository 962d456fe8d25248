import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureClock } from './capture-clock.ts';

const START = 1_700_000_000_000_000;
const FRAME_TICKS = 6000; // 15 fps at 90 kHz
const FRAME_US = 66_666.67;

test('an even camera gives even times through jitter of the network and the wrap of the timestamp', () => {
  const clock = new CaptureClock(90_000);
  const times = Array.from({ length: 40 }, (_, i) => {
    const timestamp = (0xffff_ffff - 20 * FRAME_TICKS + i * FRAME_TICKS) >>> 0;
    return clock.captureUs(timestamp, START + Math.round(i * FRAME_US) + (i % 5) * 7_000);
  });
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  expect(Math.min(...steps)).toBeGreaterThan(66_000);
  expect(Math.max(...steps)).toBeLessThan(67_500);
});

test('a first packet that came late does not make all later times follow the jitter of the network', () => {
  const clock = new CaptureClock(90_000);
  clock.captureUs(0, START + 90_000);
  const times = Array.from({ length: 30 }, (_, i) => {
    return clock.captureUs((i + 1) * FRAME_TICKS, START + Math.round((i + 1) * FRAME_US) + (i % 2) * 20_000);
  });
  const steps = times.slice(2).map((time, i) => time - times[i + 1]!);
  expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(1000);
});

test('times always rise and are never ahead of the arrival by more than the need to rise', () => {
  const step = fc.record({ timestamp: fc.nat(0xffff_ffff), elapsed: fc.nat(10_000_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new CaptureClock(90_000, START);
      let now = START;
      let last = START;
      for (const { timestamp, elapsed } of steps) {
        now += elapsed;
        const time = clock.captureUs(timestamp, now);
        expect(time).toBeGreaterThan(last);
        expect(time).toBeLessThanOrEqual(Math.max(now, last + 1));
        last = time;
      }
    }),
  );
});

test.each([
  ['slow', 1.0001],
  ['fast', 0.9999],
])('a crystal 100 ppm %s stays within 50 ms of the truth for an hour', (_which, drift) => {
  const clock = new CaptureClock(90_000);
  let worst = 0;
  for (let i = 0; i < 15 * 3600; i += 1) {
    const now = Math.round(START + i * FRAME_US * drift);
    worst = Math.max(worst, now - clock.captureUs((i * FRAME_TICKS) >>> 0, now));
  }
  expect(worst).toBeLessThan(50_000);
});

test('a backlog that comes late keeps the time it was taken', () => {
  const clock = new CaptureClock(90_000);
  clock.captureUs(0, START);
  const stalledUntil = START + 3_000_000;
  const times = Array.from({ length: 44 }, (_, i) => clock.captureUs((i + 1) * FRAME_TICKS, stalledUntil + i));
  expect(Math.round((times[0]! - START) / 1000)).toBe(67);
  expect(Math.round((times[43]! - START) / 1000)).toBe(2933);
});

test('a camera whose clock stood still is believed again within some seconds', () => {
  const clock = new CaptureClock(90_000);
  clock.captureUs(0, START);
  let lag = 0;
  for (let i = 1; i < 15 * 10; i += 1) {
    const now = START + 20_000_000 + Math.round(i * FRAME_US);
    lag = now - clock.captureUs(i * FRAME_TICKS, now);
  }
  expect(lag).toBeLessThan(1000);
});

test('timestamps that begin anew are anchored anew; a reset with no floor follows a clock that was set back', () => {
  const clock = new CaptureClock(90_000);
  clock.captureUs(4_000_000_000, START);
  expect(clock.captureUs(3_000_000_000, START + 100_000)).toBe(START + 100_000);
  clock.reset(0);
  expect(clock.captureUs(5, START - 3_600_000_000)).toBe(START - 3_600_000_000);
});
