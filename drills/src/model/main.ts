/**
 * `npm run model`: random lives of homes against a model in plain sets. Progress, seeds and failures go to standard error; with
 * `--json` the figures are alone on standard output.
 */
import { availableParallelism } from 'node:os';
import { parseArguments, USAGE, type ModelArguments } from './arguments.ts';
import { MUTANTS } from './mutants.ts';
import { OP_KINDS, OPS_OF_WORLD, opsOf, opWords, type OpKind } from './ops.ts';
import type { Answer } from './player.ts';
import { playAll, Player } from './players.ts';

interface Tally {
  steps: number;
  worlds: number;
  made: number;
  shown: number;
  readonly kinds: Partial<Record<OpKind, number>>;
  failed: Answer | undefined;
}

interface Found {
  readonly mutant: string;
  readonly found: boolean;
  /** Until it was. */
  readonly steps: number;
  readonly words: string;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const PROGRESS_MS = 15_000;
const SHRINK_MS = 90_000;
/** A mutant that is not found within so many steps is not found. */
const MUTANT_STEPS = 30_000;
/** Operations of a failed world that are printed; the command has all. */
const MOST_TOLD = 60;
/** Worlds that are played a second time. */
const REPEATED = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let asked: ModelArguments;
  try {
    asked = parseArguments(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    say(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (asked.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const players = Array.from({ length: Math.min(2, availableParallelism()) }, () => new Player(asked.mutant));
  try {
    if (asked.world !== undefined) return await one(players, asked, asked.world);
    return asked.forever ? await forever(players, asked) : await whole(players, asked);
  } finally {
    for (const player of players) player.close();
  }
}

/** One world, as a report names it. */
async function one([player]: readonly Player[], asked: ModelArguments, world: number): Promise<number> {
  if (player === undefined) return 1;
  const { seed, keep } = asked;
  const answer = await player.play({
    ...{ seed, world, count: OPS_OF_WORLD, shrinkMs: SHRINK_MS },
    ...(keep !== undefined && { keep }),
  });
  if (answer.failed === undefined) say(`World ${world} of seed ${seed} holds.`);
  else tellFailure(answer, asked.mutant);
  return answer.failed === undefined ? 0 : 1;
}

async function forever(players: readonly Player[], { seed: first, mutant }: ModelArguments): Promise<number> {
  for (let seed = first; ; seed = (seed + 1) % 2 ** 31) {
    const tally = await run(players, seed, 10 * OPS_OF_WORLD);
    if (tally.failed !== undefined) {
      tellFailure(tally.failed, mutant);
      return 1;
    }
    say(`seed ${seed} holds: ${tally.steps} steps, ${tally.shown} pictures shown, none to anybody it was not for`);
  }
}

async function whole(players: readonly Player[], asked: ModelArguments): Promise<number> {
  const { seed, steps, json, mutant } = asked;
  const beganMs = performance.now();
  const tally = await run(players, seed, steps);
  if (tally.failed !== undefined) tellFailure(tally.failed, mutant);
  const repeats = tally.failed === undefined && (await isTheSameAgain(players, seed));
  const mutants = asked.mutants && mutant === undefined ? await allMutants(seed) : [];
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  tellWhole(tally, repeats, mutants, seconds);
  const { kinds, worlds, made, shown } = tally;
  const failures = tally.failed === undefined ? [] : [tally.failed];
  const figures = { seed, steps: tally.steps, worlds, made, shown, kinds, failures, repeats, mutants, seconds };
  if (json) process.stdout.write(`${JSON.stringify({ model: figures }, undefined, 2)}\n`);
  return tally.failed === undefined && repeats && mutants.every(({ found }) => found) ? 0 : 1;
}

async function run(players: readonly Player[], seed: number, steps: number): Promise<Tally> {
  const tally: Tally = { steps: 0, worlds: 0, made: 0, shown: 0, kinds: {}, failed: undefined };
  say(`seed ${seed}: ${steps} steps on ${players.length} processes`);
  let world = 0;
  let saidMs = performance.now();
  const next = () => {
    if (tally.steps >= steps) return undefined;
    world += 1;
    return { seed, world: world - 1, count: OPS_OF_WORLD, shrinkMs: SHRINK_MS };
  };
  await playAll(players, next, (answer) => {
    count(tally, answer);
    if (performance.now() - saidMs > PROGRESS_MS) {
      saidMs = performance.now();
      say(`   … ${tally.steps} steps in ${tally.worlds} worlds, ${tally.shown} pictures shown`);
    }
    return tally.failed === undefined;
  });
  return tally;
}

function count(tally: Tally, answer: Answer): void {
  tally.worlds += 1;
  tally.made += answer.made;
  tally.shown += answer.shown;
  for (const [kind, times] of Object.entries(answer.steps)) {
    tally.steps += times;
    tally.kinds[kind as OpKind] = (tally.kinds[kind as OpKind] ?? 0) + times;
  }
  if (answer.failed !== undefined) tally.failed ??= answer;
}

/** A seed is worth something only when it gives the same run. */
async function isTheSameAgain(players: readonly Player[], seed: number): Promise<boolean> {
  const [one, other = one] = players;
  if (one === undefined || other === undefined) return false;
  for (let world = 0; world < REPEATED; world += 1) {
    const task = { seed, world, count: OPS_OF_WORLD };
    const first = await one.play(task);
    const second = await other.play(task);
    if (first.trace === second.trace) continue;
    say(`World ${world} of seed ${seed} is another one the second time.`);
    return false;
  }
  return true;
}

async function allMutants(seed: number): Promise<Found[]> {
  const found: Found[] = [];
  const names = Object.keys(MUTANTS);
  const hunt = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) found.push(await findMutant(name, seed));
  };
  await Promise.all([hunt(), hunt()]);
  return found;
}

async function findMutant(mutant: string, seed: number): Promise<Found> {
  const player = new Player(mutant);
  let steps = 0;
  try {
    for (let world = 0; steps < MUTANT_STEPS; world += 1) {
      const answer = await player.play({ seed, world, count: OPS_OF_WORLD });
      steps += Object.values(answer.steps).reduce((sum, times) => sum + times, 0);
      if (answer.failed !== undefined) return { mutant, found: true, steps, words: answer.failed.words };
    }
    return { mutant, found: false, steps, words: '' };
  } finally {
    player.close();
  }
}

function tellFailure({ seed, world, failed, kept, tries }: Answer, mutant: string | undefined): void {
  if (failed === undefined) return;
  say(`\nWorld ${world} of seed ${seed}, after ${failed.after} operations: ${failed.words}`);
  const all = opsOf(seed, world, OPS_OF_WORLD);
  const ops = all.filter(({ index }) => kept?.includes(index) ?? index < failed.after);
  say(`${ops.length} operations are left of ${all.length}${tries === undefined ? '' : `, after ${tries} tries`}:`);
  for (const op of ops.slice(-MOST_TOLD)) say(`   ${opWords(op)}`);
  const with_ = mutant === undefined ? '' : ` --mutant ${mutant}`;
  say(
    `Again: npm run model -- --seed ${seed} --world ${world} --keep ${ops.map(({ index }) => index).join()}${with_}\n`,
  );
}

function tellWhole(tally: Tally, repeats: boolean, mutants: readonly Found[], seconds: number): void {
  say(
    `\n${tally.steps} steps in ${tally.worlds} worlds: ${tally.made} pictures made, ${tally.shown} shown (${seconds} s)`,
  );
  say(OP_KINDS.map((kind) => `${kind} ${tally.kinds[kind] ?? 0}`).join(' · '));
  // After a failure it was not asked.
  if (tally.failed === undefined)
    say(
      repeats
        ? 'the same seed gave the same run'
        : 'FAILED: the same seed did not give the same run, so that a failure may need several tries',
    );
  for (const { mutant, found, steps, words } of mutants)
    say(
      `${found ? 'found' : 'NOT FOUND'} within ${steps} steps: ${mutant} (${MUTANTS[mutant]?.about ?? ''})${found ? `\n   ${words}` : ''}`,
    );
}
