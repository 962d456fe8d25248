/** The verdict: each thing that must hold fails the drill when it does not. */
import { describe, expect, it } from 'vitest';
import { judge, type Runs } from './judge.ts';
import type { RunOutcome } from './play-run.ts';

const NONE = { crossed: 0, line: 0, opened: 0, shown: 0 };
const run = (changes: Partial<RunOutcome> = {}): RunOutcome => ({
  ...{
    trials: 10,
    foreign: NONE,
    shownInAll: 50,
    detectionMs: [],
    unnoticed: 0,
    cutMs: [],
    incidents: 0,
    counted: 0,
    true: 0,
  },
  suspects: [],
  ...changes,
});
const broken = run({
  foreign: { ...NONE, line: 3 },
  detectionMs: [500, 500, 900],
  cutMs: [0],
  incidents: 3,
  counted: 3,
  true: 3,
});
const good: Runs = {
  ...{ name: 'a', seed: 1, memory: broken, sockets: broken, calm: run() },
  twin: run({ foreign: { ...NONE, line: 9, shown: 9 } }),
  cured: run(),
};

describe('a drill', () => {
  it('passes when all holds, and its figures are those of both runs of Sealcam', () => {
    expect(judge(good)).toMatchObject({
      ...{ trials: 20, openedForeign: 0, shownForeign: 0, twinCaught: true, failures: [] },
      ...{ detectionMs: { p50: 500, p99: 900 }, cutMs: { p50: 0, p99: 0 }, exposureCounted: 6, exposureTrue: 6 },
    });
  });

  const stranger = { ...NONE, line: 3, opened: 1, shown: 1 };
  it.each<[string, Partial<Runs>, RegExp]>([
    ['a stranger was shown', { memory: { ...broken, foreign: stranger } }, /showed a stranger/],
    [
      'one was opened over real sockets',
      { sockets: { ...broken, foreign: { ...stranger, shown: 0 } } },
      /opened a stranger/,
    ],
    ['nothing was shown at all', { memory: { ...broken, shownInAll: 0 } }, /nothing at all/],
    ['nothing was mixed up', { memory: run(), sockets: run() }, /did not mix/],
    ['the twin showed no stranger', { twin: run() }, /proves nothing/],
    ['the twin leaks with the mistake put right', { cured: good.twin }, /put right/],
    ['something was not noticed', { memory: { ...broken, unnoticed: 1 } }, /not noticed/],
    ['noticing was slow', { memory: { ...broken, detectionMs: [1_001] } }, /more than a second/],
    ['cutting was slow', { sockets: { ...broken, cutMs: [1_001] } }, /more than a second/],
    ['the books are wrong', { memory: { ...broken, counted: 2 } }, /counted otherwise/],
    ['there was a false alarm', { calm: run({ incidents: 1 }) }, /nothing was mixed up/],
  ])('fails when %s', (_, changes, words) => {
    const { failures } = judge({ ...good, ...changes });
    expect(failures.some((failure) => words.test(failure))).toBe(true);
  });
});
