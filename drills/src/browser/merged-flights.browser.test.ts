/**
 * T7 where a browser looks. Xiaomi (2020), third hypothesis: two hubs ask at the same moment for a picture of the same model of camera,
 * and a cache gives both the first answer. Cameras that no one here wrote burn their number into every picture; real pages in a
 * real Chromium stand behind that cache; and whose picture is on the screen is read from the pixels. Then the twin, in the same
 * browser, behind the same cache, with the same cameras.
 */
import type { Incident } from '@sealcam/relay';
import { cameraId, deviceId, homeId, parseSealedHeader } from '@sealcam/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Devices } from '../../../tests/browser/devices.ts';
import { untilSeen } from '../../../tests/browser/look.ts';
import { startCameras, type TestCamera } from '../../../tests/cameras/rig.ts';
import { coalescer } from '../drills/merged-flights.ts';
import { Crossings } from './crossings.ts';
import type { Probed } from './page/probed.ts';
import {
  CAMERA,
  moveIn,
  startAgentProcess,
  startSource,
  type SealedScreens,
  type SourceRelay,
} from './sealed-homes.ts';
import { nameOfOpen, startTwinCloud, type TwinCloud } from './twin-cloud.ts';
import { probeScript, WatchedPage } from './watched-page.ts';
import { WebMiddle } from './web-middle.ts';

/** What the cameras burn in. Their rates differ, so that now one and now the other asks first; each picture stands for itself. */
const HOMES = [
  { name: 'Maple Street', id: 71, fps: 25 },
  { name: 'Linden Street', id: 72, fps: 24 },
] as const;
const PICTURES = 25;
const SWAPPED = 50;
/** Against a hang; nothing here is about time. */
const PATIENCE = { timeout: 40_000, interval: 50 } as const;

let devices: Devices;
let cameras: readonly TestCamera[];
const ends: (() => Promise<unknown>)[] = [];

function kept<T extends { close(): Promise<unknown> }>(what: T): T {
  ends.push(() => what.close());
  return what;
}

vi.setConfig({ testTimeout: 90_000 });
beforeAll(async () => {
  cameras = await startCameras(HOMES.map(({ id, fps }) => ({ id, fps, gop: 1, bitrate: 2_000_000 })));
  ends.push(async () => cameras[0]?.stop());
  devices = kept(await Devices.open());
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await devices.photograph(task.name);
});
afterAll(async () => {
  const { troubles } = devices;
  for (const end of ends.reverse()) await end();
  expect(troubles, 'what pages threw, or were refused by their policy').toEqual([]);
});

const say = (words: string): void => void process.stdout.write(`merged-flights in a browser: ${words}\n`);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const strangers = ({ drawn, onScreen }: Probed, own: number): number =>
  sum([drawn, onScreen].flatMap((seen) => Object.entries(seen).map(([id, count]) => (Number(id) === own ? 0 : count))));

/** So many pictures of its own that were not there before. */
async function showsItsOwn(page: WatchedPage, own: number): Promise<void> {
  const before = (await page.probed()).onScreen[own] ?? 0;
  await expect.poll(async () => (await page.probed()).onScreen[own] ?? 0, PATIENCE).toBeGreaterThan(before + PICTURES);
}

describe('Sealcam, behind a cache that merges the questions of two homes', () => {
  let source: SourceRelay;
  let middle: WebMiddle;
  let screens: readonly SealedScreens[] = [];
  const incidents: Incident[] = [];
  const fromMs = Date.now();
  const crossings = new Crossings((body) => {
    const { kid, ctr } = parseSealedHeader(body);
    return `${kid}/${ctr}`;
  });

  beforeAll(async () => {
    source = kept(await startSource());
    source.relay.incidents.onIncident((incident) => incidents.push(incident));
    const relayUrl = source.relay.url;
    middle = kept(await WebMiddle.start({ source: relayUrl, middle: coalescer, crossings }));
    try {
      screens = await Promise.all(
        HOMES.map(async ({ name }, index) => {
          const agent = kept(await startAgentProcess(relayUrl));
          const at = { devices, agent, relayUrl, middleUrl: middle.url, crossings };
          return await moveIn(name, cameras[index]!.url, at);
        }),
      );
    } catch (error) {
      await devices.photograph('before all');
      throw error;
    }
  });
  afterAll(() =>
    Promise.all(screens.flatMap(({ owner, display }) => [owner, display].map(({ page }) => page.context().close()))),
  );

  const forEach = async (run: (screens: SealedScreens, own: number, at: number) => Promise<unknown>): Promise<void> => {
    await Promise.all(HOMES.map(({ id }, index) => run(screens[index]!, id, index)));
  };
  /** Strangers' pictures that the middle gave to each display. */
  const given = (): number[] => screens.map(({ display }) => crossings.givenTo(display.who.homeId).foreign);
  const noticed = (at: number, from: number): Incident | undefined =>
    incidents.slice(from).find(({ viewer }) => viewer.deviceId === screens[at]!.display.who.deviceId);
  const stopped = async (): Promise<string[]> =>
    (await source.relay.suspensions.active()).flatMap(({ target }) => (target.width === 'link' ? target.deviceId : []));
  /** The operator closes the story and lets the displays go on. */
  const reopen = async (): Promise<void> => {
    const { relay } = source;
    await relay.incidents.settled();
    for (const { id } of await relay.incidents.list({ limit: 100 })) await relay.incidents.close(id, 'Drill');
    for (const { id } of await relay.suspensions.active())
      await relay.suspensions.lift(id, { by: 'Drill', reason: 'the cache was put right' });
  };
  /** Middle, browser and the relay's ledger agree on how many strangers' pictures came, and that none was shown. */
  const allTold = async (): Promise<void> => {
    const swapped = sum(given());
    const arrived = (): number => sum(screens.map(({ display }) => display.arrivedForeign));
    await expect.poll(arrived, PATIENCE).toBe(swapped);
    const counted = async () =>
      (await source.relay.exposure({ fromMs, toMs: Date.now(), of: { route: 'sealed' } })).frames;
    await expect.poll(counted, PATIENCE).toEqual({ delivered: swapped, refused: swapped, shown: 0 });
  };
  /** In no page, and no pixel since the beginning. */
  const expectNoStranger = (): Promise<void> =>
    forEach(async ({ owner, display }, own) => {
      for (const page of [owner, display]) {
        const probed = await page.probed();
        expect(strangers(probed, own), JSON.stringify(probed)).toBe(0);
        expect(probed.damaged).toBe(0);
      }
    });
  const tell = async (trial: string): Promise<void> => {
    const probed = await Promise.all(screens.map(({ display }) => display.probed()));
    const drawn = sum(probed.flatMap((each) => Object.values(each.drawn)));
    say(
      `Sealcam, ${trial}: so far ${sum(given())} swapped pictures came, all counted, and ${drawn} were drawn, none of a stranger`,
    );
  };

  test('as long as nothing is wrong each screen shows its own home', async () => {
    await forEach(({ display }, own) => showsItsOwn(display, own));
    await forEach(({ owner }, own) => showsItsOwn(owner, own));
    await expectNoStranger();
    expect(given()).toEqual([0, 0]);
    expect(incidents).toEqual([]);
  });

  test.each([1, 2])(
    'the mistake goes out, trial %i: no pixel of a stranger; the relay hears of it, stops the link and counts exactly; put right, all is back',
    async (trial) => {
      const [from, before] = [incidents.length, given()];
      middle.mistaken = true;
      // Once one of them is stopped there is nobody to be mixed up with: the other may have been given none.
      await expect.poll(stopped, PATIENCE).not.toEqual([]);
      const hit = given().flatMap((count, at) => (count > before[at]! ? [at] : []));
      expect(hit).not.toEqual([]);
      for (const at of hit) {
        const { display } = screens[at]!;
        const about = { viewer: display.who, owner: { homeId: screens[1 - at]!.display.who.homeId } };
        await expect
          .poll(() => noticed(at, from), PATIENCE)
          .toMatchObject({ grade: 'claimed', source: 'report', ...about });
        const seen = await untilSeen(display.page, CAMERA, ({ state }) => state === 'suspended');
        expect(seen.shown).toEqual({ kind: 'nothing' });
      }
      // The owners' own pages, on their own way, go on.
      await forEach(({ owner }, own) => showsItsOwn(owner, own));
      middle.mistaken = false;
      const stop = source.relay.incidents.onIncident(() => void reopen());
      await reopen();
      await allTold();
      stop();
      await reopen();
      await forEach(({ display }, own) => showsItsOwn(display, own));
      await expectNoStranger();
      await tell(`trial ${trial}`);
    },
  );

  test('for seconds, under a policy that only tells: more than a hundred come, no pixel of them, all are counted; its own are seen after it', async () => {
    const [from, before] = [incidents.length, given()];
    await source.relay.policy.set([{ when: { grades: ['claimed', 'replayed'] }, then: 'tell' }], 'Drill');
    middle.mistaken = true;
    await forEach(async (_, __, at) => {
      await expect.poll(() => given()[at]! - before[at]!, PATIENCE).toBeGreaterThanOrEqual(SWAPPED);
      await expect.poll(() => noticed(at, from), PATIENCE).toBeDefined();
    });
    middle.mistaken = false;
    await forEach(({ display }, own) => showsItsOwn(display, own));
    await allTold();
    await expectNoStranger();
    await tell('trial 3');
  });
});

describe('the twin, behind the same cache', () => {
  const crossings = new Crossings(nameOfOpen);
  let cloud: TwinCloud;
  let middle: WebMiddle;
  let screens: readonly WatchedPage[] = [];

  beforeAll(async () => {
    const plan = HOMES.map(({ id }, index) => {
      const hex = String(id).repeat(16);
      return { homeId: homeId(hex), cameraId: cameraId(hex), deviceId: deviceId(hex), url: cameras[index]!.url };
    });
    cloud = kept(await startTwinCloud(plan));
    middle = kept(await WebMiddle.start({ source: cloud.url, middle: coalescer, crossings }));
    screens = await Promise.all(
      plan.map(async ({ url: _, ...who }, index) => {
        const { page } = await devices.add(`twin of ${HOMES[index]!.name}`, 'tablet', { before: await probeScript() });
        const screen = new WatchedPage(page, crossings);
        await page.goto(`${middle.url}/?${new URLSearchParams(who).toString()}`);
        return screen;
      }),
    );
  });

  const forEach = async (run: (screen: WatchedPage, own: number) => Promise<unknown>): Promise<void> => {
    await Promise.all(HOMES.map(({ id }, index) => run(screens[index]!, id)));
  };
  /** Nothing more comes; what the middle gave is in the pixels, picture for picture. @returns how many of a stranger were */
  const allDrawn = async (): Promise<number> => {
    cloud.isLive = false;
    const found: number[] = [];
    await forEach(async (screen, own) => {
      const given = crossings.givenTo(screen.who.homeId);
      const missing = async () => {
        const { drawn, damaged } = await screen.probed();
        const ofStrangers = sum(Object.values(drawn)) - (drawn[own] ?? 0);
        return { own: given.own - (drawn[own] ?? 0), foreign: given.foreign - ofStrangers, damaged };
      };
      await expect.poll(missing, PATIENCE).toEqual({ own: 0, foreign: 0, damaged: 0 });
      found.push(given.foreign);
    });
    cloud.isLive = true;
    return sum(found);
  };

  test('as long as nothing is wrong it shows its own home: the cache and the screens work', async () => {
    await forEach((screen, own) => showsItsOwn(screen, own));
    expect(await allDrawn()).toBe(0);
  });

  test('the mistake goes out: each screen shows the stranger, as often as it was given one; put right, its own alone', async () => {
    middle.mistaken = true;
    await forEach((screen) =>
      expect.poll(() => crossings.givenTo(screen.who.homeId).foreign, PATIENCE).toBeGreaterThanOrEqual(SWAPPED),
    );
    middle.mistaken = false;
    const caught = await allDrawn();
    expect(caught).toBeGreaterThanOrEqual(SWAPPED * HOMES.length);
    await forEach(async (screen, own) => {
      const { onScreen } = await screen.probed();
      expect(sum(Object.values(onScreen)) - (onScreen[own] ?? 0)).toBeGreaterThan(0);
    });
    await forEach((screen, own) => showsItsOwn(screen, own));
    expect(await allDrawn()).toBe(caught);
    say(`its twin: caught, ${caught} of a stranger drawn, as many as were given; put right, none`);
  });
});
