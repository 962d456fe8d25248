/** What canaries notice: pictures crossed inside the relay, behind it, replayed, and sealed under the wrong home; each within a second. */
import { SEALED_ROUTE, STREAM, trackKey, type Track } from '@sealcam/protocol';
import { Bus, type Incident, type Relay, type Topic } from '@sealcam/relay';
import { expect, it } from 'vitest';
import { canaryCamera } from '../../apps/sealcam/src/canary/canary-camera.ts';
import { kept } from '../harness/cleanup.ts';
import { FIXTURE_PARTNER, Partner } from '../harness/partner.ts';
import { times } from '../harness/size.ts';
import { startHouse } from '../harness/world.ts';
import { checked, flows, nextIncident, reopen, spread, startFlock, type CanaryLine } from './flock.ts';

const TRIALS = times(4, 30);
/** By the clock: what the issue promises. */
const WITHIN_MS = 1_000;
/** The first frames may be of keys that this viewer never had. */
const KEYS_CAME = 4;

/** What is published for one track goes to the other as well. */
class CrossedBus extends Bus {
  readonly crossings = new Map<string, string>();
  /** Of the first frame that went the wrong way. */
  crossedMs = 0;

  override publish<Message>(topic: Topic<Message>, message: Message): number {
    const to = this.crossings.get(topic);
    if (to !== undefined) {
      this.crossedMs ||= performance.now();
      super.publish(to as Topic<Message>, message);
    }
    return super.publish(topic, message);
  }
}

function topicOf(track: Track): string {
  return `track/${trackKey(track)}`;
}

function pair(lines: readonly CanaryLine[], route: string): [CanaryLine, CanaryLine] {
  const [one, other] = lines.filter((line) => line.route === route);
  if (one === undefined || other === undefined) throw new Error(`no pair on ${route}`);
  return [one, other];
}

it(
  `${TRIALS} times a bus that crosses two canaries, on both routes: named within a second, the viewers get nothing of it`,
  async () => {
    const bus = new CrossedBus();
    const { world, lines } = await startFlock({ bus });
    const { relay } = world;
    const house = kept(await startHouse(world, 'Home', { invitation: await relay.invite() }));
    await kept(new Partner(world.relayUrl)).link(house, 1);
    while (lines.length < 4) await new Promise((wake) => setTimeout(wake, 20));
    const took: number[] = [];
    for (let n = 0; n < TRIALS; n += 1) {
      const [ours, theirs] = pair(lines, [SEALED_ROUTE, FIXTURE_PARTNER][n % 2] ?? SEALED_ROUTE);
      await Promise.all([flows(relay, ours), flows(relay, theirs)]);
      const noticed = nextIncident(
        relay,
        ({ viewer, closed }) => viewer.deviceId === ours.deviceId && closed === undefined,
      );
      bus.crossedMs = 0;
      bus.crossings.set(topicOf(theirs.track), topicOf(ours.track));
      const incident = await noticed;
      took.push(performance.now() - bus.crossedMs);
      bus.crossings.clear();
      expect(incident).toMatchObject({ grade: 'proven', source: 'relay', route: ours.route, asked: ours.track });
      expect(incident.owner).toEqual(theirs.track);
      await relay.incidents.settled();
      await reopen(relay);
    }
    report('crossed inside the relay', took);
    expect(relay.canaries.status()).toMatchObject({ framesForeign: 0, framesRefused: 0 });
  },
  60_000 + TRIALS * 15_000,
);

it(
  `${TRIALS} times lines crossed behind the relay, as they are and under our label: a canary incident within a second, with route and owner`,
  async () => {
    const { world, lines } = await startFlock();
    const { relay } = world;
    const house = kept(await startHouse(world, 'Home', { invitation: await relay.invite() }));
    await kept(new Partner(world.relayUrl)).link(house, 1);
    while (lines.length < 4) await new Promise((wake) => setTimeout(wake, 20));
    const took: number[] = [];
    for (let n = 0; n < TRIALS; n += 1) {
      const [ours, theirs] = pair(lines, [SEALED_ROUTE, FIXTURE_PARTNER][n % 2] ?? SEALED_ROUTE);
      await Promise.all([flows(relay, ours), flows(relay, theirs)]);
      const noticed = nextIncident(relay, isOpenSightingOf(ours));
      const brought = Promise.withResolvers<number>();
      theirs.heard = (message) => {
        brought.resolve(performance.now());
        ours.bring(n % 4 < 2 ? message : ours.relabeled(message));
      };
      const incident = await noticed;
      took.push(performance.now() - (await brought.promise));
      theirs.heard = () => undefined;
      expect(incident).toMatchObject({ grade: 'canary', source: 'canary', route: ours.route, asked: ours.track });
      expect(incident.owner).toEqual(theirs.track);
      await cut(relay.suspensions, ours);
      await reopen(relay);
    }
    report('crossed behind the relay', took);
    expect(relay.canaries.status().framesForeign).toBe(0);
    expect(relay.canaries.status().framesRefused).toBeGreaterThan(0);
  },
  60_000 + TRIALS * 15_000,
);

it(
  `${TRIALS} times an old frame brought again: a canary incident within a second`,
  async () => {
    const { world, lines } = await startFlock();
    const { relay } = world;
    const [ours] = pair(lines, SEALED_ROUTE);
    const took: number[] = [];
    // Each is more than ten seconds old when it comes again: nothing ordinary brings it any more.
    await flows(relay, ours, 40);
    for (let n = 0; n < TRIALS; n += 1) {
      // A viewer reports five at once, and then one in five seconds.
      await flows(relay, ours, n < 4 ? 2 : 12);
      const old = ours.kept[KEYS_CAME + n];
      if (old === undefined) throw new Error('nothing kept');
      const noticed = nextIncident(relay, isOpenSightingOf(ours));
      const began = performance.now();
      ours.bring(old);
      expect(await noticed).toMatchObject({ grade: 'canary', owner: ours.track, asked: ours.track });
      took.push(performance.now() - began);
      await relay.incidents.settled();
      await reopen(relay);
    }
    report('replayed', took);
  },
  60_000 + TRIALS * 15_000,
);

it('a picture sealed under the wrong home, which no key can tell: the mark names its owner, and it counts as foreign', async () => {
  const made: Track[] = [];
  const swapped = { on: false };
  const { world, lines } = await startFlock(
    {},
    {
      camera: (of) => {
        made.push({ ...of, streamId: STREAM.main });
        const own = canaryCamera(of);
        return (listener) => {
          const stopOwn = own({
            ...listener,
            onUnit: (unit) => {
              if (!swapped.on) listener.onUnit(unit);
            },
          });
          const stranger = made.find(({ homeId }) => homeId !== of.homeId);
          const stopOther =
            stranger === undefined
              ? () => undefined
              : canaryCamera({ ...of, ...stranger })({
                  onState: () => undefined,
                  onUnit: (unit) => {
                    if (swapped.on) listener.onUnit(unit);
                  },
                });
          return () => {
            stopOwn();
            stopOther();
          };
        };
      },
    },
  );
  await checked(world.relay, 4);
  const victim = lines.find(({ homeId }) => homeId === made[1]?.homeId);
  if (victim === undefined || made[0] === undefined) throw new Error('two homes');
  const noticed = nextIncident(world.relay, isOpenSightingOf(victim));
  swapped.on = true;
  const began = performance.now();
  const incident = await noticed;
  expect(performance.now() - began).toBeLessThan(2 * WITHIN_MS);
  expect(incident).toMatchObject({ grade: 'canary', asked: victim.track, route: SEALED_ROUTE });
  expect(incident.owner).toMatchObject({ homeId: made[0].homeId, cameraId: made[0].cameraId });
  expect(world.relay.canaries.status().framesForeign).toBeGreaterThan(0);
});

it('what is refused on one line is counted once, in one story', async () => {
  const { world, lines } = await startFlock();
  const { relay } = world;
  const [ours, theirs] = pair(lines, SEALED_ROUTE);
  await Promise.all([flows(relay, ours, 6), flows(relay, theirs, 6)]);
  const noticed = nextIncident(relay, isOpenSightingOf(ours));
  for (const frame of theirs.kept.slice(0, 5)) ours.bring(frame);
  const { id } = await noticed;
  while (relay.canaries.status().framesRefused < 5) await new Promise((wake) => setTimeout(wake, 50));
  await relay.incidents.settled();
  expect(await relay.incidents.list({ limit: 10 })).toMatchObject([{ id, count: 5, grade: 'canary' }]);
  expect(relay.canaries.status().framesRefused).toBe(5);
});

function isOpenSightingOf(line: CanaryLine): (incident: Incident) => boolean {
  return ({ grade, viewer, closed }) => grade === 'canary' && viewer.deviceId === line.deviceId && closed === undefined;
}

/** The policy cuts the canary's own link, and no other. */
async function cut(suspensions: Relay['suspensions'], { homeId, deviceId }: CanaryLine): Promise<void> {
  for (;;) {
    const active = await suspensions.active();
    for (const { target } of active) expect(target).toMatchObject({ width: 'link' });
    if (
      active.some(({ target }) => target.width === 'link' && target.homeId === homeId && target.deviceId === deviceId)
    )
      return;
  }
}

function report(what: string, took: readonly number[]): void {
  process.stdout.write(`${what}: ${spread(took)}\n`);
  expect(Math.max(...took)).toBeLessThan(WITHIN_MS);
}
