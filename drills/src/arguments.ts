/** What the person asked for on the command line of the drills. */
import { randomInt } from 'node:crypto';
import { nearest } from '../../apps/sealcam/src/nearest.ts';

export interface DrillArguments {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly seed: number;
  /** A folder for the report pages. */
  readonly report: string | undefined;
}

export const USAGE = `sealcam drill [name …] [--quick] [--json] [--seed number] [--report folder]

  Replays incidents of the past against Sealcam, and against a twin that has the mistake of then.
  --quick    the size for every change; without it, more trials
  --json     the figures, alone, on standard output
  --seed     the same run once more; a failed drill prints its seed
  --report   writes a page for each drill that has one`;

const FLAGS = ['--quick', '--json', '--help', '--seed', '--report'];
const MOST_SEED = 2 ** 31;

/** @param known the names of all drills */
export function parseArguments(
  args: readonly string[],
  known: readonly string[],
): DrillArguments | { readonly problem: string } {
  const names: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const [arg = '', inline] = (args[at] ?? '').split(/=(.*)/s);
    if (arg === '--seed' || arg === '--report') {
      const value = inline ?? args[(at += 1)];
      if (value === undefined || value === '') return { problem: `${arg} wants a value.` };
      values.set(arg, value);
    } else if (FLAGS.includes(arg) && inline === undefined) flags.add(arg);
    else if (known.includes(arg) && inline === undefined) names.push(arg);
    else return { problem: unknown(args[at] ?? '', known) };
  }
  const seed = values.get('--seed');
  if (seed !== undefined && !(/^\d{1,10}$/.test(seed) && Number(seed) < MOST_SEED))
    return { problem: `--seed wants a whole number below ${MOST_SEED}.` };
  return {
    names,
    quick: flags.has('--quick'),
    json: flags.has('--json'),
    help: flags.has('--help'),
    seed: seed === undefined ? randomInt(MOST_SEED) : Number(seed),
    report: values.get('--report'),
  };
}

function unknown(arg: string, known: readonly string[]): string {
  const guess = nearest(arg, [...known, ...FLAGS]);
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  return `There is no drill or flag ${arg}.${hint} Drills: ${known.join(', ')}.`;
}
