/** A process that plays worlds, one after the other: what the parent asks for comes by message, what came of it goes back. */
import { MUTANTS } from './mutants.ts';
import { opsOf } from './ops.ts';
import { play, type Played } from './play.ts';
import { shrink } from './shrink.ts';

export interface Task {
  readonly seed: number;
  readonly world: number;
  readonly count: number;
  /** Of a report: only these operations of the list. */
  readonly keep?: readonly number[];
  /** Make it short for so long if it fails, ms. */
  readonly shrinkMs?: number;
}

/** @param kept what is left of the operations of a failed one */
export interface Answer extends Played {
  readonly kept?: readonly number[];
  readonly tries?: number;
}

const mutant = MUTANTS[process.argv[2] ?? ''];
mutant?.install();
const how = mutant === undefined ? {} : { heeds: mutant.at };

process.on('message', (task: Task) => {
  void answer(task).then((answered) => process.send?.(answered));
});

async function answer({ seed, world, count, keep, shrinkMs }: Task): Promise<Answer> {
  const all = opsOf(seed, world, count);
  const ops = keep === undefined ? all : all.filter(({ index }) => keep.includes(index));
  const played = await play(seed, world, ops, how);
  if (played.failed === undefined || shrinkMs === undefined) return played;
  // Whether all get well is asked only where that is what failed: it takes a minute of the world's time.
  const again = { ...how, mustGetWell: played.failed.at === 'dark' };
  const {
    ops: left,
    tries,
    ...short
  } = await shrink(played, ops, (fewer) => play(seed, world, fewer, again), shrinkMs);
  return { ...played, failed: short.played.failed ?? played.failed, kept: left.map(({ index }) => index), tries };
}
