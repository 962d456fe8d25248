/**
 * Drills about a rule rather than a picture on its way: who may ask, what an id is, what a record says. They drive Sealcam's own code
 * directly, beside a twin with the mistake of then; and are judged as the others are.
 */
import { quantiles, type Drill, type DrillContext, type DrillResult } from './drill.ts';

/** What one run came to. "Shown": whatever a stranger must not have had of it, a picture or a fact. */
export interface CodeOutcome {
  readonly trials: number;
  /** How many of them went over real sockets. */
  readonly real: number;
  /** How often something was tried that must not work. */
  readonly tried: number;
  readonly opened: number;
  readonly shown: number;
  /** What did work and had to: without any, a drill proves nothing. */
  readonly own: number;
  readonly detectionMs?: readonly number[];
  readonly cutMs?: readonly number[];
  /** By Sealcam's own records, and by the truth. */
  readonly counted?: number;
  readonly true?: number;
  /** What else was wrong, in words. */
  readonly wrong?: readonly string[];
}

export interface CodeScript {
  readonly name: string;
  readonly replays: string;
  readonly story: string;
  readonly mistake: string;
  /** Noticing and cutting at most so slow, ms; where they are measured. Default 1,000. */
  readonly limitsMs?: { readonly detection?: number; readonly cut?: number };
  sealcam(context: DrillContext): Promise<CodeOutcome>;
  /** @param fixed with the named function put right */
  twin(context: DrillContext, fixed: boolean): Promise<CodeOutcome>;
}

export function codeDrill(script: CodeScript): Drill {
  const { name, replays, story, mistake } = script;
  return { name, replays, story, mistake, run: (context) => run(script, context) };
}

async function run(script: CodeScript, context: DrillContext): Promise<DrillResult> {
  context.progress('Sealcam');
  const sealcam = await script.sealcam(context);
  context.progress('the twin');
  const twin = await script.twin(context, false);
  const cured = await script.twin(context, true);
  const detectionMs = quantiles(sealcam.detectionMs ?? []);
  const cutMs = quantiles(sealcam.cutMs ?? []);
  const [counted, truly] = [sealcam.counted ?? 0, sealcam.true ?? 0];
  const rules: Record<string, boolean> = {
    'Sealcam opened what was a stranger’s': sealcam.opened === 0,
    'Sealcam showed what was a stranger’s': sealcam.shown === 0,
    'Sealcam gave nobody anything': sealcam.own > 0,
    'nothing was tried': sealcam.tried > 0,
    'the twin gave a stranger nothing: the drill proves nothing': twin.shown > 0,
    'the twin gave a stranger something although the mistake was put right': cured.shown === 0,
    'the twin that was put right gave nobody anything': cured.own > 0,
    'noticing took too long': (detectionMs?.p99 ?? 0) <= (script.limitsMs?.detection ?? 1_000),
    'cutting took too long': (cutMs?.p99 ?? 0) <= (script.limitsMs?.cut ?? 1_000),
    'the relay counted otherwise than the truth': counted === truly,
  };
  const failures = Object.entries(rules).flatMap(([words, holds]) => (holds ? [] : [words]));
  return {
    ...{ name: script.name, seed: context.seed, trials: sealcam.trials },
    ...{ openedForeign: sealcam.opened, shownForeign: sealcam.shown },
    twinCaught: twin.shown > 0 && cured.shown === 0 && cured.own > 0,
    ...{ detectionMs, cutMs, exposureCounted: counted, exposureTrue: truly },
    failures: [...failures, ...(sealcam.wrong ?? [])],
    notes: [
      `${sealcam.trials} trials, ${sealcam.real} over real sockets: ${sealcam.tried} times something was tried that must not work, ` +
        `${sealcam.shown} times it did; ${sealcam.own} times something worked as it should`,
      `the twin, ${twin.trials} trials: ${twin.shown} times; put right: ${cured.shown} times, ${cured.own} as it should`,
    ],
  };
}
