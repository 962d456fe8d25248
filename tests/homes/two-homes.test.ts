/**
 * Apart as well as together (issue point 7): one `sealcam relay`, two `sealcam agent --relay`, as an operator and two households type
 * them. Their cameras have the same name and the same address; each household sees its own pictures and no others.
 */
import { join } from 'node:path';
import type { HomeClient } from '@sealcam/player/viewer';
import { decodeEnvelope, type CameraId, type HomeId } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { freePort, startCamera } from '../cameras/rig.ts';
import { sealcam, type Child } from '../harness/child.ts';
import { folderFor, kept, onEnd } from '../harness/cleanup.ts';
import { Eye } from '../harness/eye.ts';
import { claim, type Device } from '../harness/household.ts';
import { Line } from '../harness/node-ports.ts';
import { until } from '../harness/until.ts';
import { startWireTap } from '../harness/wire-tap.ts';

const CAMERA = 'Front door';

interface Household {
  readonly agent: Child;
  readonly admin: Device;
  readonly client: HomeClient;
  readonly camera: CameraId;
  /** Homes named on the envelopes that reached this household. */
  readonly homes: Set<HomeId>;
}

function run(data: string, ...args: string[]): Child {
  const child = sealcam(data, ...args);
  onEnd(() => child.end());
  return child;
}

async function startRelayOn(data: string, port: number): Promise<Child> {
  const relay = run(data, 'relay', '--port', String(port));
  await relay.seen(/listens on/);
  return relay;
}

/** @param agentVia where the agent dials; the viewers dial the relay itself */
async function household(
  data: string,
  agentVia: string,
  relayUrl: string,
  invitation: string,
  cameraUrl: string,
): Promise<Household> {
  const agent = run(
    data,
    'agent',
    '--relay',
    agentVia,
    '--invite',
    invitation,
    '--no-demo',
    '--url',
    'http://127.0.0.1',
  );
  const [link = ''] = await agent.seen(/http:\S+#claim=\S+/);
  const admin = await claim(relayUrl, link, 'Home');
  const homes = new Set<HomeId>();
  const line = new Line();
  line.binary = (message, pass) => {
    homes.add(decodeEnvelope(message).homeId);
    pass(message);
  };
  const client = kept(await admin.open(line));
  await until(client.home, ({ names }) => names !== undefined);
  const found = await client.command({ do: 'camera.try', url: cameraUrl, user: '', password: '', transport: 'auto' });
  if (found.is !== 'still') throw new Error(JSON.stringify(found));
  const added = await client.command({ do: 'camera.add', tryId: found.tryId, name: CAMERA, room: 'Hall' });
  if (added.is !== 'added') throw new Error(JSON.stringify(added));
  await until(client.home, ({ names }) => names?.cameras.some(({ cameraId }) => cameraId === added.cameraId) === true);
  return { agent, admin, client, camera: added.cameraId, homes };
}

it('two homes with equal names, addresses and URLs on one relay: each its own pictures, by invitation, back after every break', async () => {
  const folder = await folderFor('homes');
  const port = await freePort();
  const relayUrl = `ws://127.0.0.1:${port}`;
  const relay = await startRelayOn(join(folder, 'relay'), port);
  const invite = async (): Promise<string> => (await run(join(folder, 'relay'), 'invite').ended).out.trim();
  const camera = await startCamera();
  onEnd(() => camera.stop());

  // What each agent sends, by session: the identity of a picture that no name can fake.
  const tap = kept(await startWireTap(port, () => undefined));
  const [first, second] = [await invite(), await invite()];
  expect(first).not.toBe(second);
  const a = await household(join(folder, 'a'), tap.url, relayUrl, first, camera.url);
  const b = await household(join(folder, 'b'), relayUrl, relayUrl, second, camera.url);
  expect(a.admin.homeId).not.toBe(b.admin.homeId);
  expect(a.camera).not.toBe(b.camera);

  const [eyeA, eyeB] = [new Eye(a.client, a.camera), new Eye(b.client, b.camera)];
  await Promise.all([eyeA.live(), eyeB.live()]);
  await Promise.all([eyeA.more(20), eyeB.more(20)]);
  const sessions = ({ units }: Eye): Set<string> => new Set(units.map(({ sessionId }) => sessionId));
  expect([...sessions(eyeA)].filter((session) => sessions(eyeB).has(session))).toEqual([]);
  expect([...a.homes]).toEqual([a.admin.homeId]);
  expect([...b.homes]).toEqual([b.admin.homeId]);

  // Asked for the other's camera by its very id, the relay knows none such in this home.
  const stranger = new Eye(b.client, a.camera);
  await until(stranger.watch.picture, ({ state }) => state !== 'opening');
  expect(stranger.units).toEqual([]);
  expect(stranger.states.filter(({ state }) => state === 'live' || state === 'late')).toEqual([]);
  stranger.watch.stop();

  // An invitation is good for one home; without one there is no way in.
  for (const [i, code] of [first, 'not-an-invitation-at-all'].entries()) {
    const third = run(
      join(folder, `c${i}`),
      'agent',
      '--relay',
      relayUrl,
      '--invite',
      code,
      '--no-demo',
      '--url',
      'http://127.0.0.1',
    );
    // Told at once, in words with the remedy, and no link that somebody would claim in vain.
    await third.seen(/Ask the relay's operator for a new invitation\. \(home\.invitation\)/);
    expect(third.out).not.toContain('#claim=');
    await third.end();
  }

  // The line breaks: only the agent dials, and it dials again by itself.
  await until(a.client.agent, (agent) => agent?.online === true);
  tap.cut();
  await until(a.client.agent, (agent) => agent?.online === false);
  await until(a.client.agent, (agent) => agent?.online === true);
  await eyeA.more(5);
  await eyeA.live();

  // The relay dies and comes back: both homes are there again, nobody did anything.
  await relay.end('SIGKILL');
  await until(a.client.connection, ({ state }) => state !== 'online');
  await startRelayOn(join(folder, 'relay'), port);
  await Promise.all([eyeA.more(5), eyeB.more(5)]);
  await Promise.all([eyeA.live(), eyeB.live()]);
  expect([...sessions(eyeA)].filter((session) => sessions(eyeB).has(session))).toEqual([]);
  expect([...a.homes, ...b.homes]).toEqual([a.admin.homeId, b.admin.homeId]);
  expect([...a.client.alarms.get(), ...b.client.alarms.get()]).toEqual([]);
}, 120_000);
