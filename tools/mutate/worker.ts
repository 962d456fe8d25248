/**
 * A process with a warm vitest in it: gets one mutant a line on standard input, answers a line each. The sources on the disk stay as
 * they are; what the tests load is changed on its way in. A mutant that hangs is the parent's to end, and this process with it.
 */
import { createInterface } from 'node:readline';
import { createVitest, type Vitest } from 'vitest/node';

/** What to run, and with which text in place of a file; without one: as it is. */
export interface Trial {
  readonly file: string;
  readonly text?: string;
  readonly tests: readonly string[];
}

export type Verdict = 'passed' | 'failed';

let trial: Trial | undefined;

/** The text of the file that is on trial. */
function changed(id: string): string | undefined {
  return trial !== undefined && id.split('?')[0] === trial.file ? trial.text : undefined;
}

async function started(root: string): Promise<Vitest> {
  return await createVitest(
    {
      ...{ root, watch: false, maxWorkers: 1, reporters: [{}], testTimeout: 20_000 },
      // It goes by what is on the disk, and would hand out the unchanged file.
      fsModuleCache: false,
    },
    { plugins: [{ name: 'mutate', enforce: 'pre', load: changed }] },
  );
}

async function verdictOf(vitest: Vitest, { file, tests }: Trial): Promise<Verdict> {
  vitest.invalidateFile(file);
  const specifications = await vitest.globTestSpecifications([...tests]);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  // Vitest tells of all that it ever ran.
  const asked = new Set(specifications.map(({ moduleId }) => moduleId));
  const ran = testModules.filter(({ moduleId }) => asked.has(moduleId));
  if (ran.length === 0) throw new Error(`no tests ran for ${file}`);
  // A file whose process hung has not failed; it has not passed either.
  const well = unhandledErrors.length === 0 && ran.every((module) => module.state() === 'passed');
  return well ? 'passed' : 'failed';
}

const vitest = await started(process.argv[2] ?? '.');
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  // The file of the trial before is as it was again.
  if (trial !== undefined) vitest.invalidateFile(trial.file);
  trial = JSON.parse(line) as Trial;
  process.stdout.write(`${await verdictOf(vitest, trial)}\n`);
}
await vitest.close();
