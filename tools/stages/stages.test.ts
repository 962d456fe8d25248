/** Counting and sorting tests: nothing that failed counts as nothing, and every file belongs to one stage. */
import { describe, expect, it } from 'vitest';
import { add, countDrills, countModel, countReport, totalLine } from './counts.ts';
import { stageOf } from './stages.ts';

const file = (status: string, ...each: string[]) => ({
  status,
  assertionResults: each.map((one) => ({ status: one })),
});

describe('counting', () => {
  it('adds what vitest reports, and everything that was not run is skipped', () => {
    const report = { testResults: [file('passed', 'passed', 'passed', 'pending'), file('failed', 'failed', 'todo')] };
    expect(countReport(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it('takes a file that could not be loaded for a failure', () => {
    expect(countReport({ testResults: [file('failed')] }, 1).failed).toBe(1);
  });

  it('takes a run that ended badly for a failure, even without a report', () => {
    expect(countReport(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(countReport({ testResults: [file('passed', 'passed')] }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('takes a drill for passed only when nothing was shown, the twin was caught and the counts agree', () => {
    const good = { openedForeign: 0, shownForeign: 0, twinCaught: true, exposureCounted: 3, exposureTrue: 3 };
    const json = (...drills: object[]): string => JSON.stringify({ drills });
    expect(countDrills(json(good, good), 0)).toEqual({ passed: 2, failed: 0, skipped: 0 });
    expect(countDrills(json(good, { ...good, shownForeign: 1 }), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(countDrills(json({ ...good, twinCaught: false }), 0).failed).toBe(1);
    expect(countDrills(json({ ...good, exposureCounted: 2 }), 0).failed).toBe(1);
    expect(countDrills(json(good, good), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(countDrills('', 1).failed).toBe(1);
  });

  it('counts the model: the invariant, that a seed repeats, and each mutant', () => {
    const good = { steps: 9, shown: 5, failures: [], repeats: true, mutants: [{ found: true }, { found: true }] };
    const json = (model: object): string => JSON.stringify({ model });
    expect(countModel(json(good), 0)).toEqual({ passed: 4, failed: 0, skipped: 0 });
    expect(countModel(json({ ...good, repeats: false }), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
    expect(countModel(json({ ...good, failures: [{}] }), 1).failed).toBe(1);
    expect(countModel(json({ ...good, mutants: [{ found: true }, { found: false }] }), 1).failed).toBe(1);
    expect(countModel(json({ ...good, shown: 0 }), 0).failed).toBe(1);
    expect(countModel(json(good), 1).failed).toBe(1);
    expect(countModel('', 1).failed).toBe(1);
  });

  it('ends in the line that CI reads', () => {
    const total = add({ passed: 3, failed: 0, skipped: 1 }, { passed: 1, failed: 2, skipped: 0 });
    expect(totalLine(total)).toBe('4 passed, 2 failed, 1 skipped');
  });
});

it.each([
  ['packages/seal/src/opener.test.ts', 'unit'],
  ['packages/seal/test/node.browser.test.ts', 'browser'],
  ['tests/browser/tap.test.ts', 'browser'],
  ['tests/cameras/gst.test.ts', 'cameras'],
  ['tests/durability/kill.test.ts', 'durability'],
  ['tests/homes/two-homes.test.ts', 'system'],
  ['drills/src/frame/timer-heap.test.ts', 'unit'],
])('%s belongs to the stage %s', (path, stage) => {
  expect(stageOf(path)).toBe(stage);
});
