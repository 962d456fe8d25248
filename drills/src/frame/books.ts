/** The relay's books beside the truth: after each trial what it noticed and cut, at the end of a stage what it counted. */
import type { Incident, Suspension } from '@sealcam/relay';
import type { RunOutcome } from './play-run.ts';
import type { Stage } from './stage.ts';
import type { Sight } from './truth.ts';

/** Receipts travel with the liveness exchange, every ten seconds: after so long all that was refused is told. */
const TOLD_MS = 12_000;

export class Books {
  readonly #stage: Stage;
  readonly #incidents = new Map<string, Incident>();
  readonly #fromMs: number;
  readonly #detectionMs: number[] = [];
  readonly #cutMs: number[] = [];
  #unnoticed = 0;
  #read = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#fromMs = stage.clock.wallMs();
    stage.relay?.incidents.onIncident((incident) => this.#incidents.set(incident.id, incident));
  }

  /** After a trial. Lets what is under way be told, reads, and lifts what was suspended. @returns false where something is wrong with it */
  async balance(): Promise<boolean> {
    const { truth, relay } = this.#stage;
    if (relay === undefined) {
      await this.#stage.settle();
      this.#read = truth.foreign.length;
      return true;
    }
    await this.#stage.pass(TOLD_MS);
    const seen = truth.foreign.slice(this.#read);
    this.#read = truth.foreign.length;
    const unnoticed = this.#unnoticed;
    for (const first of firstOfEachLink(seen).values()) this.#noticed(first);
    for (const suspension of await relay.suspensions.active()) {
      this.#cut(suspension, seen);
      await relay.suspensions.lift(suspension.id, { by: 'Drill', reason: 'the trial is over' });
    }
    await this.#stage.settle();
    return this.#unnoticed === unnoticed && !seen.some(({ at }) => at === 'opened' || at === 'shown');
  }

  /** After the last trial. */
  async close(): Promise<Omit<RunOutcome, 'trials' | 'suspects'>> {
    const { truth } = this.#stage;
    const count = { crossed: truth.count('crossed'), line: truth.count('line') };
    return {
      foreign: { ...count, opened: truth.count('opened'), shown: truth.count('shown') },
      shownInAll: truth.shownInAll,
      detectionMs: this.#detectionMs,
      unnoticed: this.#unnoticed,
      cutMs: this.#cutMs,
      incidents: this.#incidents.size,
      counted: await this.#counted(),
      true: this.#stage.relay === undefined ? 0 : count.line,
    };
  }

  #noticed(first: Sight): void {
    const { homeId, deviceId } = first.beholder;
    const mine = [...this.#incidents.values()].filter(
      ({ viewer, atMs }) =>
        viewer.homeId === homeId && (deviceId === undefined || viewer.deviceId === deviceId) && atMs >= first.atMs,
    );
    if (mine.length === 0) this.#unnoticed += 1;
    else this.#detectionMs.push(Math.min(...mine.map(({ atMs }) => atMs)) - first.atMs);
  }

  #cut({ atMs, target }: Suspension, seen: readonly Sight[]): void {
    const { truth } = this.#stage;
    const hit = seen.filter(
      ({ at, beholder }) => at === 'line' && (!('deviceId' in target) || target.deviceId === beholder.deviceId),
    );
    const lasts = hit.map(
      ({ beholder, label }) => truth.lastByteMs.get(`${beholder.deviceId ?? ''}/${label ?? ''}`) ?? atMs,
    );
    this.#cutMs.push(Math.max(0, ...lasts.map((lastMs) => lastMs - atMs)));
  }

  async #counted(): Promise<number> {
    const { relay, clock } = this.#stage;
    if (relay === undefined) return 0;
    const routes = new Set(['sealed', ...[...this.#incidents.values()].map(({ route }) => route)]);
    let counted = 0;
    for (const route of routes) {
      const { frames } = await relay.exposure({ fromMs: this.#fromMs, toMs: clock.wallMs(), of: { route } });
      counted += frames.delivered;
    }
    return counted;
  }
}

/** The first sight on each link: a device and what it had asked for, or a track inside the relay. */
function firstOfEachLink(seen: readonly Sight[]): Map<string, Sight> {
  const firsts = new Map<string, Sight>();
  for (const sight of seen) {
    if (sight.at !== 'line' && sight.at !== 'crossed') continue;
    const { homeId, deviceId } = sight.beholder;
    const key = `${homeId}/${deviceId ?? ''}/${sight.label ?? ''}`;
    if (!firsts.has(key)) firsts.set(key, sight);
  }
  return firsts;
}
