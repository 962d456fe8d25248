/** What the person asked for on the command line of the model. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.ts';

export interface ModelArguments {
  readonly seed: number;
  /** Operations that did something, at least. */
  readonly steps: number;
  /** Only this one. */
  readonly world: number | undefined;
  /** Only these operations of it. */
  readonly keep: readonly number[] | undefined;
  readonly forever: boolean;
  readonly json: boolean;
  /** Play with this protection taken out. */
  readonly mutant: string | undefined;
  readonly mutants: boolean;
  readonly help: boolean;
}

const STEPS = 100_000;
const MOST_SEED = 2 ** 31;

export const USAGE = `npm run model -- [--seed number] [--steps number] [--forever] [--json] [--no-mutants]
               [--world number [--keep list]] [--mutant name]

  Plays random lives of homes, and holds every picture that is shown against who may see it.
  --seed        the same run once more; every run prints its seed
  --steps       so many at least; without it ${STEPS}
  --world       only this one; a failed run says which
  --keep        only these operations of it, as a failed run prints them
  --forever     without end, with a new seed each time
  --mutant      with one protection of Sealcam taken out: ${Object.keys(MUTANTS).join(', ')}
  --no-mutants  without the proof that each of these is found
  --json        the figures, alone, on standard output`;

/** @throws {TypeError} for what it does not know, in words */
export function parseArguments(args: readonly string[]): ModelArguments {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowNegative: true,
    options: {
      ...{ seed: { type: 'string' }, steps: { type: 'string' }, world: { type: 'string' }, keep: { type: 'string' } },
      ...{ mutant: { type: 'string' }, mutants: { type: 'boolean' }, forever: { type: 'boolean' } },
      ...{ json: { type: 'boolean' }, help: { type: 'boolean' } },
    },
  });
  const { mutant, keep } = values;
  if (mutant !== undefined && MUTANTS[mutant] === undefined)
    throw new TypeError(`There is no mutant ${mutant}. Mutants: ${Object.keys(MUTANTS).join(', ')}.`);
  return {
    seed: number('--seed', values.seed, MOST_SEED) ?? randomInt(MOST_SEED),
    steps: number('--steps', values.steps, MOST_SEED) ?? STEPS,
    world: number('--world', values.world, MOST_SEED),
    keep: keep?.split(',').map((each) => number('--keep', each, MOST_SEED) ?? 0),
    mutant,
    mutants: values.mutants ?? true,
    forever: values.forever ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function number(name: string, text: string | undefined, below: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) >= below)
    throw new TypeError(`${name} wants a whole number below ${below}.`);
  return Number(text);
}
