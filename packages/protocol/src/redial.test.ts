import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redial, type LostLine } from './redial.ts';

const LONGEST_MS = 30_000;

/** One device with a clock and dice of the test. */
function rig(random: () => number = () => 0.999_999) {
  let nowMs = 0;
  const redial = new Redial({ nowMs: () => nowMs, random, longestMs: LONGEST_MS });
  const lost = (how: LostLine = 'lost'): number => {
    const waitMs = redial.lost(how);
    nowMs += waitMs;
    return waitMs;
  };
  return {
    /** Up for so long. */
    up: (ms: number) => {
      redial.up();
      nowMs += ms;
    },
    lost,
    /** Each wait while nothing answers, for so long. */
    waits: (ms: number, how: LostLine = 'lost') => {
      const until = nowMs + ms;
      const waits: number[] = [];
      while (nowMs < until) waits.push(lost(how));
      return waits;
    },
    now: () => nowMs,
  };
}

const rounded = (waits: readonly number[]): number[] => waits.map((wait) => Math.round(wait));

describe('dialing again', () => {
  it('after a good line: within a quarter, a half, a second, and each second for twenty, then ever more rarely', () => {
    const { up, waits } = rig();
    up(2_000);
    const all = rounded(waits(200_000));
    expect(all.slice(0, 3)).toEqual([250, 500, 1_000]);
    const fast = all.findIndex((wait) => wait > 1_000);
    expect(all.slice(2, fast).every((wait) => wait === 1_000)).toBe(true);
    expect(all.slice(0, fast).reduce((sum, wait) => sum + wait, 0)).toBeGreaterThanOrEqual(20_000);
    expect(all.slice(0, fast).reduce((sum, wait) => sum + wait, 0)).toBeLessThan(22_000);
    expect(all.slice(fast, fast + 6)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('after a line that never was, or was for less than two seconds: no haste', () => {
    const never = rig();
    expect(rounded(never.waits(30_000)).slice(0, 6)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000]);
    const short = rig();
    short.up(1_999);
    expect(rounded(short.waits(30_000)).slice(0, 6)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000]);
  });

  it('a relay that dies again while it starts is dialed fast all the same, and for no longer', () => {
    const { up, lost, waits, now } = rig();
    up(2_000);
    waits(8_000);
    up(1_000);
    expect(Math.round(lost())).toBe(1_000);
    const away = rounded(waits(60_000));
    const fast = away.findIndex((wait) => wait > 1_000);
    expect(away.slice(0, fast).every((wait) => wait === 1_000)).toBe(true);
    expect(fast).toBeGreaterThanOrEqual(8);
    expect(fast).toBeLessThan(13);
    expect(now()).toBeGreaterThan(60_000);
  });

  it('a line that comes and goes is dialed once a second, neither faster nor ever more rarely', () => {
    const { up, lost } = rig();
    const waits = Array.from({ length: 20 }, () => {
      up(10);
      return lost();
    });
    expect(rounded(waits).slice(0, 3)).toEqual([250, 500, 1_000]);
    expect(rounded(waits.slice(3))).toEqual(Array.from({ length: 17 }, () => 1_000));
  });

  it('a relay that refuses is dialed ever more rarely, however good the line was', () => {
    const { up, waits } = rig();
    up(3_600_000);
    expect(rounded(waits(100_000, 'refused')).slice(0, 8)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000,
    ]);
  });

  it('a good line begins anew, whatever came before it', () => {
    const { up, waits, lost } = rig();
    waits(200_000, 'refused');
    up(2_000);
    expect(Math.round(lost())).toBe(250);
  });

  it('thousands of homes that lost one relay are spread over a second when it is back, and all have dialed by then', () => {
    const seeded = fc.record({ seed: fc.integer(), awayMs: fc.integer({ min: 1_500, max: 18_000 }) });
    fc.assert(
      fc.property(seeded, ({ seed, awayMs }) => {
        const dice = new Dice(seed);
        const tenths = Array.from({ length: 10 }, () => 0);
        for (let home = 0; home < 3_000; home += 1) {
          const { up, lost, now } = rig(() => dice.next());
          up(60_000);
          const back = now() + awayMs;
          while (now() < back) lost();
          const tenth = Math.floor((now() - back) / 100);
          tenths[tenth] = (tenths[tenth] ?? 0) + 1;
        }
        expect(tenths).toHaveLength(10);
        expect(Math.max(...tenths)).toBeLessThan(3_000 / 4);
      }),
      { numRuns: 20 },
    );
  });
});

/** Numbers that repeat for a seed. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }
}
