/**
 * T20. Ring (May 2025): the list of who is signed in and who looked named strangers. A wrong record destroys trust as a wrong picture
 * does: the household's own "who looked" is compared with who did, over random evenings in several homes.
 */
import { STREAM, type CameraId, type DeviceId } from '@sealcam/protocol';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { SealcamStage } from '../frame/sealcam-stage.ts';
import type { SealedHome } from '../frame/sealed-home.ts';
import { behind } from '../middles/ways.ts';

const TRIALS = { full: 500, quick: 20 };
const HOMES = 3;
/** Evenings do not overlap in the record. */
const BETWEEN_MS = 3_600_000;
/** Receipts come with the liveness exchange. */
const TOLD_MS = 12_000;

const nothingBetween = () => behind({ arrived: (way, parcel) => way.give(parcel.track, parcel) });

const link = (device: DeviceId, camera: CameraId): string => `${device}/${camera}`;

/** One evening: whoever looks, at whatever, for a while. @returns the links on which a picture was on a screen */
async function evening(stage: SealcamStage, homes: readonly SealedHome[], random: Random): Promise<Set<string>> {
  const looked = new Set<string>();
  const all = homes.flatMap(({ displays, cameras }) => displays.map((display) => ({ display, cameras })));
  for (let step = 3 + random.below(5); step > 0; step -= 1) {
    const { display, cameras } = random.pick(all);
    const camera = random.pick(cameras);
    display.watch(camera.cameraId);
    await stage.pass(100);
    for (let frame = 1 + random.below(4); frame > 0; frame -= 1) {
      camera.frame();
      await stage.pass(40);
    }
    looked.add(link(display.deviceId, camera.cameraId));
    if (random.chance(2)) display.unwatch(camera.cameraId);
  }
  for (const { display, cameras } of all) for (const { cameraId } of cameras) display.unwatch(cameraId);
  await stage.pass(TOLD_MS);
  return looked;
}

async function trial(stage: SealcamStage, homes: readonly SealedHome[], random: Random): Promise<CodeOutcome> {
  const fromMs = stage.clock.wallMs();
  const before = stage.truth.shownInAll;
  const looked = await evening(stage, homes, random);
  const toMs = stage.clock.wallMs();
  let [shown, own, counted] = [0, 0, 0];
  for (const { displays } of homes) {
    // The owner's phone reads the record of its home, over its own line.
    const client = displays[0]?.client;
    const asked = client?.ledger({ fromMs, toMs, limit: 500 });
    await stage.settle();
    const rows = ((await asked) ?? []).filter(
      ({ streamId, shown: pictures }) => streamId === STREAM.main && pictures > 0,
    );
    const told = new Set(rows.map(({ deviceId, cameraId }) => link(deviceId, cameraId)));
    const mine = [...looked].filter((each) => displays.some(({ deviceId }) => each.startsWith(deviceId)));
    own += mine.filter((each) => told.has(each)).length;
    shown += [...told].filter((each) => !mine.includes(each)).length + mine.filter((each) => !told.has(each)).length;
    counted += rows.reduce((sum, row) => sum + row.shown, 0);
  }
  const truly = stage.truth.shownInAll - before;
  return { trials: 1, real: 0, tried: looked.size, opened: 0, shown, own, counted, true: truly };
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const real = Math.max(1, Math.ceil(trials / 100));
  const sum = { trials, real, tried: 0, opened: 0, shown: 0, own: 0, counted: 0, true: 0 };
  for (const [count, realSockets] of [
    [trials - real, false],
    [real, true],
  ] as const) {
    const random = new Random(seed, 'who-looked', count);
    const stage = await SealcamStage.start({ middle: nothingBetween, fixed: false, random, realSockets });
    const homes: SealedHome[] = [];
    for (let index = 0; index < HOMES; index += 1) {
      const displays = [{ model: 'phone', role: 'admin' as const }, { model: 'hub' }, { model: 'tablet' }];
      homes.push(await stage.addHome({ cameras: ['door', 'yard'], displays }));
    }
    for (const { displays } of homes) for (const display of displays) await display.connect();
    for (let index = 0; index < count; index += 1) {
      if (index % 20 === 0) progress(`Sealcam: ${index} of ${count}`);
      const one = await trial(stage, homes, random);
      for (const name of ['tried', 'shown', 'own', 'counted', 'true'] as const) sum[name] += one[name] ?? 0;
      stage.clock.skip(BETWEEN_MS);
    }
    await stage.close();
  }
  return sum;
}

/** A service where sessions are handed on: a television that is sold, a cookie that an update mixed up. */
function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = (quick ? TRIALS.quick : TRIALS.full) * 10;
  const random = new Random(seed, 'twin');

  /** THE MISTAKE: whoever opened the session is who looks. Put right, it is who asked just now. */
  const looker = (session: { readonly owner: number }, asks: number): number => (fixed ? asks : session.owner);

  const sessions = Array.from({ length: 20 }, (_, owner) => ({ owner }));
  let own = 0;
  for (let look = 0; look < trials; look += 1) {
    const asks = random.below(sessions.length);
    const session = random.chance(5) ? random.pick(sessions) : (sessions[asks] ?? { owner: asks });
    if (looker(session, asks) === asks) own += 1;
  }
  return Promise.resolve({ trials, real: 0, tried: trials, opened: 0, shown: trials - own, own });
}

export const whoLooked: Drill = codeDrill({
  name: 'who-looked',
  replays: 'T20 · Ring 2025',
  story: 'The page that says who looked named people who never had, since it went by who had opened the session.',
  mistake: 'looker',
  sealcam,
  twin,
});
