/**
 * SEALING.md, threats: fork, rollback. A middle that hands a display, an app or an agent lists of members and bulletins which are not its
 * home's: dropped, counted, told; the picture goes on. And a fork of this home's own admins: shut, and open again by a decision.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buildNextRoster, signRoster } from '@sealcam/home';
import type { HomeClient } from '@sealcam/player/viewer';
import { toBase64Url } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { kept, onEnd } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { change, headOf, pairDisplay, type Device } from '../harness/household.ts';
import { Line } from '../harness/node-ports.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';

/** What a line brought, so that it can be brought again. */
function recording(): { readonly line: Line; readonly bulletins: string[] } {
  const line = new Line();
  const bulletins: string[] = [];
  line.text = (message, pass) => {
    if (message.includes('"t":"bulletin"')) bulletins.push(message);
    pass(message);
  };
  return { line, bulletins };
}

const rosterMessage = (roster: Uint8Array): string => JSON.stringify({ t: 'roster', roster: toBase64Url(roster) });

function broken(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
}

async function strayMessages(world: World): Promise<number> {
  const metrics = await (await fetch(`${world.relay.url}/metrics`)).text();
  return Number(/^sealcam_stray_messages_total (\d+)$/mu.exec(metrics)?.[1] ?? 0);
}

/** Another next list, which this admin's device signed and nobody got: that display sees nothing. */
async function anotherNext(admin: Device, { keys }: Device): Promise<Uint8Array> {
  const { head } = await headOf(admin);
  const without = { do: 'setGrants', deviceId: keys.deviceId, grants: [] } as const;
  return await signRoster(admin.keys, await buildNextRoster(head, admin.keys.deviceId, [without]));
}

async function twoHouses(): Promise<{
  readonly world: World;
  readonly house: House;
  readonly rosters: readonly Uint8Array[];
}> {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const stranger = kept(await startHouse(world, 'Stranger'));
  await until(stranger.client.connection, ({ state }) => state === 'online');
  await change(stranger.admin, stranger.client, []);
  return { world, house, rosters: (await headOf(stranger.admin)).rosters };
}

/** Ten pictures more, live, and nothing said in between. */
async function undisturbed(client: HomeClient, eye: Eye): Promise<void> {
  await eye.more(10);
  expect(eye.watch.picture.get().state).toBe('live');
  expect(client.alarms.get()).toEqual([]);
}

it('lists and bulletins that are not its home’s, or are old, cost a display no picture, and the relay hears of them', async () => {
  const { world, house, rosters } = await twoHouses();
  const display = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const { line, bulletins } = recording();
  const client = kept(await display.open(line));
  const eye = new Eye(client, await firstCamera(client));
  await eye.live();
  const fork = await anotherNext(house.admin, display);
  const version = await change(house.admin, house.client, []);
  await until(client.home, ({ manifest }) => manifest?.rosterVersion === version);
  const own = (await headOf(house.admin)).rosters;
  const [old = ''] = bulletins;
  const manifest = (JSON.parse(bulletins.at(-1) ?? '{}') as { manifest: string }).manifest;
  const damaged = toBase64Url(broken(Uint8Array.from(Buffer.from(manifest, 'base64url'))));
  const strays = [
    ...rosters.map(rosterMessage),
    rosterMessage(broken(fork)),
    ...own.slice(0, -1).map(rosterMessage),
    old,
    JSON.stringify({ t: 'bulletin', manifest: damaged }),
  ];
  const dropped = (): number => Object.values(client.strays.get()).reduce((sum, count) => sum + count, 0);
  for (const [n, stray] of strays.entries()) {
    line.injectText(stray);
    await until(client.strays, () => dropped() === n + 1);
    await undisturbed(client, eye);
  }
  expect(eye.resets).toEqual([]);
  // Five at once are told; the relay's page of figures has them, and no incident follows.
  await expect.poll(() => strayMessages(world)).toBeGreaterThanOrEqual(5);
  expect(await world.relay.incidents.list({ limit: 10 })).toEqual([]);
}, 60_000);

it('a fork that an admin of this home signed shuts the display; the next list that the agent follows opens it, without a reload', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const display = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const line = new Line();
  const client = kept(await display.open(line));
  const eye = new Eye(client, await firstCamera(client));
  await eye.live();
  const fork = await anotherNext(house.admin, display);
  const version = await change(house.admin, house.client, []);
  await until(client.home, ({ manifest }) => manifest?.rosterVersion === version);
  line.injectText(rosterMessage(fork));
  await until(eye.watch.picture, (now) => now.state === 'refused' && now.code === 'roster.forked');
  const shut = eye.units.length;
  await house.client.rekeyed(await change(house.admin, house.client, []));
  await until(client.alarms, (alarms) => alarms.length === 0);
  await eye.live();
  expect(eye.units.length).toBeGreaterThan(shut);
}, 60_000);

it('neither does one stray list end the agent’s line, nor darken what it sends: live, and as the answer when it connects', async () => {
  const world = kept(await startWorld());
  const stranger = kept(await startHouse(world, 'Stranger'));
  const foreign = (await headOf(stranger.admin)).rosters.map((roster) => toBase64Url(roster));
  const middle = await agentMiddle(world, foreign);
  onEnd(() => middle.close());
  const house = kept(await startHouse({ relayUrl: middle.url }, 'Home', { viewersAt: world.relayUrl }));
  const eye = new Eye(house.client, await firstCamera(house.client));
  await eye.live();
  for (const roster of foreign) middle.tell(JSON.stringify({ t: 'roster', roster }));
  await undisturbed(house.client, eye);
  // It connects again, and what the relay answers is another home's.
  middle.lies = true;
  await house.restartAgent();
  await eye.more(10);
  await eye.live();
  expect(middle.lied).toBeGreaterThan(0);
  const version = await change(house.admin, house.client, []);
  await house.client.rekeyed(version);
  await undisturbed(house.client, eye);
}, 90_000);

interface Middle {
  readonly url: string;
  /** Answers the agent's question for the list of members with another home's. */
  lies: boolean;
  readonly lied: number;
  tell(message: string): void;
  close(): void;
}

/** Between an agent and the relay: passes all on, and can say more. */
async function agentMiddle(world: World, foreign: readonly string[]): Promise<Middle> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  let lied = 0;
  let agent: WebSocket | undefined;
  server.on('connection', (near, request) => {
    if (request.url?.endsWith('/agent') === true) agent = near;
    const { host } = request.headers;
    const far = new WebSocket(`${world.relayUrl}${request.url ?? ''}`, { perMessageDeflate: false, headers: { host } });
    const waiting: [Buffer, boolean][] = [];
    near.on('message', (data: Buffer, isBinary) => {
      if (far.readyState === WebSocket.OPEN) far.send(data, { binary: isBinary });
      else waiting.push([data, isBinary]);
    });
    far.on('open', () => {
      for (const [data, binary] of waiting) far.send(data, { binary });
    });
    far.on('message', (data: Buffer, isBinary) => {
      const text = isBinary ? '' : data.toString('utf8');
      if (!middle.lies || !text.includes('"t":"roster.chain"')) return near.send(data, { binary: isBinary });
      lied += 1;
      near.send(JSON.stringify({ ...(JSON.parse(text) as object), rosters: foreign }));
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.close());
    }
  });
  const middle = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lies: false,
    get lied() {
      return lied;
    },
    tell: (message: string) => agent?.send(message),
    close: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
  return middle;
}
