/** Noticing, with real agents and viewers: what is crossed inside the relay, and what is crossed behind it where the relay cannot see. */
import { decodeEnvelope, encodeEnvelope, STREAM, trackKey, type CameraId, type HomeId } from '@sealcam/protocol';
import { Bus, type Incident, type Relay, type Topic } from '@sealcam/relay';
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { Line } from '../harness/node-ports.ts';
import { times } from '../harness/size.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

const TRIALS = times(3, 20);

/** What is published for one track goes to the other as well. */
class CrossedBus extends Bus {
  readonly crossings = new Map<string, string>();

  override publish<Message>(topic: Topic<Message>, message: Message): number {
    const to = this.crossings.get(topic);
    if (to !== undefined) super.publish(to as Topic<Message>, message);
    return super.publish(topic, message);
  }
}

function topicOf(homeId: HomeId, cameraId: CameraId): string {
  return `track/${trackKey({ homeId, cameraId, streamId: STREAM.main })}`;
}

/** One that begins from here on; of one that is closed there may still be news, such as its owner's answer. */
function nextIncident(relay: Relay): Promise<Incident> {
  return new Promise((resolve) => {
    const stop = relay.incidents.onIncident((incident) => {
      if (incident.closed !== undefined) return;
      stop();
      resolve(incident);
    });
  });
}

/** The operator closes the story and lets everybody go on; again where frames that were still held are reported after it. */
async function reopened(relay: Relay, eye: Eye): Promise<void> {
  const reopen = async (): Promise<void> => {
    for (const { id } of await relay.incidents.list({ limit: 100 })) await relay.incidents.close(id, 'a test');
    for (const { id } of await relay.suspensions.active())
      await relay.suspensions.lift(id, { by: 'a test', reason: 'the next trial' });
  };
  await reopen();
  const stop = relay.incidents.onIncident(() => void relay.incidents.settled().then(reopen));
  await eye.live(60_000);
  stop();
}

it('a bus that brings another home along: 0 bytes of it on the line, proven, cut, and the other home goes on', async () => {
  const bus = new CrossedBus();
  const world = kept(await startWorld({ bus }));
  const line = new Line();
  const ours = kept(await startHouse(world, 'Home', { line }));
  const theirs = kept(await startHouse(world, 'Home'));
  const [camera, other] = [await firstCamera(ours.client), await firstCamera(theirs.client)];
  let strangers = 0;
  line.binary = (message, pass) => {
    if (decodeEnvelope(message).homeId !== ours.admin.homeId) strangers += 1;
    pass(message);
  };
  const [eye, them] = [new Eye(ours.client, camera), new Eye(theirs.client, other)];
  await eye.live();
  await them.live();
  const noticed = nextIncident(world.relay);
  bus.crossings.set(topicOf(theirs.admin.homeId, other), topicOf(ours.admin.homeId, camera));
  expect(await noticed).toMatchObject({
    grade: 'proven',
    route: 'sealed',
    owner: { homeId: theirs.admin.homeId, cameraId: other },
    viewer: { homeId: ours.admin.homeId, deviceId: ours.admin.keys.deviceId },
  });
  await until(eye.watch.picture, ({ state }) => state === 'suspended');
  await them.more(30);
  expect(strangers).toBe(0);
  expect(them.watch.picture.get().state).toBe('live');
});

it(
  `lines crossed behind the relay, ${TRIALS} times: an incident from the display's own word, within a second of its report; only that display is cut`,
  async () => {
    const world = kept(await startWorld());
    const line = new Line();
    const theirLine = new Line();
    const ours = kept(await startHouse(world, 'Home', { line }));
    const theirs = kept(await startHouse(world, 'Home', { line: theirLine }));
    const [camera, other] = [await firstCamera(ours.client), await firstCamera(theirs.client)];
    const [eye, them] = [new Eye(ours.client, camera), new Eye(theirs.client, other)];
    const track = { homeId: ours.admin.homeId, cameraId: camera, streamId: STREAM.main } as const;
    for (let n = 0; n < TRIALS; n += 1) {
      await eye.live();
      await them.live();
      const noticed = nextIncident(world.relay);
      theirLine.binary = (message, pass) => {
        pass(message);
        const envelope = decodeEnvelope(message);
        // As it is, and under our label.
        if (envelope.streamId === STREAM.main)
          line.inject(n % 2 === 0 ? Uint8Array.from(message) : encodeEnvelope({ ...envelope, ...track }));
      };
      expect(await noticed).toMatchObject({
        grade: 'claimed',
        source: 'report',
        owner: { homeId: theirs.admin.homeId, cameraId: other },
        asked: track,
        viewer: { homeId: ours.admin.homeId, deviceId: ours.admin.keys.deviceId },
      });
      theirLine.binary = (message, pass) => pass(message);
      await until(eye.watch.picture, ({ state }) => state === 'suspended');
      expect((await world.relay.suspensions.active()).map(({ target }) => target)).toEqual([
        { width: 'link', homeId: ours.admin.homeId, deviceId: ours.admin.keys.deviceId, cameraId: camera },
      ]);
      await reopened(world.relay, eye);
    }
    expect(new Set(eye.units.map(({ sessionId }) => sessionId)).size).toBe(1);
    await them.more(10);
    const metrics = await (await fetch(`${world.relay.url}/metrics`)).text();
    const count = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1]);
    expect(count('sealcam_incident_seconds_count')).toBeGreaterThanOrEqual(TRIALS);
    expect(count('sealcam_incident_seconds_bucket{le="0.5"}'.replaceAll('{', '\\{'))).toBe(
      count('sealcam_incident_seconds_count'),
    );
  },
  60_000 + TRIALS * 20_000,
);

it('a display that was offline, rejoins and is renewed while rotations run reports nothing', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const camera = await firstCamera(house.client);
  const eye = new Eye(house.client, camera);
  const still = new Eye(house.client, camera, STREAM.still);
  await eye.live();
  await still.more(still.units.length > 0 ? 0 : 1);
  for (let n = 0; n < times(6, 100); n += 1) {
    // The bulletin that a rename brings may be there before its reply.
    const underNewKeys = still.more(1);
    expect(await house.client.command({ do: 'home.rename', name: `Home ${n}` })).toEqual({ is: 'ok' });
    await underNewKeys;
    const second = await house.admin.open();
    const joined = new Eye(second, camera);
    await joined.more(3);
    second.close();
    if (n % 3 === 0) await house.restartAgent();
    await eye.more(3);
  }
  // Each rotation brought the still again, and none was opened twice.
  const stills = still.units.map(({ sessionId, ctr }) => `${sessionId}/${ctr}`);
  expect(stills.length).toBeGreaterThan(times(6, 100));
  expect(new Set(stills).size).toBe(stills.length);
  // Without a rotation two of one session are at least ten seconds apart.
  const soonAfter = still.units.filter((unit, at) => {
    const before = still.units[at - 1];
    return before?.sessionId === unit.sessionId && unit.captureUs - before.captureUs < 9_000_000;
  });
  expect(soonAfter.length).toBeGreaterThan(0);
  expect(await world.relay.incidents.list({ limit: 10 })).toEqual([]);
  const metrics = await (await fetch(`${world.relay.url}/metrics`)).text();
  expect(metrics).not.toMatch(/sealcam_sightings_total\{grade="(proven|claimed|replayed)"\}/);
  expect(metrics).not.toMatch(/sealcam_drops_total\{reason="(foreign|key)"\}/);
}, 240_000);
