/** The seed drill: the first days of January 2020, three ways that it may have happened, on Sealcam and on the design of then. */
import { quantiles, type Drill, type DrillContext, type DrillResult } from '../../frame/drill.ts';
import { HYPOTHESES } from './hypotheses.ts';
import { reportPage } from './page.ts';
import type { Findings, TownPlan } from './play.ts';
import { playTowns } from './town-worker.ts';

/** Both companies said: 1,044 people had linked this camera with this hub. */
const HOMES = { full: 1_044, quick: 120 };
/** 26 December to 2 January. */
const DAYS = { full: 8, quick: 2 };
const POOR_SHARE = 0.03;
/** Over real sockets: at least a hundredth of the looks, in a small town with more bad lines. */
const REAL = { homes: { full: 100, quick: 12 }, days: 2, poorShare: 0.3 };

export const xiaomi2020: Drill = {
  name: 'xiaomi-2020',
  replays: 'the seed · Xiaomi and Google, January 2020',
  story: 'After a cache update, a hub on a poor network asked for its own camera and showed strangers’ rooms.',
  mistake: HYPOTHESES.map(({ mistake }) => mistake).join(', '),
  run,
};

/** One hypothesis: Sealcam, the twin, the twin put right. */
export interface Trio {
  readonly sealcam: Findings;
  readonly twin: Findings;
  readonly cured: Findings;
}

async function run(context: DrillContext): Promise<DrillResult> {
  const { seed, quick } = context;
  const size = quick ? 'quick' : 'full';
  // A small town needs more bad lines, or nothing happens in it.
  const whole = { seed, homes: HOMES[size], days: DAYS[size], poorShare: quick ? 0.1 : POOR_SHARE };
  const small = {
    seed,
    homes: REAL.homes[size],
    days: REAL.days,
    poorShare: REAL.poorShare,
    hypothesis: 'H1',
  } as const;
  const plans: TownPlan[] = [
    ...HYPOTHESES.flatMap(({ id: hypothesis }) => [
      { ...whole, hypothesis, product: 'sealcam' as const, fixed: false },
      { ...whole, hypothesis, product: 'twin' as const, fixed: false },
      { ...whole, hypothesis, product: 'twin' as const, fixed: true },
    ]),
    { ...small, product: 'sealcam', fixed: false, realSockets: true },
    { ...small, product: 'sealcam', fixed: true },
  ];
  const found = await playTowns(plans, (words) => context.progress(words));
  const trios = HYPOTHESES.map((_, index) => trio(found.slice(3 * index)));
  const [sockets, calm] = found.slice(3 * HYPOTHESES.length);
  if (sockets === undefined || calm === undefined) throw new TypeError('a town is missing');
  return { ...verdict(seed, trios, sockets, calm), page: reportPage(trios, { seed, sockets }) };
}

function trio([sealcam, twin, cured]: readonly Findings[]): Trio {
  if (sealcam === undefined || twin === undefined || cured === undefined) throw new TypeError('a town is missing');
  return { sealcam, twin, cured };
}

function verdict(seed: number, trios: readonly Trio[], sockets: Findings, calm: Findings): Omit<DrillResult, 'page'> {
  const all = [...trios.map(({ sealcam }) => sealcam), sockets];
  const add = (of: (each: Findings) => number): number => all.reduce((sum, each) => sum + of(each), 0);
  const looks = (each: Findings): number => each.counts.hubLooks + each.counts.appLooks;
  const record = {
    name: xiaomi2020.name,
    seed,
    trials: add(looks),
    openedForeign: add(({ opened }) => opened),
    shownForeign: add(({ shown }) => shown.length),
    twinCaught: trios.every(
      ({ twin, cured }) => twin.shown.length > 0 && cured.shown.length === 0 && cured.ownOnHubs > 0,
    ),
    detectionMs: quantiles(all.flatMap(({ detectionMs }) => detectionMs)),
    cutMs: quantiles(all.flatMap(({ cutMs }) => cutMs)),
    exposureCounted: add(({ exposure }) => exposure?.frames.delivered ?? 0),
    exposureTrue: add(({ arrived }) => arrived.length),
  };
  const share = looks(sockets) / record.trials;
  const holds: Record<string, boolean> = {
    'Sealcam opened a stranger’s picture': record.openedForeign === 0,
    'Sealcam showed a stranger’s picture': record.shownForeign === 0,
    'Sealcam’s hubs showed nothing at all': all.every(({ ownOnHubs }) => ownOnHubs > 0),
    'a hypothesis mixed nothing up': all.every(({ arrived }) => arrived.length > 0),
    'the twin was not caught': record.twinCaught,
    'something foreign was not noticed': all.every(({ unnoticed }) => unnoticed === 0),
    'the relay counted otherwise than the truth': record.exposureCounted === record.exposureTrue,
    'the maker’s own app showed a stranger': [...all, ...trios.map(({ twin }) => twin)].every(
      (each) => each.strangersInApps === 0 && each.ownInApps > 0,
    ),
    'hubs went on after the operator’s decision': trios.every(({ sealcam }) => sealcam.hubsAfterPause === 0),
    'an incident was raised although nothing was mixed up': calm.incidents.length === 0 && calm.ownOnHubs > 0,
    'fewer than a hundredth of the looks were over real sockets': share >= 0.01,
  };
  return {
    ...record,
    failures: Object.entries(holds).flatMap(([words, isSo]) => (isSo ? [] : [words])),
    notes: [
      ...trios.map(({ sealcam, twin }) => line(sealcam, twin)),
      `${looks(sockets)} of ${record.trials} looks over real sockets; put right: ${calm.incidents.length} incidents in ${looks(calm)} looks`,
    ],
  };
}

function line(sealcam: Findings, twin: Findings): string {
  const homes = new Set(twin.shown.map(({ beholder }) => beholder.homeId)).size;
  return (
    `${sealcam.plan.hypothesis}: the twin showed ${twin.shown.length} pictures of strangers in ${homes} homes; Sealcam: ` +
    `${sealcam.arrived.length} arrived, ${sealcam.shown.length} shown, ${sealcam.incidents.length} incidents, ${sealcam.ownOnHubs} own on hubs, ${sealcam.ownInApps} in apps`
  );
}
