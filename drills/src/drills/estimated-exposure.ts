/**
 * T19. Wyze (2023: ten, then 2,300; 2024: fourteen, then 13,000): how many were affected was guessed from samples, since nobody had
 * written down which picture went to whom. Here a leak is staged behind the relay, and its books must name the very set.
 */
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { SealcamStage } from '../frame/sealcam-stage.ts';
import { coalescer } from './merged-flights.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled } from './neighborhood.ts';

const TRIALS = { full: 200, quick: 8 };
const HOMES = 5;
const TOLD_MS = 12_000;
const BETWEEN_MS = 3_600_000;

/** A group of the report: whose camera, which display, under which key, and how many pictures. */
type Groups = Map<string, number>;

function add(groups: Groups, owner: string, viewer: string, kid: string, count: number): void {
  const key = `${owner} to ${viewer} under ${kid}`;
  groups.set(key, (groups.get(key) ?? 0) + count);
}

/** How many groups of either are not in the other, or not with that number. */
function differences(one: Groups, other: Groups): number {
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key)).length;
}

/** The leak: some evenings of a few homes, all of the same model, and one cache that takes them for the same. */
async function leak(context: DrillContext, count: number, realSockets: boolean): Promise<CodeOutcome> {
  const random = new Random(context.seed, 'leak', count);
  const stage = await SealcamStage.start({ middle: coalescer, fixed: false, random, realSockets });
  const homes = await neighborhood(stage, HOMES);
  const sum = {
    trials: count,
    real: realSockets ? count : 0,
    tried: 0,
    opened: 0,
    shown: 0,
    own: 0,
    counted: 0,
    true: 0,
  };
  const { relay, truth, clock } = stage;
  for (let index = 0; index < count; index += 1) {
    const fromMs = clock.wallMs();
    const seen = truth.foreign.length;
    const present = shuffled(homes, random).slice(0, 2 + random.below(HOMES - 1));
    await allLook(stage, present);
    for (let step = 2 + random.below(6); step > 0; step -= 1) {
      frames(present);
      await stage.pass(10 + random.below(60));
    }
    await allLookAway(stage, present, TOLD_MS);
    const truly: Groups = new Map();
    for (const { at, beholder, owner, frame } of truth.foreign.slice(seen))
      if (at === 'line') add(truly, owner.homeId, beholder.deviceId ?? '', frame?.split('/')[0] ?? '', 1);
    const { rows, frames: told } = await relay.exposure({ fromMs, toMs: clock.wallMs(), of: { route: 'sealed' } });
    const books: Groups = new Map();
    for (const { owner, viewer, kid, delivered, claimed } of rows)
      add(books, owner.homeId, viewer.deviceId, kid, delivered + claimed);
    const wrong = differences(truly, books);
    sum.tried += truly.size;
    sum.shown += wrong;
    sum.own += truly.size - Math.min(wrong, truly.size);
    sum.counted += told.delivered;
    sum.true += [...truly.values()].reduce((all, each) => all + each, 0);
    for (const { id } of await relay.suspensions.active())
      await relay.suspensions.lift(id, { by: 'Drill', reason: 'the trial is over' });
    clock.skip(BETWEEN_MS);
  }
  await stage.close();
  return sum;
}

async function sealcam(context: DrillContext): Promise<CodeOutcome> {
  const trials = context.quick ? TRIALS.quick : TRIALS.full;
  const real = Math.max(1, Math.ceil(trials / 100));
  const parts = [await leak(context, trials - real, false), await leak(context, real, true)];
  const all = (name: keyof CodeOutcome): number => parts.reduce((sum, part) => sum + Number(part[name] ?? 0), 0);
  return {
    ...{ trials, real, opened: 0, tried: all('tried'), shown: all('shown'), own: all('own') },
    ...{ counted: all('counted'), true: all('true') },
  };
}

/** One request in ten is logged. */
const SAMPLE = 10;

function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = (quick ? TRIALS.quick : TRIALS.full) * 10;
  let own = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const random = new Random(seed, 'twin', trial);
    const affected = 1 + random.below(50);
    const sampled = Array.from({ length: affected }, () => random.chance(SAMPLE)).filter(Boolean).length;

    /** THE MISTAKE: what the sample holds, scaled up. Put right, every delivery was written down and is counted. */
    const count = (): number => (fixed ? affected : sampled * SAMPLE);

    if (count() === affected) own += 1;
  }
  return Promise.resolve({ trials, real: 0, tried: trials, opened: 0, shown: trials - own, own });
}

export const estimatedExposure: Drill = codeDrill({
  name: 'estimated-exposure',
  replays: 'T19 · Wyze 2023 and 2024',
  story:
    'Fourteen people were affected, it was said; it was thirteen thousand, since nobody had written down who saw what.',
  mistake: 'count',
  sealcam,
  twin,
});
