/** Counting tests from what vitest wrote, so that nothing that failed counts as nothing. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of `npm test`. */
export function totalLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * @param report what `--reporter=json` wrote; undefined when it wrote nothing
 * @param exitCode of vitest
 * @returns a file that could not even be loaded is one failure, and so is a run that failed without a failed test
 */
export function countReport(report: VitestReport | undefined, exitCode: number): Counts {
  let counts = NONE;
  for (const file of report?.testResults ?? []) {
    const inFile = { passed: 0, failed: 0, skipped: 0 };
    for (const { status } of file.assertionResults) {
      if (status === 'passed') inFile.passed += 1;
      else if (status === 'failed') inFile.failed += 1;
      else inFile.skipped += 1;
    }
    if (file.status === 'failed' && inFile.failed === 0) inFile.failed = 1;
    counts = add(counts, inFile);
  }
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** What `npm run model -- --json` says, as far as it is counted here. */
interface ModelReport {
  readonly model: {
    readonly steps: number;
    readonly shown: number;
    readonly failures: readonly unknown[];
    readonly repeats: boolean;
    readonly mutants: readonly { readonly found: boolean }[];
  };
}

/**
 * The invariant is a test, that the same seed gives the same run is one, and each mutant that had to be found is one.
 * @param text what `npm run model -- --json` printed
 */
export function countModel(text: string, exitCode: number): Counts {
  let model: ModelReport['model'];
  try {
    ({ model } = JSON.parse(text) as ModelReport);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const holds = model.failures.length === 0 && model.steps > 0 && model.shown > 0;
  const tests = [holds, model.repeats, ...model.mutants.map(({ found }) => found)];
  const passed = tests.filter(Boolean).length;
  const failed = tests.length - passed;
  if (exitCode !== 0 && failed === 0) return { passed: Math.max(0, passed - 1), failed: 1, skipped: 0 };
  return { passed, failed, skipped: 0 };
}

/** What must hold of a drill's record; the program's own verdict has more to say, in its exit code. */
interface DrillRecord {
  readonly openedForeign: number;
  readonly shownForeign: number;
  readonly twinCaught: boolean;
  readonly exposureCounted: number;
  readonly exposureTrue: number;
}

/** @param text what `npm run drill -- --json` printed */
export function countDrills(text: string, exitCode: number): Counts {
  let drills: readonly DrillRecord[];
  try {
    ({ drills } = JSON.parse(text) as { readonly drills: readonly DrillRecord[] });
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const passed = drills.filter(
    ({ openedForeign, shownForeign, twinCaught, exposureCounted, exposureTrue }) =>
      openedForeign === 0 && shownForeign === 0 && twinCaught && exposureCounted === exposureTrue,
  ).length;
  const failed = drills.length - passed;
  // It failed for a reason that is not in a record: too slow, say.
  if (exitCode !== 0 && failed === 0) return { passed: Math.max(0, passed - 1), failed: 1, skipped: 0 };
  return { passed, failed, skipped: 0 };
}
