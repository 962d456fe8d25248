/**
 * Everybody at once against every socket of a running relay, while an honest household watches its camera: the relay lives, its memory
 * is bounded, it answers and closes with what docs/protocol.md says, and the picture never stops.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { generateDeviceKeys } from '@sealcam/home';
import { encodeEnvelope, epoch, PROTOCOL_VERSION, type CameraId, type HomeId } from '@sealcam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { change } from '../harness/household.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { Child } from '../harness/child.ts';
import { startHouse, temporaryFolder, type House } from '../harness/world.ts';
import { rm } from 'node:fs/promises';
import { encodeFrame, RawClient, someFrames } from './frames.ts';
import { patience, Random, SEED, share } from './fuzz.ts';
import { mutantText } from './mutate.ts';
import { Member, newOutsider, type Outsider } from './outsider.ts';

const PATHS = ['/ws/viewer', '/ws/agent', '/ws/pair'];
const HOSTS = ['127.0.0.1', 'a:99999', '1.2.3.4.5', '[:::]', '-', '', 'a b', 'x'.repeat(300), '[::1]:80'];
const ORIGINS = ['http://127.0.0.1', 'http://[::1', 'null', 'file://', 'http://a:99999', 'http://x', 'a'.repeat(5000)];
/** docs/protocol.md, and 1002, 1003, 1007, 1008, 1009 of RFC 6455 for what is no WebSocket. 1000 and 1005 answer a close of the peer. */
const CLOSES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 4400, 4401, 4403, 4408, 4409, 4429];
const ERROR_CODES =
  /^(codec\.malformed|protocol\.(version|unexpected|too-large|too-many)|auth\.(timeout|refused)|home\.(unknown|offline|invitation|erased)|device\.(unknown|role|removed|expired)|camera\.(unknown|not-granted|private)|stream\.unknown|roster\.(invalid|stale|forked|rollback)|bulletin\.(invalid|behind)|pair\.(unknown|used|expired|left|too-many)|quota\.(rate|day)|command\.replayed|lease\.expired)$/;
const HELD_BYTES = 64 * 2 ** 20;
const PEAK_BYTES = 1024 * 2 ** 20;

let folder: string;
let relay: Child;
let port: number;
let house: House;
let eye: Eye;
let camera: CameraId;
let outsider: Outsider;
const lost: string[] = [];
let heldBefore = 0;

beforeAll(async () => {
  folder = await temporaryFolder('fuzz-relay');
  // Standard input stays open: the relay answers on it, and ends when it ends.
  relay = new Child(new URL('./relay-process.ts', import.meta.url), [folder]);
  port = Number((await relay.seen(/^port (\d+)$/mu))[1]);
  house = await startHouse({ relayUrl: `ws://127.0.0.1:${port}` }, 'Linden Street');
  camera = await firstCamera(house.client);
  eye = new Eye(house.client, camera);
  await eye.live();
  outsider = await newOutsider();
  house.client.connection.subscribe((state) => {
    if (state.state !== 'online') lost.push(JSON.stringify(state));
  });
  heldBefore = (await memory()).held;
}, 120_000);

afterAll(async () => {
  await house.close();
  await relay.end();
  await rm(folder, { recursive: true, force: true });
});

async function memory(): Promise<{ readonly held: number; readonly peak: number }> {
  const from = relay.out.length;
  relay.process.stdin?.write('memory\n');
  const [, held, peak] = await relay.seen(new RegExp(`^[\\s\\S]{${from}}[\\s\\S]*?held (\\d+) peak (\\d+)\\n`, 'u'));
  return { held: Number(held), peak: Number(peak) };
}

/** One kind of attack, again and again for its time; and after it, everything is as it was. */
async function under(
  name: string,
  part: number,
  attack: (random: Random, round: number) => Promise<void>,
): Promise<number> {
  const end = performance.now() + share(part);
  const before = eye.units.length;
  let rounds = 0;
  while (performance.now() < end || rounds < 1) {
    await attack(new Random(SEED, name, rounds), rounds);
    rounds += 1;
  }
  const during = eye.units.length - before;
  expect(relay.process.exitCode, `the relay ended (seed ${SEED})`).toBeNull();
  await eye.more(5);
  expect(lost, `the household lost its connection (seed ${SEED})`).toEqual([]);
  expect(house.client.alarms.get()).toEqual([]);
  expect(eye.states.filter(({ state }) => state === 'refused' || state === 'not-sealed')).toEqual([]);
  // The demo has 12 pictures a second and more: under attack a loaded machine may give fewer, never none.
  expect(during).toBeGreaterThan(0);
  const { held, peak } = await memory();
  expect(held - heldBefore, `held after ${rounds} rounds (seed ${SEED})`).toBeLessThan(HELD_BYTES);
  expect(peak).toBeLessThan(PEAK_BYTES);
  return rounds;
}

/** Texts that are nearly right, for any of the paths. */
function sentences(random: Random): string {
  const id = '0123456789abcdef0123456789abcdef';
  const { homeId } = house.admin;
  const samples = [
    { t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId: house.admin.keys.deviceId, sig: 'A'.repeat(86) },
    { t: 'auth', version: 9, homeId, deviceId: id, sig: 'A'.repeat(86), genesis: 'AAAA', invitation: 'x' },
    { t: 'subscribe', id: 1, cameraId: camera, streamId: 0 },
    { t: 'unsubscribe', id: 1, cameraId: camera, streamId: 4 },
    { t: 'roster.get', id: 1, from: 0 },
    { t: 'roster.put', id: 1, roster: 'A'.repeat(300) },
    { t: 'hpke.put', id: 1, key: 'AAAA' },
    { t: 'hpke.get', id: 1 },
    { t: 'live', nonce: 'A'.repeat(22) },
    { t: 'receipt', receipt: 'AAAA' },
    { t: 'report', report: 'AAAA' },
    { t: 'ticket.get', id: 1, count: 1 },
    { t: 'command', id: 1, sealed: 'A'.repeat(200) },
    { t: 'ledger.get', id: 1, fromMs: 0, toMs: 9e15, limit: 500 },
    { t: 'announce', cameras: [{ cameraId: camera, streams: [0, 1, 2, 3, 4], private: true }] },
    {
      t: 'bulletin',
      manifest: 'A'.repeat(400),
      keys: 'AAA',
      wraps: [{ deviceId: house.admin.keys.deviceId, wrap: 'AAAA' }],
    },
    { t: 'live.answer', deviceId: house.admin.keys.deviceId, answer: 'A'.repeat(400) },
    { t: 'tickets', deviceId: house.admin.keys.deviceId, id: 1, tickets: ['A'.repeat(22)] },
    { t: 'reply', deviceId: house.admin.keys.deviceId, sealed: 'AAAA' },
    { t: 'joined', joinId: random.below(1000) },
    { t: 'home.end', id: 1, sig: 'A'.repeat(86) },
    { t: 'open', id: 1, version: PROTOCOL_VERSION, mailboxId: randomBytes(16).toString('hex'), digits: true },
    { t: 'join', id: 1, version: PROTOCOL_VERSION, number: String(random.below(10_000)).padStart(4, '0') },
    { t: 'post', body: 'AAAA' },
  ].map((message) => JSON.stringify(message));
  return random.chance(3) ? random.pick(samples) : mutantText(samples, random, ['{', '[', '"', ',', '"id":1', 'null']);
}

/** What the relay said, and how it closed, is in its documents. */
function expectDocumented(code: number | undefined, texts: readonly string[], what: string): void {
  if (code !== undefined) expect(CLOSES, what).toContain(code);
  for (const text of texts) {
    const message = JSON.parse(text) as { t: string; code?: string };
    if (message.t === 'error') expect(message.code, what).toMatch(ERROR_CODES);
  }
}

describe('while a household watches its camera, the relay lives through', () => {
  it('strangers with frames of any kind', { timeout: patience(share(0.06)) }, async () => {
    let closed = 0;
    await under('strangers', 0.06, async (random, round) => {
      const clients = Array.from({ length: 30 }, (_, i) => new RawClient(port, `127.0.1.${1 + ((round + i) % 200)}`));
      for (const client of clients) {
        client.upgrade(random.pick(PATHS));
        for (let left = random.below(6); left > 0; left -= 1)
          client.write(someFrames(Buffer.from(sentences(random)), random));
        if (random.chance(4)) client.socket.end();
      }
      const ends = await Promise.all(clients.map((client) => client.end(300 + random.below(300))));
      closed += ends.filter(Boolean).length;
      for (const client of clients) expectDocumented(client.closeCode, [], 'strangers');
    });
    expect(closed).toBeGreaterThan(0);
  });

  it('HTTP of any kind, and paths that look like something', { timeout: patience(share(0.05)) }, async () => {
    const samples = [
      'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      'POST /app HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nabcde',
      'GET /ws/viewer HTTP/1.1\r\nHost: 1.2.3.4.5\r\nOrigin: http://x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      'GET http://127.0.0.1/metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
    ];
    const paths = [
      '/../../etc/passwd',
      '/%2e%2e/relay/sealcam.db',
      '//healthz',
      '/healthz/',
      '/ws/viewer/',
      '/ws//viewer',
      '/ws/viewer%00',
      '/WS/VIEWER',
      '/app/..;/metrics',
      '/relay/relay.db',
      '/\\..\\',
      '*',
      'http://evil/ws/viewer',
      '/ws/viewer#x',
      '/?/healthz',
    ];
    await under('http', 0.05, async (random, round) => {
      const clients = Array.from(
        { length: 30 },
        (_, i) => new RawClient(port, `127.0.2.${1 + ((round * 7 + i) % 250)}`),
      );
      for (const client of clients) {
        if (random.chance(3))
          client.upgrade(random.pick([...paths, ...PATHS]), [
            `Host: ${random.pick(HOSTS)}`,
            `Origin: ${random.pick(ORIGINS)}`,
          ]);
        else if (random.chance(3)) client.write(`GET ${random.pick(paths)} HTTP/1.1\r\nHost: x\r\n\r\n`);
        else
          client.write(
            mutantText(samples, random, [
              '\r\n',
              'Host: x\r\n',
              'Content-Length: 99999999\r\n',
              'Transfer-Encoding: chunked\r\n',
              '\0',
              'Expect: 100-continue\r\n',
            ]),
          );
      }
      await Promise.all(clients.map((client) => client.end(250)));
      for (const client of clients) {
        expect([
          undefined,
          100,
          101,
          200,
          302,
          400,
          403,
          404,
          405,
          408,
          411,
          413,
          414,
          415,
          417,
          421,
          426,
          429,
          431,
          501,
        ]).toContain(client.status);
        const body = client.received.toString('latin1');
        expect(body).not.toContain('root:');
        expect(body).not.toContain('SQLite format');
      }
    });
  });

  it('slow ones, half-open ones, and two thousand that only connect', { timeout: patience(share(0.04)) }, async () => {
    await under('slow', 0.04, async (random) => {
      const slow = Array.from({ length: 100 }, (_, i) => new RawClient(port, `127.0.3.${1 + (i % 50)}`));
      const idle = Array.from({ length: 2000 }, (_, i) => new RawClient(port, `127.0.4.${1 + (i % 250)}`));
      const request = 'POST /app HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nxxxxxxxxxxxxxxxxxxxx';
      const halfFrame = encodeFrame({ opcode: 1, payload: new Uint8Array(10), length: 200_000 });
      for (const client of slow.slice(0, 40)) client.upgrade(random.pick(PATHS));
      for (let at = 0; at < 20; at += 1) {
        for (const [i, client] of slow.entries())
          client.write(i < 40 ? halfFrame.subarray(at, at + 1) : request.slice(3 * at, 3 * at + 3));
        await pause(20);
      }
      await eye.more(2);
      for (const client of [...slow, ...idle]) client.socket.destroy();
      await Promise.all([...slow, ...idle].map(async ({ closed }) => await closed));
    });
  });

  it('mailboxes opened, guessed and filled by the thousand', { timeout: patience(share(0.04)) }, async () => {
    await under('mailboxes', 0.04, async (random, round) => {
      const address = (i: number): string => `127.0.${10 + (round % 50)}.${1 + (i % 200)}`;
      const clients = Array.from({ length: 150 }, (_, i) => new RawClient(port, address(i)));
      const say = (client: RawClient, message: object): void =>
        client.write(encodeFrame({ opcode: 1, payload: Buffer.from(JSON.stringify(message)) }));
      for (const [i, client] of clients.entries()) {
        client.upgrade('/ws/pair');
        const box = randomBytes(16).toString('hex');
        if (i % 3 === 0) {
          say(client, { t: 'open', id: 1, version: PROTOCOL_VERSION, mailboxId: box, digits: true });
          for (let n = 0; n < 20; n += 1) say(client, { t: 'post', body: 'A'.repeat(random.pick([10, 30_000])) });
          // Held mail for somebody who never comes.
          client.socket.pause();
        } else {
          for (let n = 0; n < 30; n += 1)
            say(client, {
              t: 'join',
              id: n,
              version: PROTOCOL_VERSION,
              number: String(random.below(10_000)).padStart(4, '0'),
            });
        }
      }
      await pause(200);
      for (const client of clients) {
        client.socket.resume();
        client.socket.end();
      }
      await Promise.all(clients.map((client) => client.end(1000)));
      for (const client of clients) expectDocumented(client.closeCode, [], 'mailboxes');
    });
  });

  it('members and agents of another home', { timeout: patience(share(0.08)) }, async () => {
    const { homeId: theirs } = house.admin;
    let foreign = 0;
    await under('outsider', 0.08, async (random, round) => {
      const isAgent = random.chance(2);
      const address = `127.0.5.${1 + (round % 250)}`;
      // The home is new with its agent's first connection.
      if (round === 0)
        (await Member.dial(port, '/ws/agent', { ...outsider, keys: outsider.agent }, address)).socket.terminate();
      const who = { homeId: outsider.homeId, keys: isAgent ? outsider.agent : outsider.admin };
      const member = await Member.dial(port, isAgent ? '/ws/agent' : '/ws/viewer', who, address);
      const before = member.units;
      for (let left = 1 + random.below(40); left > 0; left -= 1) {
        if (isAgent && random.chance(2)) member.send(unitFor(random, random.chance(2) ? theirs : outsider.homeId));
        else member.send(sentences(random));
      }
      if (random.chance(3)) rawOf(member).write(someFrames(Buffer.from(sentences(random)), random));
      member.socket.close();
      setTimeout(() => member.socket.terminate(), 500).unref();
      expectDocumented(await member.ended, member.texts, isAgent ? 'an agent' : 'a viewer');
      foreign += member.units - before;
    });
    expect(foreign).toBe(0);
  });

  it('a display of the same home that may see nothing', { timeout: patience(share(0.05)) }, async () => {
    const keys = await generateDeviceKeys();
    const add = { do: 'addDevice', sigPub: keys.sigPub, role: 'viewer', grants: [] } as const;
    await house.client.rekeyed(await change(house.admin, house.client, [add]));
    let seen = 0;
    await under('member', 0.05, async (random, round) => {
      const who = { homeId: house.admin.homeId, keys };
      const member = await Member.dial(port, '/ws/viewer', who, `127.0.6.${1 + (round % 250)}`);
      for (const streamId of [0, 1, 2, 3, 4]) member.send({ t: 'subscribe', id: streamId, cameraId: camera, streamId });
      for (let left = 1 + random.below(40); left > 0; left -= 1) member.send(sentences(random));
      member.socket.close();
      setTimeout(() => member.socket.terminate(), 500).unref();
      expectDocumented(await member.ended, member.texts, 'a member');
      seen += member.units;
    });
    expect(seen).toBe(0);
  });
});

function unitFor(random: Random, home: HomeId): Uint8Array {
  const sealed = random.bytes(random.pick([0, 20, 60, 2000]));
  const message = encodeEnvelope({
    homeId: home,
    cameraId: camera,
    streamId: random.pick([0, 1, 2, 3, 4]),
    epoch: epoch(Date.now()),
    joinId: random.chance(3) ? random.below(100) : undefined,
    sealed,
  });
  if (random.chance(4)) message[random.below(44)] = random.below(256);
  return message;
}

function rawOf(member: Member): { write(bytes: Uint8Array): void } {
  return (member.socket as unknown as { readonly _socket: { write(bytes: Uint8Array): void } })._socket;
}
