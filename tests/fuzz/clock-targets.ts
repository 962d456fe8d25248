/** The times of pictures: by any clock of a camera they rise, none is newer than its arrival, and none that came evenly is said to be old. */
import { CaptureClock } from '../../packages/media/src/rtp/capture-clock.ts';
import { byNumbers, claim } from './claims.ts';
import { START_US, STEP_US } from './clip-packets.ts';
import type { Random } from './fuzz.ts';
import type { Target } from './target.ts';

const RATES = [90_000, 48_000, 8_000, 1_000, 1] as const;
const HOUR_US = 3_600_000_000;

/** Any timestamps at any arrival, also back in time: results rise, and none is newer than its arrival but to rise. */
function anyClock(random: Random): void {
  const clock = new CaptureClock(random.pick(RATES), START_US);
  let [nowUs, ticks, lastUs] = [START_US, random.next(), START_US];
  const steps = [0, 1, 100, 3_000, 9_000, 90_000 * 3_600, -9_000, -90_000 * 10];
  const passes = [0, 1, 40_000, 66_667, STEP_US, 5_000_000, HOUR_US, -30_000, -HOUR_US];
  for (let round = 0; round < 150; round += 1) {
    if (random.chance(6)) ticks = random.chance(3) ? random.next() : ticks + random.pick(steps);
    else ticks += 9_000;
    nowUs += random.chance(6) ? random.pick(passes) : STEP_US;
    if (random.chance(60)) clock.reset();
    const time = clock.captureUs(ticks >>> 0, nowUs);
    claim(Number.isSafeInteger(time) && time > lastUs, 'times that do not rise');
    claim(time <= Math.max(nowUs, lastUs + 1), 'newer than its arrival');
    lastUs = time;
  }
}

/** So late a picture may be said to be that came in time, whatever its camera's clock did: what is believed of a slow line, and a window more. */
const MOST_LATE_US = 32_000_000;
const SEGMENT_US = 50_000_000;

/** Pictures that come evenly, by a clock that changes its mind: none is said to be later than the bound. */
function evenArrival(random: Random): void {
  const clock = new CaptureClock(90_000);
  const everyUs = random.pick([66_667, STEP_US, 500_000]);
  let [nowUs, ticks] = [START_US, random.next()];
  for (let segment = 0; segment < 4; segment += 1) {
    const pace = random.pick([0, 0.01, 0.3, 0.5, 0.65, 0.7, 0.79, 0.9, 0.96, 1, 1, 1, 1.2, 2, random.fraction() * 3]);
    if (random.chance(2)) ticks += random.pick([-1, 1]) * random.below(2 ** 31);
    for (const endUs = nowUs + SEGMENT_US; nowUs < endUs; nowUs += everyUs) {
      ticks += (everyUs * pace * 90_000) / 1_000_000;
      const arrivalUs = Math.round(nowUs) + random.below(20_000);
      const lateUs = arrivalUs - clock.captureUs(Math.floor(ticks) >>> 0, arrivalUs);
      claim(
        lateUs <= MOST_LATE_US,
        `${Math.round(lateUs / 1000)} ms late by a clock of pace ${pace} in part ${segment}`,
      );
    }
  }
}

export const CLOCK_TARGETS: readonly Target[] = [
  byNumbers('capture clock of anything', anyClock),
  byNumbers('capture clock, even arrival', evenArrival),
];
