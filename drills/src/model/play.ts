/** Plays a list of operations in a world of its own, and says what came of it. */
import { createHash } from 'node:crypto';
import { answerWhenQuiet } from '../frame/idle.ts';
import { DEEDS } from './deeds.ts';
import type { Violation } from './judge.ts';
import type { Op, OpKind } from './ops.ts';
import { seedChance } from './seeded-chance.ts';
import { World } from './world.ts';

export interface Played {
  readonly seed: number;
  readonly world: number;
  /** Operations that did something, by kind. */
  readonly steps: Readonly<Partial<Record<OpKind, number>>>;
  /** Pictures that reached a decoder. */
  readonly shown: number;
  readonly made: number;
  /** Of what was shown and when: the same for the same run. */
  readonly trace: string;
  /** The first one, and after which operation of the list; the list's length is the look at the end. */
  readonly failed?: Violation & { readonly after: number };
}

answerWhenQuiet();

export interface HowToPlay {
  readonly heeds?: readonly Violation['at'][];
  /** False: without the look at the end, whether all get well. */
  readonly mustGetWell?: boolean;
  /** Gets the trace, line by line. */
  readonly log?: string[];
}

export async function play(seed: number, number: number, ops: readonly Op[], how: HowToPlay = {}): Promise<Played> {
  seedChance(seed, 'chance', number);
  const world = new World(seed, number);
  if (how.heeds !== undefined) world.truth.heeds = how.heeds;
  const steps: Partial<Record<OpKind, number>> = {};
  let after = 0;
  try {
    await world.begin();
    for (const op of ops) {
      if (world.truth.violations.length > 0) break;
      await world.startRelayIfDue();
      if (await DEEDS[op.kind](world, op)) steps[op.kind] = (steps[op.kind] ?? 0) + 1;
      await world.settle();
      after += 1;
    }
    if (world.truth.violations.length === 0 && how.mustGetWell !== false) await world.mustGetWell();
  } catch (error) {
    world.truth.dark(`a fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    await world.close();
  }
  const { trace, shownInAll, violations } = world.truth;
  how.log?.push(...trace);
  const [failed] = violations;
  return {
    ...{ seed, world: number, steps, shown: shownInAll, made: world.truth.pictures },
    trace: createHash('sha256').update(trace.toSorted().join('\n')).digest('hex').slice(0, 16),
    ...(failed !== undefined && { failed: { ...failed, after } }),
  };
}
