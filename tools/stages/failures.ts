/** What failed, told once more when all stages are over: the end of a long run is what is read, and often all that was kept. */
import { stripVTControlCharacters } from 'node:util';

/** Lines of a failure that are told again, and characters of a line. The whole is where it happened. */
const MOST_LINES = 12;
const MOST_CHARACTERS = 200;
const MOST_FAILURES = 20;

/** What `--reporter=json` of vitest wrote, as far as it is told here. */
export interface FailureReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName?: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/**
 * @param root the checkout: paths are told from there
 * @returns a failure each: its file and name, and what vitest says of it
 */
export function failuresOfReport(report: FailureReport, root: string): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    const failed = assertionResults.filter((each) => each.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${file}\n${message ?? ''}`];
    return failed.map(
      (each) =>
        `${file} > ${each.fullName ?? ''}\n${(each.failureMessages ?? []).join('\n').replaceAll(`${root}/`, '')}`,
    );
  });
}

/** A line of a program of the drills that says what failed, or how to see it again. */
const OF_FAILURE = /^\s*(FAILED|NOT FOUND|replay it with|Again:|World \d+ of seed)/;

/** @param text what such a program said on standard error. @returns what it said of failures, in its own words */
export function failuresSaid(text: string): string[] {
  const lines = text.split('\n').filter((line) => OF_FAILURE.test(line));
  return lines.length === 0 ? [] : [lines.map((line) => line.trim()).join('\n')];
}

/** @param failures of a stage, as long as they are. @returns a bounded text each for the end of the run, without colors */
export function failureLines(stage: string, failures: readonly string[]): string[] {
  const told = failures
    .slice(0, MOST_FAILURES)
    .map((failure) => `${stage}: ${short(failure).replaceAll('\n', '\n    ')}`);
  const left = failures.length - told.length;
  return left === 0 ? told : [...told, `${stage}: and ${left} more`];
}

function short(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('node_modules/'));
  const told = lines.slice(0, MOST_LINES).map((line) => line.slice(0, MOST_CHARACTERS));
  return (lines.length > told.length ? [...told, '…'] : told).join('\n');
}
