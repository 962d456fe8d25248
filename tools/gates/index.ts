/** All gates, in the order in which they fail soonest. */
import { linksGate } from './docs.ts';
import { programGate, type Gate } from './gate.ts';
import { importsGate, importsProof } from './imports.ts';
import { pageSizeGate } from './page-size.ts';
import { relayBundleGate, relayBundleProof } from './relay-bundle.ts';

export const GATES: readonly Gate[] = [
  programGate('types of the packages', 'tsc', ['-p', 'tsconfig.packages.json']),
  programGate('types of the pages', 'tsc', ['-p', 'tsconfig.browser.json']),
  programGate('types of the programs and tests', 'tsc', ['-p', 'tsconfig.node.json']),
  programGate('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  importsGate,
  importsProof,
  relayBundleGate,
  relayBundleProof,
  linksGate,
  programGate('lint', 'eslint', ['.']),
  pageSizeGate,
];

/**
 * Runs every gate, one after another.
 * @param say called with a line a gate, and with what is wrong
 * @returns how many held, and the names of those that did not, with their problems
 */
export async function runGates(say: (line: string) => void): Promise<{ passed: number; broken: string[] }> {
  const broken: string[] = [];
  for (const gate of GATES) {
    const began = performance.now();
    const problems = await gate.run().catch((error: unknown) => [String(error)]);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    say(`  ${problems.length === 0 ? 'holds ' : 'BROKEN'}  ${gate.name} (${seconds} s)`);
    for (const problem of problems) say(`          ${problem}`);
    if (problems.length > 0) broken.push([gate.name, ...problems].join('\n'));
  }
  return { passed: GATES.length - broken.length, broken };
}
