/**
 * `npm run drill`, `sealcam drill [name …]`: replays of incidents, each against Sealcam and against its broken twin.
 * Progress and words go to standard error; with `--json` the figures are alone on standard output.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArguments, USAGE, type DrillArguments } from './arguments.ts';
import { DRILLS } from './drills/index.ts';
import type { Drill, DrillResult } from './frame/drill.ts';
import { recordOf, verdictLines } from './words.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const asked = parseArguments(
    args,
    DRILLS.map(({ name }) => name),
  );
  if ('problem' in asked) {
    say(`${asked.problem}\n\n${USAGE}`);
    return 2;
  }
  if (asked.help) {
    process.stdout.write(
      `${USAGE}\n\n${DRILLS.map(({ name, replays, story }) => `  ${name.padEnd(18)}${replays}\n${' '.repeat(20)}${story}`).join('\n')}\n`,
    );
    return 0;
  }
  const chosen = asked.names.length === 0 ? DRILLS : DRILLS.filter(({ name }) => asked.names.includes(name));
  const results: DrillResult[] = [];
  for (const drill of chosen) results.push(await play(drill, asked));
  if (asked.json) process.stdout.write(`${JSON.stringify({ drills: results.map(recordOf) }, undefined, 2)}\n`);
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  say(`\n${results.length - failed} drills passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function play(drill: Drill, { seed, quick, report }: DrillArguments): Promise<DrillResult> {
  const beganMs = performance.now();
  say(`\n── ${drill.name}: ${drill.replays}`);
  say(`   ${drill.story}`);
  const context = { seed, quick, progress: (words: string) => say(`   … ${words}`) };
  const result = await drill.run(context).catch((error: unknown) => broken(drill, seed, error));
  for (const line of verdictLines(drill, result, (performance.now() - beganMs) / 1000)) say(line);
  if (report !== undefined && result.page !== undefined) {
    await mkdir(report, { recursive: true });
    const path = join(report, `${drill.name}.html`);
    await writeFile(path, result.page);
    say(`   report: ${path}`);
  }
  return result;
}

/** A drill that could not be played is a failed one: with its seed, so that it can be looked at. */
function broken({ name }: Drill, seed: number, error: unknown): DrillResult {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...{ name, seed, trials: 0, openedForeign: 0, shownForeign: 0, twinCaught: false },
    ...{ detectionMs: null, cutMs: null, exposureCounted: 0, exposureTrue: 0 },
    failures: [why],
    notes: [],
  };
}
