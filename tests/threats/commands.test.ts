/**
 * SEALING.md, threats: a command that the relay holds back, records, or plays again; what a stolen folder opens of it; and many
 * commands at once. Real relay, agent and viewers; a relay in hostile hands stands between agent and relay.
 */
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { decodeSealedCommand, openCommand, type Command } from '@sealcam/home';
import type { HomeClient } from '@sealcam/player/viewer';
import { fromBase64Url, LIMITS, type CameraId } from '@sealcam/protocol';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { loadIdentity } from '../../apps/agent/src/identity.ts';
import { MiddleRelay } from '../fuzz/middle-relay.ts';
import { folderFor, kept } from '../harness/cleanup.ts';
import { firstCamera } from '../harness/eye.ts';
import { change, headOf, pairDisplay } from '../harness/household.ts';
import { Line } from '../harness/node-ports.ts';
import { times } from '../harness/size.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

/** What the agent says of commands, as its log has it. */
interface Said {
  readonly msg: string;
  readonly command?: string;
  readonly code?: string;
}

/** A home whose agent dials through a relay in hostile hands, on a clock that can be put forward. */
async function homeBehindMiddle(line?: Line) {
  const world = kept(await startWorld());
  const middle = kept(await MiddleRelay.start(world.relayUrl));
  const said: Said[] = [];
  const log = new Writable({
    write: (chunk, _encoding, done) => void (said.push(JSON.parse(String(chunk)) as Said), done()),
  });
  let aheadMs = 0;
  const house = kept(
    await startHouse({ relayUrl: middle.url }, 'Linden Street', {
      viewersAt: world.relayUrl,
      logger: pino({ level: 'info' }, log),
      clock: () => Date.now() + aheadMs,
      monotonicMs: () => performance.now() + aheadMs,
      ...(line === undefined ? {} : { line }),
    }),
  );
  return {
    ...{ world, middle, house, said, camera: await firstCamera(house.client) },
    pass: (ms: number) => (aheadMs += ms),
    refused: () => said.filter(({ msg }) => msg === 'command refused').map(({ code }) => code),
  };
}

const isCommand = (text: string): boolean => text.startsWith('{"t":"command"');

async function setPrivacy(client: HomeClient, camera: CameraId, on: boolean): Promise<void> {
  expect(await client.command({ do: 'camera.privacy', cameraId: camera, on })).toEqual({ is: 'ok' });
  await until(client.home, ({ names }) => names?.cameras.some((each) => each.private === on) === true);
}

function isPrivate(client: HomeClient): boolean | undefined {
  return client.home.get().names?.cameras[0]?.private;
}

/** Resolves when the agent has worked off what was injected: its answer to a question that was asked after it. */
async function workedOff(client: HomeClient): Promise<void> {
  expect(await client.command({ do: 'agent.status' })).toMatchObject({ is: 'status' });
}

it('"privacy off", held by the relay for 44 s, is not carried out, and its device is told in words', async () => {
  const { middle, house, camera, pass, refused } = await homeBehindMiddle();
  await setPrivacy(house.client, camera, true);
  const held: string[] = [];
  middle.withholds = (text) => isCommand(text) && held.push(text) > 0;
  const asked = house.client.command({ do: 'camera.privacy', cameraId: camera, on: false });
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  middle.withholds = () => false;
  pass(44_000);
  for (const text of held) middle.inject(text);
  expect(await asked).toEqual({
    is: 'failed',
    code: 'command.late',
    words: 'Your home got this too late and did not do it. Do it again.',
  });
  await workedOff(house.client);
  expect(isPrivate(house.client)).toBe(true);
  expect(refused()).toEqual(['command.late']);
  // Done again, it is done.
  await setPrivacy(house.client, camera, false);
});

it('a ticket that the relay kept for 29 s does not make the time of a command longer', async () => {
  const line = new Line();
  const { middle, house, camera, pass, refused } = await homeBehindMiddle(line);
  await setPrivacy(house.client, camera, true);
  const hand: (() => void)[] = [];
  line.text = (message, give) => {
    if (!message.startsWith('{"t":"tickets"')) return give(message);
    hand.push(() => give(message));
  };
  const asked = house.client.command({ do: 'camera.privacy', cameraId: camera, on: false });
  while (hand.length === 0) await new Promise((resolve) => setImmediate(resolve));
  pass(29_000);
  const held: string[] = [];
  middle.withholds = (text) => isCommand(text) && held.push(text) > 0;
  for (const give of hand) give();
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  pass(2_000);
  for (const text of held) middle.inject(text);
  expect(await asked).toMatchObject({ is: 'failed', code: 'command.late' });
  expect(isPrivate(house.client)).toBe(true);
  expect(refused()).toEqual(['command.late']);
});

it('a command that is played again is carried out once: at once, after a restart, and after a restore', async () => {
  const { middle, house, camera, said, refused } = await homeBehindMiddle();
  const backup = await folderFor('backup');
  await setPrivacy(house.client, camera, true);
  await house.restartAgent({}, (dataDir) => cp(dataDir, backup, { recursive: true }));
  const { connection } = house.client;
  await until(connection, ({ state }) => state === 'online');
  await until(house.client.agent, (agent) => agent?.online === true);
  middle.heard.length = 0;
  await setPrivacy(house.client, camera, false);
  const recorded = middle.heard.filter(isCommand);
  expect(recorded).toHaveLength(1);
  await setPrivacy(house.client, camera, true);

  const epoch = (): number => house.client.home.get().manifest?.epoch ?? 0;
  /** The very first that this run of the agent hears after its bulletin. */
  const replay = async (lastEpoch = 0): Promise<void> => {
    await until(house.client.home, () => epoch() > lastEpoch);
    await middle.connected();
    const before = said.length;
    for (const text of recorded) middle.inject(text);
    await workedOff(house.client);
    expect(said.slice(before).filter(({ command }) => command === 'camera.privacy')).toEqual([]);
    expect(isPrivate(house.client)).toBe(true);
  };
  await replay();
  expect(refused()).toEqual(['command.replayed']);
  let lastEpoch = epoch();
  await house.restartAgent();
  await replay(lastEpoch);
  expect(refused()).toEqual(['command.replayed', 'command.late']);
  lastEpoch = epoch();
  await house.restartAgent({}, async (dataDir) => {
    await rm(dataDir, { recursive: true });
    await cp(backup, dataDir, { recursive: true });
  });
  await replay(lastEpoch);
  expect(refused()).toEqual(['command.replayed', 'command.late', 'command.late']);
});

it('a stolen data folder opens no command that was recorded', async () => {
  const { middle, house, camera } = await homeBehindMiddle();
  middle.heard.length = 0;
  const password = 'tr0ub4dor';
  const url = 'rtsp://127.0.0.1:1/live';
  const tried = await house.client.command({ do: 'camera.try', url, user: 'someone', password, transport: 'tcp' });
  expect(tried).toMatchObject({ is: 'failed' });
  await setPrivacy(house.client, camera, true);
  const recorded = middle.heard.filter(isCommand).map((text) => JSON.parse(text) as { readonly sealed: string });
  expect(recorded).toHaveLength(2);
  const stolen = await folderFor('stolen');
  await cp(join(house.folder, 'agent'), stolen, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  expect(await readdir(stolen)).toContain('identity');
  const identity = await loadIdentity(stolen);
  if (identity === undefined) throw new Error('no identity');
  const { head } = await headOf(house.admin);
  const { deviceId } = house.admin.keys;
  for (const { sealed } of recorded) {
    const command = decodeSealedCommand(fromBase64Url(sealed));
    const opening = openCommand({ head, hpke: identity.hpke, deviceId, nowMs: Date.now(), sealed: command });
    await expect(opening).rejects.toMatchObject({ code: 'command.refused' });
  }
  const { manifest } = house.client.home.get();
  expect(manifest?.agentHpkePub).not.toEqual(identity.hpke.hpkePub);
});

it('commands in bursts of 20, from two pages of one device and from another device, are each carried out once', async () => {
  const { world, house, said } = await homeBehindMiddle();
  const second = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  await change(house.admin, house.client, [{ do: 'setRole', deviceId: second.keys.deviceId, role: 'admin' }]);
  const pages = [house.client, kept(await house.admin.open()), kept(await second.open())];
  for (const page of pages) await until(page.home, ({ me }) => me?.role === 'admin');
  for (const page of pages) await until(page.home, ({ names }) => names !== undefined);
  const before = said.filter(({ command }) => command === 'agent.status').length;
  const total = times(400, 10_000);
  let sent = 0;
  const answers: string[] = [];
  while (sent < total) {
    const burst = pages.map((page) => Array.from({ length: 20 }, () => page.command({ do: 'agent.status' }))).flat();
    sent += burst.length;
    const pause = new Promise((resolve) => setTimeout(resolve, (1_000 * 21) / LIMITS.messagesPerSecond));
    answers.push(...(await Promise.all(burst.map((each) => each.then(({ is }) => is)))));
    // A page that sends more messages than that is cut by the relay.
    await pause;
  }
  expect(answers).toEqual(Array.from({ length: sent }, () => 'status'));
  expect(said.filter(({ command }) => command === 'agent.status').length - before).toBe(sent);
  expect(said.filter(({ msg }) => msg === 'command refused')).toEqual([]);
}, 400_000);

it('commands that meet rotations do not fail', async () => {
  const { house, said } = await homeBehindMiddle();
  const { client } = house;
  const total = times(60, 200);
  const epochs = new Set<number>();
  const stop = client.home.subscribe(({ manifest }) => void epochs.add(manifest?.epoch ?? 0));
  for (let n = 0; n < total; n += 4) {
    const commands: Command[] = [{ do: 'home.rename', name: `Home ${n}` }, ...(['agent.status', 'agent.status', 'agent.status'] as const).map((what) => ({ do: what }))]; // prettier-ignore
    const replies = await Promise.all(commands.map((command) => client.command(command)));
    expect(replies.map(({ is }) => is)).toEqual(['ok', 'status', 'status', 'status']);
  }
  stop();
  expect(said.filter(({ msg }) => msg === 'command refused')).toEqual([]);
  expect(epochs.size).toBeGreaterThanOrEqual(total / 8);
});
