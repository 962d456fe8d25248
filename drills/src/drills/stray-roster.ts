/**
 * Sealcam's own fault, found under attack: the part of a display that notices a second list of members was turned against an honest home.
 * A broken middle hands it the list of another home, one of its own with a broken signature, and an old bulletin; the hash was compared
 * before the home and the signature, and the wall was dark until somebody reloaded the page.
 */
import {
  buildNextRoster,
  decodeSignedRoster,
  rosterHash,
  signRoster,
  verifyGenesis,
  verifySignature,
  type Head,
} from '@sealcam/home';
import { equalBytes, toBase64Url } from '@sealcam/protocol';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { SealcamStage } from '../frame/sealcam-stage.ts';
import type { SealedDisplay } from '../frame/sealed-display.ts';
import type { SealedHome } from '../frame/sealed-home.ts';
import { behind } from '../middles/ways.ts';

const TRIALS = { full: 200, quick: 20 };
const FRAME_MS = 500;
/** Frames after each stray message. A report every five seconds goes out even in a flood. */
const AFTER = 12;

const nothingBetween = () => behind({ arrived: (way, parcel) => way.give(parcel.track, parcel) });

interface Strays {
  readonly foreign: Uint8Array;
  readonly broken: Uint8Array;
}

/** A list of the other home, and a second one of this home that only its signature gives away. */
async function straysFor(home: SealedHome, other: SealedHome): Promise<Strays> {
  const genesis = await verifyGenesis(rosterOf(home, 0));
  const second = await buildNextRoster(genesis, home.founder.deviceId, []);
  const broken = Uint8Array.from(await signRoster(home.founder, second));
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  return { foreign: rosterOf(other, 1), broken };
}

function rosterOf({ displays }: SealedHome, index: number): Uint8Array {
  return displays[0]?.client?.device.rosters[index] ?? new Uint8Array();
}

async function addHome(stage: SealcamStage): Promise<SealedHome> {
  const home = await stage.addHome({ cameras: ['door'], displays: [{ model: 'hub' }] });
  for (const display of home.displays) {
    await display.connect();
    for (const { cameraId } of home.cameras) display.watch(cameraId);
  }
  return home;
}

/** Pictures go on after a stray message. @returns how often the screen was not live, or said anything of two lists */
async function goesOn(stage: SealcamStage, home: SealedHome, display: SealedDisplay): Promise<number> {
  let dark = 0;
  for (let frame = 0; frame < AFTER; frame += 1) {
    for (const camera of home.cameras) camera.frame();
    await stage.pass(FRAME_MS);
    const isLive = home.cameras.every(({ cameraId }) => display.state(cameraId) === 'live');
    if (!isLive || (display.client?.alarms.get().length ?? 1) > 0) dark += 1;
  }
  return dark;
}

async function trial(stage: SealcamStage, homes: readonly SealedHome[], random: Random): Promise<CodeOutcome> {
  const home = random.pick(homes);
  const other = homes.find((each) => each !== home) ?? home;
  const [display] = home.displays;
  if (display === undefined) throw new Error('a home without a display');
  const bulletins: string[] = [];
  display.between = (message, pass) => {
    if (message.includes('"t":"bulletin"')) bulletins.push(message);
    pass(message);
  };
  await home.agent.rotate();
  await goesOn(stage, home, display);
  await home.agent.rotate();
  await goesOn(stage, home, display);
  const { foreign, broken } = await straysFor(home, other);
  const rosters = [foreign, broken].map((roster) => JSON.stringify({ t: 'roster', roster: toBase64Url(roster) }));
  const strays = [...rosters, ...bulletins.slice(0, 1)].toSorted(() => (random.chance(2) ? 1 : -1));
  const before = stage.truth.shownInAll;
  const counted = droppedBy(display);
  let shown = 0;
  for (const stray of strays) {
    display.bring(stray);
    shown += await goesOn(stage, home, display);
  }
  const own = stage.truth.shownInAll - before;
  return {
    ...{ trials: 1, real: 0, tried: strays.length, opened: 0, shown, own },
    ...{ counted: droppedBy(display) - counted, true: strays.length },
  };
}

function droppedBy({ client }: SealedDisplay): number {
  return Object.values(client?.strays.get() ?? {}).reduce((sum, count) => sum + count, 0);
}

async function noticed({ relay }: SealcamStage): Promise<number> {
  const metrics = await (await fetch(`${relay.url}/metrics`)).text();
  return Number(/^sealcam_stray_messages_total (\d+)$/mu.exec(metrics)?.[1] ?? 0);
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const real = Math.max(1, Math.ceil(trials / 100));
  const sum = { trials, real, tried: 0, opened: 0, shown: 0, own: 0, counted: 0, true: 0 };
  const wrong: string[] = [];
  for (const [count, realSockets] of [
    [trials - real, false],
    [real, true],
  ] as const) {
    const random = new Random(seed, 'stray-roster', count);
    const stage = await SealcamStage.start({ middle: nothingBetween, fixed: false, random, realSockets });
    const homes = [await addHome(stage), await addHome(stage)];
    const before = sum.true;
    for (let index = 0; index < count; index += 1) {
      if (index % 20 === 0) progress(`Sealcam: ${index} of ${count}`);
      const one = await trial(stage, homes, random);
      for (const name of ['tried', 'shown', 'own', 'counted', 'true'] as const) sum[name] += one[name] ?? 0;
    }
    // Six seconds lie between two of them: none is left out for being one too many.
    if ((await noticed(stage)) !== sum.true - before) wrong.push('the relay did not hear of every stray message');
    if ((await stage.relay.incidents.list({ limit: 1 })).length > 0) wrong.push('a stray message became an incident');
    await stage.close();
  }
  return { ...sum, wrong };
}

/** A display as Sealcam's own was: it holds the end of a list, and looks at what it is handed. */
async function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const random = new Random(seed, 'twin');
  const stage = await SealcamStage.start({ middle: nothingBetween, fixed, random });
  const homes = [await addHome(stage), await addHome(stage)];
  let [shown, own, tried] = [0, 0, 0];

  /** THE MISTAKE: another hash at the same version is a fork, whoever's it is. Put right: home, then signature, then hash. */
  const isFork = async (head: Head, bytes: Uint8Array): Promise<boolean> => {
    const { roster, body, signature } = decodeSignedRoster(bytes);
    const signer = head.signers.find(({ deviceId }) => deviceId === roster.signerId);
    const isOurs =
      roster.homeId === head.homeId && signer !== undefined && (await verifySignature(signer.sigPub, body, signature));
    if (fixed && !isOurs) return false;
    return roster.version === head.version && !equalBytes(await rosterHash(bytes), head.hash);
  };

  for (let index = 0; index < trials; index += 1) {
    const home = random.pick(homes);
    const other = homes.find((each) => each !== home) ?? home;
    const head = home.displays[0]?.client?.home.get().head;
    if (head === undefined) throw new Error('a home without a display');
    const { foreign, broken } = await straysFor(home, other);
    for (const stray of [foreign, broken]) {
      tried += 1;
      if (await isFork(head, stray)) shown += 1;
      else own += 1;
    }
    if (!(await isFork(head, rosterOf(home, 1)))) own += 1;
  }
  await stage.close();
  return { trials, real: 0, tried, opened: 0, shown, own };
}

export const strayRoster: Drill = codeDrill({
  name: 'stray-roster',
  replays: 'Sealcam itself, under attack 2026',
  story: 'One list of members of another home darkened a wall display until somebody reloaded it.',
  mistake: 'isFork',
  sealcam,
  twin,
});
