/** What is said of a drill when it is over. */
import type { Drill, DrillRecord, DrillResult, Quantiles } from './frame/drill.ts';

/** Only what the record has, in its order. */
export function recordOf(result: DrillRecord): DrillRecord {
  const { name, seed, trials, openedForeign, shownForeign, twinCaught } = result;
  const { detectionMs, cutMs, exposureCounted, exposureTrue } = result;
  return {
    name,
    seed,
    trials,
    openedForeign,
    shownForeign,
    twinCaught,
    detectionMs,
    cutMs,
    exposureCounted,
    exposureTrue,
  };
}

export function verdictLines(drill: Drill, result: DrillResult, seconds: number): string[] {
  const { trials, openedForeign, shownForeign, detectionMs, cutMs, exposureCounted, exposureTrue } = result;
  const passed = result.failures.length === 0;
  return [
    ...result.notes.map((note) => `   ${note}`),
    `   opened ${openedForeign} and shown ${shownForeign} of strangers in ${trials} trials; noticed ${times(detectionMs)}, cut ${times(cutMs)}; ` +
      `counted ${exposureCounted} of ${exposureTrue}`,
    `   the mistake is in ${drill.mistake}; the twin was ${result.twinCaught ? 'caught' : 'NOT caught'}`,
    ...result.failures.map((failure) => `   FAILED: ${failure}`),
    passed
      ? `   passed (${seconds.toFixed(1)} s)`
      : `   replay it with: sealcam drill ${drill.name} --seed ${result.seed} (${seconds.toFixed(1)} s)`,
  ];
}

function times(quantiles: Quantiles | null): string {
  return quantiles === null ? 'nothing to measure' : `p50 ${quantiles.p50} ms, p99 ${quantiles.p99} ms`;
}
