/** One run of a script: stage after stage, trial after trial, and after each what the relay noticed, cut and counted beside the truth. */
import { Random } from '../../../tests/harness/random.ts';
import { Books } from './books.ts';
import type { PictureScript } from './picture-drill.ts';
import { SealcamStage } from './sealcam-stage.ts';
import type { Stage, StageOptions } from './stage.ts';
import type { Sight } from './truth.ts';
import { TwinStage } from './twin-stage.ts';

export interface RunPlan {
  readonly seed: number;
  readonly product: Stage['product'];
  readonly fixed: boolean;
  readonly first: number;
  readonly trials: number;
  readonly realSockets?: boolean;
}

export interface RunOutcome {
  readonly trials: number;
  /** Strangers' pictures, by where they were seen. */
  readonly foreign: Readonly<Record<Sight['at'], number>>;
  readonly shownInAll: number;
  /** First foreign arrival → incident, one a link and trial. */
  readonly detectionMs: readonly number[];
  /** Links on which something foreign arrived and no incident came. */
  readonly unnoticed: number;
  readonly cutMs: readonly number[];
  readonly incidents: number;
  readonly counted: number;
  readonly true: number;
  /** Numbers of the trials in which a stranger was opened or shown, or counting was wrong; the first few. */
  readonly suspects: readonly number[];
}

const TRIALS_PER_STAGE = 50;
/** Equal incidents within ten minutes are one: each trial is to have its own. */
const BETWEEN_TRIALS_MS = 11 * 60_000;

export async function playRun<Cast>(
  script: PictureScript<Cast>,
  plan: RunPlan,
  progress: (words: string) => void,
): Promise<RunOutcome> {
  const parts: RunOutcome[] = [];
  const perStage = script.trialsPerStage ?? TRIALS_PER_STAGE;
  for (let done = 0; done < plan.trials; done += perStage) {
    const trials = Math.min(perStage, plan.trials - done);
    progress(`${nameOf(plan)}: ${done} of ${plan.trials}`);
    parts.push(await playStage(script, { ...plan, first: plan.first + done, trials }));
  }
  return sum(parts);
}

function nameOf({ product, fixed, realSockets }: RunPlan): string {
  const where = realSockets === true ? ', real sockets' : '';
  return `${product === 'sealcam' ? 'Sealcam' : 'the twin'}${where}${fixed ? ', put right' : ''}`;
}

async function playStage<Cast>(script: PictureScript<Cast>, plan: RunPlan): Promise<RunOutcome> {
  // The middle and the networks draw the same numbers in all runs of a seed.
  const options: StageOptions = {
    middle: script.middle,
    fixed: plan.fixed,
    random: new Random(plan.seed, 'stage', plan.first),
    realSockets: plan.realSockets ?? false,
  };
  const stage: Stage = plan.product === 'sealcam' ? await SealcamStage.start(options) : new TwinStage(options);
  try {
    const cast = await script.prepare(stage, plan.realSockets === true ? 'tcp' : 'memory');
    const books = new Books(stage);
    const suspects: number[] = [];
    for (let index = plan.first; index < plan.first + plan.trials; index += 1) {
      await script.trial({ stage, cast, index, random: new Random(plan.seed, 'trial', index) });
      if (!(await books.balance())) suspects.push(index);
      stage.clock.skip(BETWEEN_TRIALS_MS);
    }
    return { ...(await books.close()), trials: plan.trials, suspects };
  } finally {
    await stage.close();
  }
}

function sum(parts: readonly RunOutcome[]): RunOutcome {
  const add = (of: (part: RunOutcome) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    trials: add((part) => part.trials),
    foreign: {
      crossed: add((part) => part.foreign.crossed),
      line: add((part) => part.foreign.line),
      opened: add((part) => part.foreign.opened),
      shown: add((part) => part.foreign.shown),
    },
    shownInAll: add((part) => part.shownInAll),
    detectionMs: parts.flatMap((part) => part.detectionMs),
    unnoticed: add((part) => part.unnoticed),
    cutMs: parts.flatMap((part) => part.cutMs),
    incidents: add((part) => part.incidents),
    counted: add((part) => part.counted),
    true: add((part) => part.true),
    suspects: parts.flatMap((part) => part.suspects).slice(0, 5),
  };
}
