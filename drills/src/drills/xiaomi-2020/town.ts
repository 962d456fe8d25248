/**
 * The homes of the replay and their days: who looks at which hour, over which network. Played on one stage, Sealcam or the twin, from
 * the day before the update to the day of the block.
 */
import type { Random } from '../../../../tests/harness/random.ts';
import type { LineFaults } from '../../frame/line-faults.ts';
import type { Stage, StageCamera, StageDisplay, StageHome } from '../../frame/stage.ts';

export const CAMERA_MODEL = 'xiaomi mijia 1080p';
export const HUB_MODEL = 'google nest hub';
/** The partner whose displays the hubs are. */
export const PARTNER = 'fixture';

/** A day is played in parts, each a minute or less with everybody's connections open; the calendar makes up the rest. */
const PART_MS = 3 * 60 * 60_000;
/** The looks of a part begin within so long of each other; who has a poor network waits longer for a picture. */
const SPREAD_MS = 4_000;
const LOOK_MS = { good: 9_000, poor: 30_000 };
const MIDDLE_MS = 8_000;
const STEP_MS = 500;
const TOLD_MS = 3_000;
/** A line that breaks does so in these first seconds of a look, whatever is on its way. */
const RESET_WITHIN_MS = 15_000;
/** Looks a home and day: at the hub, more often where it does not work well, and at the maker's own app. */
const LOOKS_A_DAY = { hub: 0.3, poorHub: 1.2, app: 0.1 };
/** How the looks of a day are spread over its parts, from midnight on. */
const PART_WEIGHTS = [1, 1, 10, 9, 9, 10, 28, 18];

export interface Person {
  readonly home: StageHome;
  readonly camera: StageCamera;
  readonly hub: StageDisplay;
  readonly app: StageDisplay;
  readonly isPoor: boolean;
}

export interface TownCounts {
  hubLooks: number;
  appLooks: number;
  /** Looks that ended in the operator's sentence instead of a picture. */
  hubPaused: number;
}

export interface Town {
  readonly stage: Stage;
  readonly people: readonly Person[];
  readonly counts: TownCounts;
}

/** @param poorShare of the homes, 0 to 1; the first ones */
export async function buildTown(stage: Stage, homes: number, poorShare: number): Promise<Town> {
  const people: Person[] = [];
  for (let index = 0; index < homes; index += 1) {
    const home = await stage.addHome({
      cameras: [CAMERA_MODEL],
      displays: [
        { model: HUB_MODEL, route: PARTNER },
        { model: 'mi home app', role: 'admin' },
      ],
    });
    const [camera] = home.cameras;
    const [hub, app] = home.displays;
    if (camera === undefined || hub === undefined || app === undefined)
      throw new TypeError('a home without its things');
    people.push({ home, camera, hub, app, isPoor: index < Math.round(homes * poorShare) });
  }
  return { stage, people, counts: { hubLooks: 0, appLooks: 0, hubPaused: 0 } };
}

/** One day, part by part. @param during called in the middle of each part's looks, with connections open */
export async function liveOneDay(town: Town, random: Random, during: () => Promise<void>): Promise<void> {
  const whole = PART_WEIGHTS.reduce((sum, weight) => sum + weight, 0);
  for (const weight of PART_WEIGHTS) {
    const beganMs = town.stage.clock.wallMs();
    town.stage.clock.skip(random.below(PART_MS / 2));
    const share = weight / whole;
    await onePart(town, share, random, during);
    town.stage.clock.skip(Math.max(0, PART_MS - (town.stage.clock.wallMs() - beganMs)));
  }
}

interface Look {
  readonly person: Person;
  readonly display: StageDisplay;
  readonly fromMs: number;
  readonly toMs: number;
}

async function onePart(town: Town, share: number, random: Random, during: () => Promise<void>): Promise<void> {
  const { stage, people, counts } = town;
  const looks = people.flatMap((person) => [
    ...(random.fraction() < (person.isPoor ? LOOKS_A_DAY.poorHub : LOOKS_A_DAY.hub) * share
      ? [look(person, person.hub, random)]
      : []),
    ...(random.fraction() < LOOKS_A_DAY.app * share ? [look(person, person.app, random)] : []),
  ]);
  const lastMs = Math.max(0, ...looks.map(({ toMs }) => toMs));
  for (let atMs = 0; atMs < lastMs; atMs += STEP_MS) {
    const now = looks.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    await Promise.all(now.filter(({ fromMs }) => fromMs === atMs).map((each) => begin(stage, each, random)));
    // A picture a second, at every other step.
    const isPictureTime = (atMs / STEP_MS) % 2 === 0;
    if (isPictureTime) for (const { person } of now) if (person.camera.watched > 0) person.camera.frame();
    if (atMs === MIDDLE_MS) await during();
    await stage.pass(STEP_MS);
    for (const each of now) if (each.toMs === atMs + STEP_MS) end(each, counts);
  }
  // What was told at the end is on its way.
  if (looks.length > 0) await stage.pass(TOLD_MS);
  while (looks.some(({ display }) => display.isLeaving)) await stage.pass(STEP_MS);
}

function look(person: Person, display: StageDisplay, random: Random): Look {
  const fromMs = random.below(SPREAD_MS / STEP_MS) * STEP_MS;
  return { person, display, fromMs, toMs: fromMs + (person.isPoor ? LOOK_MS.poor : LOOK_MS.good) };
}

async function begin(stage: Stage, { person, display }: Look, random: Random): Promise<void> {
  const { camera, home, hub, isPoor } = person;
  if (isPoor) for (const line of [display.line, home.line]) makePoor(line, stage, random);
  // Replies that are cut short: of the home's camera. A display that is cut off for good in that second could tell nobody.
  if (isPoor && display === hub && random.chance(4))
    stage.clock.after(random.below(RESET_WITHIN_MS), () => home.line.reset());
  await display.connect();
  display.watch(camera.cameraId);
}

function end({ person, display }: Look, counts: TownCounts): void {
  if (display === person.hub) counts.hubLooks += 1;
  else counts.appLooks += 1;
  if (display === person.hub && display.state(person.camera.cameraId) === 'suspended') counts.hubPaused += 1;
  display.disconnect();
  makeGood(display.line);
}

/** Two seconds there and back, bursts of loss; some of it half-open, some replies cut short. */
function makePoor(line: LineFaults, { clock }: Stage, random: Random): void {
  line.delayMs = 400 + random.below(600);
  line.loss = 0.1 + 0.3 * random.fraction();
  if (!random.chance(3)) return;
  clock.after(3_000, () => (line.stalled = true));
  clock.after(3_000 + random.below(4_000), () => (line.stalled = false));
}

function makeGood(line: LineFaults): void {
  line.delayMs = 0;
  line.loss = 0;
  line.stalled = false;
}
