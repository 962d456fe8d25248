/**
 * `npm run mutate -- <files or globs>`: makes one small change after another and asks the nearest tests; tells which they did not see.
 * What was tried is kept in `test-results/mutants.jsonl`, so that a run that was stopped goes on; `--again` begins anew.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutantsOf, mutated, type Mutant } from './mutants.ts';
import { nearestTests, sourcesOf } from './nearest.ts';
import { WarmTests } from './warm-tests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KEPT = join(ROOT, 'test-results', 'mutants.jsonl');
/** The tests of a file as it is, and how many times longer a mutant may take. */
const UNCHANGED_MS = 240_000;
const SLOWER = 4;
const LEAST_MS = 20_000;

interface Tried {
  readonly id: string;
  readonly verdict: 'passed' | 'failed' | 'hung';
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Of all files together, chosen by the seed. */
    most: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '20' },
    /** Kinds, by commas; all where none is named. */
    kinds: { type: 'string', default: '' },
    /** Further tests, by commas. */
    with: { type: 'string', default: '' },
    again: { type: 'boolean', default: false },
  },
});

interface Planned {
  readonly file: string;
  readonly text: string;
  readonly mutant: Mutant;
  /** Also of the text around it: another one is tried anew. */
  readonly id: string;
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

/** A sample that is the same for a seed, in the order of the files. */
function planned(): readonly Planned[] {
  const kinds = new Set(values.kinds.split(',').filter((kind) => kind !== ''));
  const all = sourcesOf(ROOT, positionals).flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const wanted = mutantsOf(text).filter(({ kind }) => kinds.size === 0 || kinds.has(kind));
    const idOf = ({ from, to, instead }: Mutant): string => hash(file, text, `${from} ${to} ${instead} ${values.with}`);
    return wanted.map((mutant): Planned => ({ file, text, mutant, id: idOf(mutant) }));
  });
  const drawn = all
    .map((each) => ({ each, lot: hash(values.seed, each.id) }))
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1));
  const chosen = new Set(drawn.slice(0, Number(values.most)).map(({ each }) => each));
  return all.filter((each) => chosen.has(each));
}

function keptVerdicts(): Map<string, Tried['verdict']> {
  if (values.again) rmSync(KEPT, { force: true });
  if (!existsSync(KEPT)) return new Map();
  const lines = readFileSync(KEPT, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Tried).map(({ id, verdict }) => [id, verdict]));
}

function shown({ file, text, mutant }: Planned): string {
  const lineAt = (whole: string): string => (whole.split('\n')[mutant.line - 1] ?? '').trim();
  return `${file}:${mutant.line} (${mutant.kind})\n    - ${lineAt(text)}\n    + ${lineAt(mutated(text, mutant))}\n`;
}

const tests = new WarmTests(ROOT);
const known = keptVerdicts();
const mayTake = new Map<string, number>();

/** How long the tests of a file may take with a mutant; undefined where they fail without one. */
async function limitOf({ file }: Planned, asked: readonly string[]): Promise<number | undefined> {
  const before = mayTake.get(file);
  if (before !== undefined) return before;
  const began = performance.now();
  const unchanged = await tests.run({ file: join(ROOT, file), tests: asked }, UNCHANGED_MS);
  if (unchanged !== 'passed') return undefined;
  const limit = Math.max(LEAST_MS, SLOWER * (performance.now() - began));
  mayTake.set(file, limit);
  return limit;
}

async function tried(each: Planned): Promise<Tried['verdict'] | undefined> {
  const before = known.get(each.id);
  if (before !== undefined) return before;
  const asked = [...nearestTests(ROOT, each.file), ...values.with.split(',').filter(Boolean)];
  const limit = asked.length === 0 ? undefined : await limitOf(each, asked);
  if (limit === undefined) return undefined;
  const text = mutated(each.text, each.mutant);
  const verdict = await tests.run({ file: join(ROOT, each.file), text, tests: asked }, limit);
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  appendFileSync(KEPT, `${JSON.stringify({ id: each.id, verdict } satisfies Tried)}\n`);
  return verdict;
}

const counts = { passed: 0, failed: 0, hung: 0, untried: 0 };
const untried = new Set<string>();
const until = performance.now() + Number(values.minutes) * 60_000;
const plan = planned();
for (const each of plan) {
  const isKnown = known.has(each.id);
  const verdict = untried.has(each.file) || (!isKnown && performance.now() > until) ? undefined : await tried(each);
  counts[verdict ?? 'untried'] += 1;
  if (verdict === undefined && performance.now() <= until && !untried.has(each.file)) {
    untried.add(each.file);
    process.stdout.write(`${each.file}: no test near it, or it fails as it is\n`);
  }
  if (verdict === 'passed') process.stdout.write(`survived  ${shown(each)}`);
}
await tests.close();
const { passed, failed, hung, untried: left } = counts;
process.stdout.write(
  `${plan.length} mutants: ${failed + hung} killed (${hung} by hanging), ${passed} survived, ${left} not tried\n`,
);
