/** The reckoning behind the proxies, without a clock: what is random is so by its seed, and as often as it was said. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BurstLoss,
  CLEAN,
  DatagramShaper,
  SEGMENT_BYTES,
  StreamShaper,
  type Rule,
} from '../harness/impairment/index.ts';
import { Random } from '../harness/random.ts';

const DRAWS = 60_000;
const rule = (own: Partial<Rule>): Rule => ({ ...CLEAN, ...own });

/** @returns the share of lost packets, and the mean length of a run of them */
function lossOf(seed: number, loss: number, burst: number): { share: number; run: number } {
  const chain = new BurstLoss(new Random(seed));
  let [lost, runs, before] = [0, 0, false];
  for (let i = 0; i < DRAWS; i += 1) {
    const now = chain.lost({ loss, burst });
    if (now) lost += 1;
    if (now && !before) runs += 1;
    before = now;
  }
  return { share: lost / DRAWS, run: lost / runs };
}

describe('burst loss', () => {
  it.each([
    [0.02, 3],
    [0.3, 8],
    [0.5, 2],
  ])('takes its share %f in runs of %i packets', (loss, burst) => {
    const { share, run } = lossOf(11, loss, burst);
    expect(Math.abs(share - loss) / loss).toBeLessThan(0.15);
    expect(Math.abs(run - burst) / burst).toBeLessThan(0.1);
  });

  it('of nothing takes nothing, of everything all, and the same by the same seed', () => {
    expect(lossOf(1, 0, 5).share).toBe(0);
    expect(lossOf(1, 1, 5).share).toBe(1);
    expect(lossOf(5, 0.2, 4)).toEqual(lossOf(5, 0.2, 4));
    expect(lossOf(5, 0.2, 4)).not.toEqual(lossOf(6, 0.2, 4));
  });
});

describe('a stream', () => {
  const bytes = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 30 });

  it('keeps its order whatever the line does, and nothing comes before its delay', () => {
    const lines = fc.record({
      delayMs: fc.integer({ min: 0, max: 2000 }),
      jitterMs: fc.integer({ min: 0, max: 2000 }),
      bytesPerSecond: fc.constantFrom(0, 1000, 1_000_000),
      loss: fc.constantFrom(0, 0.1, 0.5),
      burst: fc.constantFrom(1, 8),
    });
    fc.assert(
      fc.property(fc.integer(), lines, bytes, (seed, own, writes) => {
        const shaper = new StreamShaper(new Random(seed));
        let [now, last] = [0, -Infinity];
        for (const write of writes) {
          now += 3;
          const due = shaper.arrival(write, now, rule(own));
          expect(due).toBeGreaterThanOrEqual(Math.max(last, now + own.delayMs));
          last = due;
        }
      }),
    );
  });

  it('unimpaired arrives when it is sent', () => {
    const shaper = new StreamShaper(new Random(1));
    for (let now = 0; now < 100; now += 1) expect(shaper.arrival(10_000, now, CLEAN)).toBe(now);
  });

  it('with a rate cap gets exactly its bytes a second', () => {
    const shaper = new StreamShaper(new Random(1));
    let last = 0;
    for (let i = 0; i < 100; i += 1) last = shaper.arrival(1000, 0, rule({ bytesPerSecond: 50_000 }));
    expect(last).toBeCloseTo(2000, 6);
  });

  it('jitters evenly over its width', () => {
    const line = rule({ jitterMs: 100 });
    const late = Array.from({ length: 4000 }, (_, i) => new StreamShaper(new Random(i)).arrival(1, 0, line));
    expect(Math.abs(late.reduce((sum, ms) => sum + ms, 0) / late.length - 50)).toBeLessThan(3);
    expect(Math.max(...late)).toBeLessThan(100);
  });

  it('pays for lost segments with retransmissions, and gets there', () => {
    const shaper = new StreamShaper(new Random(3));
    let stalled = 0;
    for (let i = 0; i < 2000; i += 1) {
      const waited = shaper.arrival(SEGMENT_BYTES, i * 1e6, rule({ loss: 0.1, delayMs: 50 })) - i * 1e6 - 50;
      if (waited > 0) {
        stalled += 1;
        expect(waited).toBeGreaterThanOrEqual(300); // 200 ms and a round trip
      }
    }
    expect(Math.abs(stalled / 2000 - 0.1)).toBeLessThan(0.03);
    expect(shaper.retransmitted).toBeGreaterThan(stalled);
  });
});

describe('datagrams', () => {
  it('are lost, doubled and overtaken as often as was said', () => {
    const shaper = new DatagramShaper(new Random(9));
    const line = rule({ loss: 0.2, burst: 4, duplicate: 0.1, reorder: 0.05 });
    const fates = Array.from({ length: DRAWS }, (_, i) => shaper.fate(100, i, line));
    const share = (test: (fate: (typeof fates)[number]) => boolean): number => fates.filter(test).length / DRAWS;
    expect(Math.abs(share(({ dueMs }) => dueMs.length === 0) - 0.2)).toBeLessThan(0.02);
    expect(Math.abs(share(({ dueMs }) => dueMs.length === 2) - 0.08)).toBeLessThan(0.01);
    expect(Math.abs(share(({ reordered }) => reordered) - 0.04)).toBeLessThan(0.01);
  });

  it('keep their order under jitter alone; one held back is overtaken', () => {
    const shaper = new DatagramShaper(new Random(2));
    const due = (own: Partial<Rule>, now: number): number => shaper.fate(10, now, rule(own)).dueMs[0] ?? NaN;
    const jittered = Array.from({ length: 500 }, (_, i) => due({ jitterMs: 80 }, i));
    expect(jittered).toEqual([...jittered].sort((a, b) => a - b));
    const held = due({ reorder: 1, reorderMs: 30 }, 1000);
    expect(due({}, 1010)).toBeLessThan(held);
  });

  it('are gone on a silent line', () => {
    expect(new DatagramShaper(new Random(1)).fate(10, 0, rule({ stall: true })).dueMs).toEqual([]);
  });
});
