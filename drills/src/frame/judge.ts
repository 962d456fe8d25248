/** The verdict: what must hold of the runs of a drill, and the words where it does not. */
import { quantiles, type DrillResult } from './drill.ts';
import type { RunOutcome } from './play-run.ts';

export interface Runs {
  readonly name: string;
  readonly seed: number;
  readonly memory: RunOutcome;
  readonly sockets: RunOutcome;
  readonly twin: RunOutcome;
  readonly cured: RunOutcome;
  readonly calm: RunOutcome;
}

/** Noticing may take this long (issue), and a cut from decision to last byte. */
const LIMITS_MS = { detection: 1_000, cut: 1_000 };

export function judge(runs: Runs): DrillResult {
  const { name, seed, memory, sockets, twin, cured } = runs;
  const both = [memory, sockets];
  const add = (of: (run: RunOutcome) => number): number => both.reduce((sum, run) => sum + of(run), 0);
  const record = {
    name,
    seed,
    trials: add((run) => run.trials),
    openedForeign: add((run) => run.foreign.opened),
    shownForeign: add((run) => run.foreign.shown),
    twinCaught: twin.foreign.shown > 0 && cured.foreign.shown === 0 && cured.shownInAll > 0,
    detectionMs: quantiles(both.flatMap((run) => run.detectionMs)),
    cutMs: quantiles(both.flatMap((run) => run.cutMs)),
    exposureCounted: add((run) => run.counted),
    exposureTrue: add((run) => run.true),
  };
  const failures = Object.entries(rules(runs, record)).flatMap(([words, holds]) => (holds ? [] : [words]));
  const suspects = both.flatMap((run) => run.suspects);
  return {
    ...record,
    failures: suspects.length === 0 ? failures : [...failures, `look at trials ${suspects.join(', ')}`],
    notes: notes(runs),
  };
}

function rules(runs: Runs, record: Omit<DrillResult, 'failures' | 'notes'>): Record<string, boolean> {
  const { memory, sockets, twin, cured, calm } = runs;
  const { detectionMs, cutMs } = record;
  const arrived = memory.foreign.line + memory.foreign.crossed + sockets.foreign.line + sockets.foreign.crossed;
  return {
    'Sealcam opened a stranger’s picture': record.openedForeign === 0,
    'Sealcam showed a stranger’s picture': record.shownForeign === 0,
    'Sealcam showed nothing at all': memory.shownInAll > 0 && sockets.shownInAll > 0,
    'the middle did not mix anything up': arrived > 0,
    'the twin showed no stranger: the drill proves nothing': twin.foreign.shown > 0,
    'the twin showed a stranger although the mistake was put right': cured.foreign.shown === 0,
    'the twin that was put right showed nothing at all': cured.shownInAll > 0,
    'something foreign was not noticed': memory.unnoticed + sockets.unnoticed === 0,
    'noticing took more than a second': (detectionMs?.p99 ?? 0) <= LIMITS_MS.detection,
    'cutting took more than a second': (cutMs?.p99 ?? 0) <= LIMITS_MS.cut,
    'the relay counted otherwise than the truth': record.exposureCounted === record.exposureTrue,
    'an incident was raised although nothing was mixed up': calm.incidents === 0 && calm.shownInAll > 0,
  };
}

function notes({ memory, sockets, twin, cured, calm }: Runs): string[] {
  const foreign = memory.foreign.line + sockets.foreign.line;
  const crossed = memory.foreign.crossed + sockets.foreign.crossed;
  return [
    `${memory.trials} trials in memory and ${sockets.trials} over real sockets: ${memory.shownInAll + sockets.shownInAll} own pictures shown, ` +
      (crossed > 0 ? `${crossed} of strangers on a wrong track in the relay, ` : '') +
      `${foreign} of strangers arrived at a display, ${memory.foreign.shown + sockets.foreign.shown} shown`,
    `the twin, ${twin.trials} trials: ${twin.foreign.shown} of strangers shown; put right: ${cured.foreign.shown} of ${cured.shownInAll}`,
    `Sealcam with the mistake put right, ${calm.trials} trials: ${calm.incidents} incidents`,
  ];
}
