/**
 * `npm test [stage …] [--full]`: everything that proves Sealcam, stage after stage. The last line is
 * `N passed, N failed, N skipped`. A gate counts as a test. `--full` runs the sizes that take hours.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '../apps/sealcam/src/nearest.ts';
import { ensurePages } from '../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../apps/sealcam/src/terminal.ts';
import { ROOT } from './gates/gate.ts';
import { runGates } from './gates/index.ts';
import { add, countDrills, countModel, countReport, NONE, totalLine, type Counts } from './stages/counts.ts';
import { failureLines, failuresOfReport, failuresSaid, type FailureReport } from './stages/failures.ts';
import { ABOUT, STAGES, testFiles, type Stage } from './stages/stages.ts';
import { ensureSystemPackages } from './stages/system-packages.ts';

/** How a stage ended, and what failed in it. */
interface Ending {
  readonly counts: Counts;
  readonly failures: readonly string[];
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** Stages that only need Node. */
const PURE: readonly Stage[] = ['gates', 'unit'];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const chosen = args.filter((arg) => arg !== '--full');
  const stranger = chosen.find((name) => !STAGES.includes(name as Stage));
  if (stranger !== undefined) {
    const guess = nearest(stranger, [...STAGES, '--full']);
    say(
      `There is no stage ${stranger}.${guess === undefined ? '' : ` Did you mean ${guess}?`} Stages: ${STAGES.join(', ')}; --full.`,
    );
    return 1;
  }
  const stages = chosen.length === 0 ? STAGES : STAGES.filter((stage) => chosen.includes(stage));
  if (stages.some((stage) => !PURE.includes(stage)) && !ensureSystemPackages(say)) return 1;
  const files = await testFiles(ROOT);
  const failed: string[] = [];
  let total = NONE;
  for (const stage of stages) {
    const began = performance.now();
    say(`\n── ${stage}: ${ABOUT[stage]} ${'─'.repeat(Math.max(0, 60 - stage.length - ABOUT[stage].length))}`);
    const { counts, failures } = await run(stage, files.get(stage) ?? [], args.includes('--full'));
    say(`── ${stage}: ${totalLine(counts)} (${Math.round((performance.now() - began) / 1000)} s)`);
    total = add(total, counts);
    if (counts.failed > 0) failed.push(...failureLines(stage, failures.length > 0 ? failures : ['see above']));
  }
  say('');
  if (failed.length > 0) say(`── what failed\n${failed.join('\n')}\n`);
  say(totalLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** What a stage is, where it is not files for vitest. */
async function run(stage: Stage, files: readonly string[], isFull: boolean): Promise<Ending> {
  if (stage === 'gates') return await gates();
  if (stage === 'drills') return await drills(isFull);
  if (stage === 'model') return await model(isFull);
  return await tests(stage, files, isFull);
}

async function gates(): Promise<Ending> {
  const { passed, broken } = await runGates(say);
  return { counts: { passed, failed: broken.length, skipped: 0 }, failures: broken };
}

async function tests(stage: Stage, files: readonly string[], full: boolean): Promise<Ending> {
  if (files.length === 0) {
    say('(no tests of this kind)');
    return { counts: NONE, failures: [] };
  }
  if (stage === 'browser') await ensurePages(systemTerminal);
  const report = join(ROOT, 'test-results', `${stage}.json`);
  await mkdir(join(ROOT, 'test-results'), { recursive: true });
  await rm(report, { force: true });
  // Cameras, browsers and killed processes each want the machine to themselves; units share it.
  const alone = stage === 'unit' ? [] : ['--no-file-parallelism'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await vitest(['run', ...alone, ...reporters, ...files], full);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  const written = text === undefined ? undefined : (JSON.parse(text) as FailureReport);
  return {
    counts: countReport(written, exitCode),
    failures: written === undefined ? [] : failuresOfReport(written, ROOT),
  };
}

/** In CI the same lives each time, so that a change is judged by itself, and as many as its minutes allow; everywhere else new ones. */
function inCi(...args: string[]): string[] {
  return process.env['CI'] === undefined ? [] : args;
}

/** A drill counts as a test. Its progress and the seed of one that failed are on standard error. */
async function drills(isFull: boolean): Promise<Ending> {
  const { text, said, exitCode } = await figures('main.ts', isFull ? [] : ['--quick', ...inCi('--seed', '11')]);
  return { counts: countDrills(text, exitCode), failures: failuresSaid(said) };
}

/** Seeds are on standard error, and the operations of a run that failed. */
async function model(isFull: boolean): Promise<Ending> {
  const { text, said, exitCode } = await figures(
    join('model', 'main.ts'),
    isFull ? ['--steps', '2000000'] : inCi('--seed', '31', '--steps', '15000'),
  );
  return { counts: countModel(text, exitCode), failures: failuresSaid(said) };
}

/** What a program of the drills prints as JSON, and what it said meanwhile, which is seen at once, too. */
async function figures(
  program: string,
  args: readonly string[],
): Promise<{ text: string; said: string; exitCode: number }> {
  const child = spawn(process.execPath, [join(ROOT, 'drills', 'src', program), '--json', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [text, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    process.stderr.write(chunk);
  });
  const exitCode = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
  return { text, said, exitCode };
}

async function vitest(args: readonly string[], full: boolean): Promise<number> {
  const env = full ? { ...process.env, SEALCAM_TEST_SIZE: 'full' } : process.env;
  const program = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}
