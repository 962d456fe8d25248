/**
 * T18. Klarna (2021), Google and Xiaomi (2020): the switch that ends it all is needed within seconds, and a switch that is only a
 * broadcast reaches whoever happens to listen. Five widths, thrown by hand, with the broadcast heard and with the broadcast lost.
 */
import type { CameraId } from '@sealcam/protocol';
import { Bus, type SuspensionTarget, type Topic } from '@sealcam/relay';
import { suspensionTopic } from '../../../apps/relay/src/bus.ts';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { SealcamStage } from '../frame/sealcam-stage.ts';
import type { StageDisplay, StageHome } from '../frame/stage.ts';
import { VirtualClock } from '../frame/virtual-clock.ts';
import { behind } from '../middles/ways.ts';

const TRIALS = { full: 500, quick: 20 };
const FRAME_MS = 100;
/** What the issue allows, from the decision to the last byte. */
const LIMIT_MS = { heard: 1_000, lost: 6_000 };
const AFTER_MS = 8_000;
const PARTNER = 'fixture';
const MODELS = { camera: 'basic 1080p', display: 'home hub' };

/** A bus that loses what it is told to. */
class LossyBus extends Bus {
  loses = false;

  override publish<Message>(topic: Topic<Message>, message: Message): number {
    if (this.loses && (topic as string) === suspensionTopic) return 0;
    return super.publish(topic, message);
  }
}

const nothingBetween = () => behind({ arrived: (way, parcel) => way.give(parcel.track, parcel) });

/** One home as all are here: a hub of its own, one of a partner, and the owner's phone. */
async function home(stage: SealcamStage): Promise<StageHome> {
  const made = await stage.addHome({
    cameras: [MODELS.camera],
    displays: [{ model: MODELS.display }, { model: MODELS.display, route: PARTNER }, { model: 'phone', role: 'admin' }],
  });
  for (const display of made.displays) {
    await display.connect();
    for (const { cameraId } of made.cameras) display.watch(cameraId);
  }
  return made;
}

interface Link {
  readonly display: StageDisplay;
  readonly camera: CameraId;
  /** Number of the display in its home: 0 own, 1 a partner's, 2 the owner's phone. */
  readonly place: number;
  readonly key: string;
}

function linksOf(homes: readonly StageHome[]): Link[] {
  return homes.flatMap(({ displays, cameras }) =>
    cameras.flatMap(({ cameraId: camera }) =>
      displays.map((display, place) => ({ display, camera, place, key: `${display.deviceId}/${camera}` })),
    ),
  );
}

/** One target of each width, and which links it names. The owner's phone goes on at the three widths that name no home. */
function targets(
  homes: readonly StageHome[],
): { readonly target: SuspensionTarget; readonly stops: (link: Link) => boolean }[] {
  const [first] = homes;
  const display = first?.displays[0];
  const camera = first?.cameras[0];
  if (first === undefined || display === undefined || camera === undefined) throw new TypeError('no home');
  const { homeId } = first;
  const { deviceId } = display;
  const { cameraId } = camera;
  const isIt = (link: Link): boolean => link.display === display;
  return [
    { target: { width: 'link', homeId, deviceId, cameraId }, stops: isIt },
    { target: { width: 'display', homeId, deviceId }, stops: isIt },
    {
      target: { width: 'pair', cameraModel: MODELS.camera, displayModel: MODELS.display },
      stops: ({ place }) => place < 2,
    },
    { target: { width: 'partner', partner: PARTNER }, stops: ({ place }) => place === 1 },
    { target: { width: 'everything' }, stops: ({ place }) => place < 2 },
  ];
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const parts: CodeOutcome[] = [];
  const real = Math.max(1, Math.ceil(trials / 100));
  for (const [count, realSockets] of [
    [trials - real, false],
    [real, true],
  ] as const) {
    const bus = new LossyBus();
    const random = new Random(seed, 'switch', count);
    const stage = await SealcamStage.start({ middle: nothingBetween, fixed: false, random, realSockets, bus });
    const homes = [await home(stage), await home(stage), await home(stage)];
    for (let index = 0; index < count; index += 1) {
      if (index % 10 === 0) progress(`Sealcam: ${index} of ${count}`);
      parts.push(await throwIt(stage, bus, homes, index, random));
    }
    await stage.close();
  }
  const sum = (of: (part: CodeOutcome) => number): number => parts.reduce((all, part) => all + of(part), 0);
  return {
    ...{ trials, real, tried: sum(({ tried }) => tried), opened: 0 },
    ...{ shown: sum(({ shown }) => shown), own: sum(({ own }) => own) },
    cutMs: parts.flatMap(({ cutMs = [] }) => cutMs),
    wrong: [...new Set(parts.flatMap(({ wrong = [] }) => wrong))],
  };
}

/** One width, thrown and lifted again. */
async function throwIt(
  stage: SealcamStage,
  bus: LossyBus,
  homes: readonly StageHome[],
  index: number,
  random: Random,
): Promise<CodeOutcome> {
  const { clock, relay, truth } = stage;
  const chosen = targets(homes)[index % 5];
  if (chosen === undefined) throw new TypeError('no target');
  const frames = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      for (const { cameras } of homes) cameras[0]?.frame();
      await stage.pass(FRAME_MS);
    }
  };
  await frames(1_000 + random.below(900));
  bus.loses = Math.floor(index / 5) % 2 === 1;
  const { target } = chosen;
  const suspension = await relay.suspensions.suspend({ target, cause: 'operator', by: 'Drill', reason: 'a drill' });
  const before = truth.shownInAll;
  await frames(AFTER_MS);
  const limitMs = bus.loses ? LIMIT_MS.lost : LIMIT_MS.heard;
  const wrong: string[] = [];
  const cutMs: number[] = [];
  let shown = 0;
  for (const link of linksOf(homes)) {
    const lastMs = truth.lastByteMs.get(link.key) ?? 0;
    if (!chosen.stops(link)) {
      if (clock.wallMs() - lastMs > 1_000) wrong.push(`${target.width} stopped a display that it does not name`);
      continue;
    }
    const tookMs = Math.max(0, lastMs - suspension.atMs);
    cutMs.push(tookMs);
    if (tookMs > limitMs) shown += 1;
    const state = link.display.state(link.camera);
    if (state !== 'suspended') wrong.push(`a display of width ${target.width} says ${state}`);
  }
  await relay.suspensions.lift(suspension.id, { by: 'Drill', reason: 'the trial is over' });
  // Displays ask again by themselves, each a little later than the time before.
  await frames(AFTER_MS + 4_000);
  return { trials: 1, real: 0, tried: cutMs.length, opened: 0, shown, own: truth.shownInAll - before, cutMs, wrong };
}

/** Three edges of 2020: the word goes to those who listen, and one of them does not. */
async function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  let [shown, own] = [0, 0];
  for (let index = 0; index < trials; index += 1) {
    const random = new Random(seed, 'twin', index);
    const clock = new VirtualClock();
    let recorded = false;
    const edges = [0, 1, 2].map(() => ({ heard: false, deaf: random.chance(3), read: false }));

    /** THE MISTAKE: what it has not heard of is not so. Put right, it also reads the record every second. */
    const mayServe = (edge: (typeof edges)[number]): boolean => !edge.heard && !(fixed && edge.read);

    clock.every(1_000, () => {
      for (const edge of edges) edge.read = recorded;
    });
    const serve = async (ms: number): Promise<number> => {
      let served = 0;
      for (let passed = 0; passed < ms; passed += FRAME_MS) {
        served += edges.filter(mayServe).length;
        await clock.pass(FRAME_MS);
      }
      return served;
    };
    own += await serve(1_000);
    recorded = true;
    for (const edge of edges) edge.heard = !edge.deaf;
    await serve(LIMIT_MS.lost);
    shown += await serve(1_000);
  }
  return { trials, real: 0, tried: trials, opened: 0, shown, own };
}

export const broadcastSwitch: Drill = codeDrill({
  name: 'broadcast-switch',
  replays: 'T18 · Klarna 2021, Google and Xiaomi 2020',
  story: 'The switch that stops every picture was a message, and who did not hear it went on.',
  mistake: 'mayServe',
  limitsMs: { cut: LIMIT_MS.lost },
  sealcam,
  twin,
});
