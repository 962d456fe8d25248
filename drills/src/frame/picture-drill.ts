/**
 * Drills about pictures: one script, four runs. Sealcam under the broken middle, in memory and then over real sockets; the twin
 * under the broken middle; the twin with the named function put right; Sealcam with it put right (nothing may be reported then).
 */
import { Random } from '../../../tests/harness/random.ts';
import type { Drill, DrillContext, DrillResult } from './drill.ts';
import { judge } from './judge.ts';
import type { MakeMiddle } from './middle.ts';
import { playRun, type RunPlan } from './play-run.ts';
import type { Stage } from './stage.ts';

/** @typeParam Cast what `prepare` makes and each trial uses: the homes, and whatever the script remembers of them */
export interface PictureScript<Cast> {
  readonly name: string;
  readonly replays: string;
  readonly story: string;
  readonly mistake: string;
  readonly middle: MakeMiddle;
  readonly trials: { readonly full: number; readonly quick: number };
  /** Trials that are played on one stage, one after another, before a new one is made. Default 50. */
  readonly trialsPerStage?: number;
  /** Makes the homes. Displays need not be connected. @param lines real sockets are scarce: fewer homes may do there */
  prepare(stage: Stage, lines: 'memory' | 'tcp'): Promise<Cast>;
  /**
   * One trial. Between trials the frame lifts every suspension and lets the calendar move on; connections stay as the script leaves
   * them.
   */
  trial(scene: Scene<Cast>): Promise<void>;
}

export interface Scene<Cast> {
  readonly stage: Stage;
  readonly cast: Cast;
  /** This trial's own numbers: the same in all runs of this seed. */
  readonly random: Random;
  readonly index: number;
}

/** One trial in a hundred, and at least one, over real sockets. */
const REAL_SHARE = 0.01;

export function pictureDrill<Cast>(script: PictureScript<Cast>): Drill {
  const { name, replays, story, mistake } = script;
  return { name, replays, story, mistake, run: (context) => run(script, context) };
}

async function run<Cast>(script: PictureScript<Cast>, context: DrillContext): Promise<DrillResult> {
  const trials = context.quick ? script.trials.quick : script.trials.full;
  const real = Math.max(1, Math.ceil(trials * REAL_SHARE));
  const twinTrials = Math.min(trials, 200);
  const play = (plan: Omit<RunPlan, 'seed'>) =>
    playRun(script, { ...plan, seed: context.seed }, (words) => context.progress(words));
  const memory = await play({ product: 'sealcam', fixed: false, first: 0, trials: trials - real });
  const sockets = await play({
    product: 'sealcam',
    fixed: false,
    first: trials - real,
    trials: real,
    realSockets: true,
  });
  const twin = await play({ product: 'twin', fixed: false, first: 0, trials: twinTrials });
  const cured = await play({ product: 'twin', fixed: true, first: 0, trials: twinTrials });
  const calm = await play({ product: 'sealcam', fixed: true, first: 0, trials: Math.min(trials, 20) });
  return judge({ name: script.name, seed: context.seed, memory, sockets, twin, cured, calm });
}
