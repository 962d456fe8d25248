/** What failed is told at the end: which test, in which file, why, and how to see it again; never more than can be read. */
import { describe, expect, it } from 'vitest';
import { failureLines, failuresOfReport, failuresSaid } from './failures.ts';

const ROOT = '/home/me/sealcam';
const file = (name: string, status: string, ...assertionResults: object[]) =>
  ({ name: `${ROOT}/${name}`, status, assertionResults }) as never;

describe('what failed', () => {
  it('is the file, the name and the words of each failed test, and of none that passed', () => {
    const message = `\u001b[31mAssertionError\u001b[39m: expected 1 to be 2\n    at ${ROOT}/tests/a.test.ts:7:3\n    at x (node_modules/vitest/y.js)`;
    const report = {
      testResults: [
        file(
          'tests/a.test.ts',
          'failed',
          { status: 'passed', fullName: 'a line holds' },
          { status: 'failed', fullName: 'a line is one', failureMessages: [message] },
        ),
        file('tests/b.test.ts', 'passed', { status: 'passed', fullName: 'b' }),
      ],
    };
    expect(failureLines('unit', failuresOfReport(report, ROOT))).toEqual([
      'unit: tests/a.test.ts > a line is one\n    AssertionError: expected 1 to be 2\n        at tests/a.test.ts:7:3',
    ]);
  });

  it('is a file that could not be loaded, too', () => {
    const report = {
      testResults: [{ ...(file('c.test.ts', 'failed') as object), message: 'no such module' }],
    } as never;
    expect(failuresOfReport(report, ROOT)).toEqual(['c.test.ts\nno such module']);
  });

  it('is what a drill or the model says of it', () => {
    const said = [
      '── merged-flights',
      '   … 12 homes',
      '   FAILED: a stranger was shown',
      '   replay it with: sealcam drill merged-flights --seed 7 (1.0 s)',
      'NOT FOUND within 30000 steps: deaf-gate',
    ];
    expect(failuresSaid(said.join('\n'))).toEqual([
      'FAILED: a stranger was shown\nreplay it with: sealcam drill merged-flights --seed 7 (1.0 s)\nNOT FOUND within 30000 steps: deaf-gate',
    ]);
    expect(failuresSaid('all passed')).toEqual([]);
  });

  it('is bounded, however long and however much', () => {
    const long = Array.from({ length: 500 }, () => 'x'.repeat(5000)).join('\n');
    const each = { status: 'failed', fullName: 'x', failureMessages: [long] };
    const report = { testResults: [file('a.test.ts', 'failed', ...Array.from({ length: 100 }, () => each))] };
    const lines = failureLines('unit', failuresOfReport(report, ROOT));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('unit: and 80 more');
    expect(lines.join('\n').length).toBeLessThan(21 * 13 * 210);
  });
});
