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

/** How late pictures that come every `everyUs` claim to be, in ms, by a clock of any kind. */
function lateness(
  clock: CaptureClock,
  {
    count,
    everyUs = FRAME_US,
    fromUs = START,
  }: { readonly count: number; readonly everyUs?: number; readonly fromUs?: number },
  timestamp: (i: number) => number,
): number[] {
  return Array.from({ length: count }, (_, i) => {
    const arrivalUs = Math.round(fromUs + i * everyUs);
    return (arrivalUs - clock.captureUs(timestamp(i) >>> 0, arrivalUs)) / 1000;
  });
}

test.each<[string, (i: number) => number]>([
  ['stands still', () => 4711],
  ['counts milliseconds', (i) => i * 66.7],
  ['counts in the rate of sound', (i) => i * 533],
  ['goes half as fast', (i) => i * 3000],
  ['goes twice as fast', (i) => i * 12_000],
  ['begins anew every two seconds', (i) => (i % 30) * FRAME_TICKS],
  ['jumps ahead by an hour now and then', (i) => i * FRAME_TICKS + Math.floor(i / 40) * 3600 * 90_000],
  ['jumps back by ten seconds now and then', (i) => i * FRAME_TICKS - Math.floor(i / 40) * 900_000],
  ['says 25 pictures a second and sends 24', (i) => i * 5760],
  ['is anything at all', (i) => Math.imul(i, 2_654_435_761)],
])(
  'a clock that %s makes no picture late: two seconds at most, and a tenth where it is far off, from its second second on',
  (_which, timestamp) => {
    const late = lateness(new CaptureClock(90_000), { count: 15 * 120 }, timestamp);
    expect(Math.max(...late)).toBeLessThan(2_000);
    if (Math.abs(timestamp(2) - timestamp(1) - FRAME_TICKS) > 1_000)
      expect(Math.max(...late.slice(30, 90))).toBeLessThan(100);
  },
);

test('one picture in five seconds of a clock that stands still is as new as its arrival', () => {
  expect(Math.max(...lateness(new CaptureClock(90_000), { count: 20, everyUs: 5_000_000 }, () => 4711))).toBe(0);
});

test('what a stalled line held up is late by a clock that was right before, and stays so while it keeps its distance', () => {
  const clock = new CaptureClock(90_000);
  lateness(clock, { count: 60 }, (i) => i * FRAME_TICKS);
  // Six seconds of nothing; the camera goes on from where it was, in its own time.
  const late = lateness(
    clock,
    { count: 15 * 20, fromUs: START + 60 * FRAME_US + 6_000_000 },
    (i) => (60 + i) * FRAME_TICKS,
  );
  expect(Math.min(...late)).toBeGreaterThan(5_800);
});

test('a line that carries six of fifteen pictures a second is slow, and its pictures are late', () => {
  const clock = new CaptureClock(90_000);
  lateness(clock, { count: 60 }, (i) => i * FRAME_TICKS);
  const late = lateness(
    clock,
    { count: 40, everyUs: 166_667, fromUs: START + 60 * FRAME_US },
    (i) => (60 + i) * FRAME_TICKS,
  );
  expect(late.at(-1)).toBeGreaterThan(3_800);
});

test('a clock that goes at two thirds of the pace after it was right makes no picture later than a line could', () => {
  const clock = new CaptureClock(90_000);
  lateness(clock, { count: 60 }, (i) => i * FRAME_TICKS);
  const late = lateness(
    clock,
    { count: 15 * 180, fromUs: START + 60 * FRAME_US },
    (i) => 60 * FRAME_TICKS + Math.round(i * FRAME_TICKS * 0.66),
  );
  expect(Math.max(...late)).toBeLessThan(32_000);
  expect(late.at(-1)).toBe(0);
});

test('a clock that was wrong for a while is believed again, from the soonest picture on', () => {
  const clock = new CaptureClock(90_000);
  lateness(clock, { count: 60 }, () => 1);
  const late = lateness(clock, { count: 15 * 8, fromUs: START + 60 * FRAME_US }, (i) => i * FRAME_TICKS);
  expect(Math.max(...late)).toBeLessThan(100);
  expect(clock.isIgnored).toBe(false);
});
