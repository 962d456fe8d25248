/** One hypothesis on one product: build the town, let the days pass, then look into the books and at the truth. */
import type { ExposureAnswer, Incident, Suspension } from '@sealcam/relay';
import { Random } from '../../../../tests/harness/random.ts';
import { SealcamStage } from '../../frame/sealcam-stage.ts';
import type { Stage, StageOptions } from '../../frame/stage.ts';
import type { Sight } from '../../frame/truth.ts';
import { TwinStage } from '../../frame/twin-stage.ts';
import { hypothesisOf, withUpdate, type Hypothesis } from './hypotheses.ts';
import { buildTown, CAMERA_MODEL, HUB_MODEL, liveOneDay, type Town, type TownCounts } from './town.ts';

/** A poor line brings what was sent before the decision so much later: 2 s there, 3 s for what was lost once. */
const ON_ITS_WAY_MS = 6_000;

export interface TownPlan {
  readonly hypothesis: Hypothesis['id'];
  readonly product: Stage['product'];
  readonly fixed: boolean;
  readonly seed: number;
  readonly homes: number;
  /** Of the homes, 0 to 1. */
  readonly poorShare: number;
  /** From the day of the update to the block; one quiet day goes before. */
  readonly days: number;
  readonly realSockets?: boolean;
}

/** Everything that happened, times in Unix ms of the replay. */
export interface Findings {
  readonly plan: TownPlan;
  readonly updateMs: number;
  readonly endMs: number;
  readonly counts: TownCounts;
  /** Homes by number, from 1: what a report may call them. */
  readonly numbers: ReadonlyMap<string, number>;
  /** When the operator paused the pair, Unix ms. */
  readonly pausedMs: number | undefined;
  /** Strangers' pictures: come down a line to a display, decrypted, at a decoder. */
  readonly arrived: readonly Sight[];
  readonly opened: number;
  readonly shown: readonly Sight[];
  readonly ownOnHubs: number;
  readonly ownInApps: number;
  readonly strangersInApps: number;
  /** Hubs that still got pictures when what was on its way at the operator's decision had to have arrived or died. */
  readonly hubsAfterPause: number;
  readonly detectionMs: readonly number[];
  readonly unnoticed: number;
  readonly cutMs: readonly number[];
  readonly incidents: readonly Incident[];
  readonly suspensions: readonly Suspension[];
  readonly exposure: ExposureAnswer | undefined;
}

/** The replay's calendar is that of 2019: the day before the update begins at midnight. */
export const START_MS = Date.UTC(2019, 11, 25);
/** Thousands of clients: timers are rounded up to this. */
const GRAIN_MS = 100;
/** From the first incident to the decision of the person who was told. */
const PERSON_MS = 20 * 60_000;
const OPERATOR = { by: 'Operator on call', reason: 'pictures of strangers reported from hubs of this pair' };

export async function playTown(plan: TownPlan, progress: (words: string) => void): Promise<Findings> {
  const { hypothesis, product, fixed, seed, homes, poorShare, days } = plan;
  const update = withUpdate(hypothesisOf(hypothesis));
  const options: StageOptions = {
    ...{ middle: update.middle, fixed, startMs: START_MS, grainMs: GRAIN_MS, realSockets: plan.realSockets ?? false },
    random: new Random(seed, hypothesis, 'networks'),
  };
  const stage: Stage = product === 'sealcam' ? await SealcamStage.start(options) : new TwinStage(options);
  const where = `${hypothesis}, ${product === 'sealcam' ? 'Sealcam' : 'the twin'}${fixed ? ', put right' : ''}`;
  try {
    progress(`${where}: ${homes} homes are set up`);
    const town = await buildTown(stage, homes, poorShare);
    const watch = new Watch(stage);
    const random = new Random(seed, hypothesis, 'days');
    await liveOneDay(town, random, () => watch.look());
    update.goOut();
    const updateMs = stage.clock.wallMs();
    for (let day = 0; day < days; day += 1) {
      progress(`${where}: day ${day} of ${days}`);
      await liveOneDay(town, random, () => watch.look());
    }
    return await findings(plan, town, watch, updateMs);
  } finally {
    await stage.close();
  }
}

/** What the operator's screen shows, and the person in front of it. */
class Watch {
  readonly incidents = new Map<string, Incident>();
  /** Unix ms of the person's decision. */
  pausedMs: number | undefined;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    stage.relay?.incidents.onIncident((incident) => this.incidents.set(incident.id, incident));
  }

  get firstMs(): number | undefined {
    const times = [...this.incidents.values()].map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async look(): Promise<void> {
    const { relay, clock } = this.#stage;
    const { firstMs } = this;
    if (relay === undefined || firstMs === undefined || this.pausedMs !== undefined) return;
    if (clock.wallMs() < firstMs + PERSON_MS) return;
    this.pausedMs = clock.wallMs();
    const target = { width: 'pair', cameraModel: CAMERA_MODEL, displayModel: HUB_MODEL } as const;
    await relay.suspensions.suspend({ target, cause: 'operator', ...OPERATOR });
  }
}

async function findings(
  plan: TownPlan,
  { stage, people, counts }: Town,
  watch: Watch,
  updateMs: number,
): Promise<Findings> {
  const { truth, relay, clock } = stage;
  const endMs = clock.wallMs();
  const of = (at: Sight['at']): Sight[] => truth.foreign.filter((sight) => sight.at === at);
  const apps = new Set(people.map(({ app }) => app.deviceId));
  const onApps = [...truth.shownBy].reduce((sum, [device, count]) => sum + (apps.has(device) ? count : 0), 0);
  const shown = of('shown');
  const inApps = shown.filter(({ beholder: { deviceId } }) => deviceId !== undefined && apps.has(deviceId)).length;
  const suspensions = (await relay?.suspensions.all(10_000)) ?? [];
  const pair = { cameraModel: CAMERA_MODEL, displayModel: HUB_MODEL };
  const { pausedMs } = watch;
  return {
    ...{ plan, updateMs, endMs, counts, shown, suspensions, pausedMs },
    numbers: new Map(people.map(({ home }, index) => [home.homeId, index + 1])),
    arrived: of('line'),
    opened: of('opened').length,
    ownInApps: onApps - inApps,
    ownOnHubs: truth.shownInAll - onApps - (shown.length - inApps),
    strangersInApps: inApps,
    hubsAfterPause: people.filter(({ hub, camera }) => {
      const lastMs = truth.lastByteMs.get(`${hub.deviceId}/${camera.cameraId}`) ?? 0;
      return pausedMs !== undefined && lastMs > pausedMs + ON_ITS_WAY_MS;
    }).length,
    ...noticed(of('line'), [...watch.incidents.values()]),
    cutMs: relay === undefined ? [] : cuts(suspensions, of('line')),
    incidents: [...watch.incidents.values()],
    exposure: await relay?.exposure({ fromMs: START_MS, toMs: endMs, of: { pair } }),
  };
}

/** First foreign arrival on each link → the incident of that link. */
function noticed(
  arrived: readonly Sight[],
  incidents: readonly Incident[],
): Pick<Findings, 'detectionMs' | 'unnoticed'> {
  const firsts = new Map<string, Sight>();
  for (const sight of arrived) {
    const key = sight.beholder.deviceId ?? '';
    if (!firsts.has(key)) firsts.set(key, sight);
  }
  const detectionMs: number[] = [];
  for (const [device, { atMs }] of firsts) {
    const times = incidents.filter(({ viewer }) => viewer.deviceId === device).map((incident) => incident.atMs);
    if (times.length > 0) detectionMs.push(Math.max(0, Math.min(...times) - atMs));
  }
  return { detectionMs, unnoticed: firsts.size - detectionMs.length };
}

/** Each suspension → the last foreign byte on what it names. */
function cuts(suspensions: readonly Suspension[], arrived: readonly Sight[]): number[] {
  return suspensions.map(({ target, atMs }) => {
    const hit = arrived.filter(({ beholder }) => !('deviceId' in target) || beholder.deviceId === target.deviceId);
    return Math.max(0, ...hit.map((sight) => sight.atMs - atMs));
  });
}
