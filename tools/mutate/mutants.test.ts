/** What is changed, and that the warm tests load the change and nothing else does. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutantsOf, mutated } from './mutants.ts';
import { nearestTests, sourcesOf } from './nearest.ts';
import { WarmTests } from './warm-tests.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const SOURCE = `const MOST = 4;
export function take(kept: number[], one: number): boolean {
  if (kept.length >= MOST) return false;
  kept.push(one);
  return true;
}
`;

describe('mutants', () => {
  it('are one change each, of limits, comparisons, guards, calls and words of truth', () => {
    const changes = mutantsOf(SOURCE).map((mutant) => {
      const after = mutated(SOURCE, mutant).split('\n');
      return [mutant.kind, after[mutant.line - 1]?.trim()];
    });
    expect(changes).toEqual([
      ['limit', 'const MOST = 8;'],
      ['guard', 'if (false) return false;'],
      ['comparison', 'if (kept.length > MOST) return false;'],
      ['boolean', 'if (kept.length >= MOST) return true;'],
      ['call', ';'],
      ['boolean', 'return false;'],
    ]);
  });

  it('are of sources only, and ask the tests of their own name', () => {
    expect(sourcesOf(ROOT, ['tools/mutate/*.ts'])).toContain('tools/mutate/mutants.ts');
    expect(sourcesOf(ROOT, ['tools/mutate/*.ts'])).not.toContain('tools/mutate/mutants.test.ts');
    expect(nearestTests(ROOT, 'apps/agent/src/uplink.ts')).toEqual(['apps/agent/src/uplink.test.ts']);
  });
});

describe('warm tests', () => {
  let folder: string;
  let tests: WarmTests;
  const source = (): string => join(folder, 'take.ts');

  beforeEach(() => {
    folder = mkdtempSync(join(import.meta.dirname, 'trial-'));
    tests = new WarmTests(folder);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(source(), SOURCE);
    const test = `import { expect, it } from 'vitest';
      import { take } from './take.ts';
      it('keeps four', () => {
        const kept: number[] = [];
        expect([1, 2, 3, 4, 5].map((one) => take(kept, one))).toEqual([true, true, true, true, false]);
      });`;
    writeFileSync(join(folder, 'take.test.ts'), test);
    const other = `import { expect, it } from 'vitest';
      import { take } from './take.ts';
      it('takes one', () => expect(take([], 1)).toBe(true));`;
    writeFileSync(join(folder, 'other.test.ts'), other);
  });
  afterEach(async () => {
    await tests.close();
    rmSync(folder, { recursive: true });
  });

  it('see each change, leave the file as it is, and come back after one that hangs', async () => {
    const trial = { file: source(), tests: ['take.test.ts'] };
    const run = async (text?: string, ms = 60_000) =>
      await tests.run({ ...trial, ...(text !== undefined && { text }) }, ms);
    expect(await run()).toBe('passed');
    for (const mutant of mutantsOf(SOURCE).filter(({ kind }) => kind !== 'call'))
      expect(await run(mutated(SOURCE, mutant)), `${mutant.kind} in line ${mutant.line}`).toBe('failed');
    // Nothing of one trial is left for the tests of another file.
    const other = { file: join(folder, 'other.ts'), tests: ['other.test.ts'] };
    expect(await tests.run(other, 60_000)).toBe('passed');
    expect(await run(`export const take = () => { for (;;); };`, 3_000)).toBe('hung');
    expect(await run()).toBe('passed');
    expect(readFileSync(source(), 'utf8')).toBe(SOURCE);
  });
});
