/** Floods from outside and from one home: members and newcomers come in all the same, and nobody is locked out for another's sake. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { mailboxId } from '@sealcam/protocol';
import { RELAY_LIMITS } from '@sealcam/relay';
import { House, kidOf, Lab, sealedUnit } from '../../apps/relay/test/house.ts';
import { Child } from '../harness/child.ts';
import { kept, onEnd } from '../harness/cleanup.ts';
import { pairDisplay } from '../harness/household.ts';
import { PairSocket } from '../harness/pair-socket.ts';
import { FULL, times } from '../harness/size.ts';
import { startHouse, startWorld, type World } from '../harness/world.ts';

const FLOODER = new URL('./flooder.ts', import.meta.url);

/** A process that floods this relay, with everything open that it wants open. */
async function flooded(world: World, sockets: number, addresses: number): Promise<void> {
  const flooder = new Child(FLOODER, [String(world.relay.port), String(sockets), String(addresses)]);
  onEnd(() => flooder.end());
  await flooder.seen(/^up$/mu);
  await flooder.seen(/guesses (?:[3-9]\d|\d{3,})/u);
}

function lab(): Lab {
  const made = new Lab();
  onEnd(() => made.end());
  return made;
}

/** What one attempt took; a failed one counts as none that came in. */
async function timed(attempt: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await attempt();
  return performance.now() - fromMs;
}

function report(what: string, took: readonly number[]): void {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  const soon = took.filter((ms) => ms <= 1_000).length;
  if (FULL)
    process.stdout.write(
      `${what}: ${soon} of ${took.length} within 1 s, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms\n`,
    );
}

describe('silent sockets, wrong numbers and one home that floods, together', () => {
  test.each([
    ['8 addresses', 8],
    ['400 addresses', 400],
  ])(
    'keep out no member, no agent and no pairing: from %s',
    async (_name, addresses) => {
      // The small size has the same shares: as many sockets as there are places.
      const strangers = times(512, RELAY_LIMITS.strangers);
      const world = kept(await startWorld({ limits: { strangers, strangersPerNetwork: strangers / 8 } }));
      const home = kept(await startHouse(world, 'Linden Street'));
      const bench = lab();
      const [member, flooding] = [await House.build(bench, world.relay), await House.build(bench, world.relay)];
      await member.agent();
      await flooded(world, strangers, addresses);
      const { agent } = await flooding.ready();
      agent.socket.setMaxListeners(0);
      const bulletins = setInterval(() => void flooding.bulletin(agent).catch(() => undefined), 20);
      onEnd(() => clearInterval(bulletins));

      const members: number[] = [];
      for (let n = 0; n < times(20, 100); n += 1) {
        members.push(
          await timed(async () => {
            const viewer = await member.viewer();
            viewer.socket.terminate();
          }),
        );
      }
      report(`member connects, ${addresses} addresses`, members);
      const agents: number[] = [];
      for (let n = 0; n < times(5, 20); n += 1) agents.push(await timed(() => member.agent()));
      report(`agent connects, ${addresses} addresses`, agents);
      const pairings: number[] = [];
      for (let n = 0; n < times(3, 20); n += 1) {
        pairings.push(
          await timed(() => pairDisplay(world.relayUrl, home.admin, home.client, 'all', { name: `Tablet ${n}` })),
        );
      }
      report(`pairing by QR, ${addresses} addresses`, pairings);
      expect([members.length, agents.length, pairings.length]).toEqual([times(20, 100), times(5, 20), times(3, 20)]);
    },
    times(90_000, 600_000),
  );
});

test('a flood of new key ids by one agent costs the ledger no more than its allowance', async () => {
  const world = kept(await startWorld());
  const house = await House.build(lab(), world.relay);
  const { agent, camera } = await house.ready();
  const before = (await world.relay.ledgerAt()).head.seq;
  agent.socket.setMaxListeners(0);
  for (let n = 0; n < 1_000; n += 1) {
    await Promise.race([house.bulletin(agent, Date.now() + n), new Promise((resolve) => setImmediate(resolve))]);
    for (const stream of [0, 1, 2] as const)
      agent.unit(house.envelope(camera, stream, sealedUnit(kidOf(`${n} ${stream}`), 1, 1)));
  }
  // Either all of it was worked off, or it waits for itself until it looks silent.
  await Promise.race([agent.settled(), agent.closeCode()]);
  expect((await world.relay.ledgerAt()).head.seq - before).toBeLessThan(400);
});

describe('a socket that says nothing', () => {
  test.each([
    ['before its request', ''],
    ['in the middle of its headers', 'GET /app HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
    ['after its answer', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ])('%s gives its place up to the next', async (_name, sent) => {
    const world = kept(await startWorld({ limits: { strangers: 8, strangersPerNetwork: 8 } }));
    const gone = Array.from({ length: 30 }, () => {
      const socket = connect({ host: '127.0.0.1', port: world.relay.port });
      onEnd(() => socket.destroy());
      socket.on('error', () => undefined).on('connect', () => void socket.write(sent));
      socket.resume();
      return new Promise<void>((resolve) => socket.once('close', () => resolve()));
    });
    await Promise.race(gone);
    // For a newer one, and not because its own time was over.
    expect(await (await fetch(`${world.relay.url}/metrics`)).text()).toMatch(/strangers_put_out_total [1-9]/u);
    const house = await House.build(lab(), world.relay);
    await house.agent();
    await house.viewer();
  });
});

describe('wrong meeting numbers', () => {
  test('lock neither a QR code nor, for long, a right number at the same address', async () => {
    const world = kept(await startWorld());
    const guesser = kept(await PairSocket.open(world.relayUrl));
    for (let n = 0; n < 20; n += 1)
      await expect(guesser.join({ number: '0000' })).rejects.toMatchObject({ code: 'pair.unknown' });
    await expect(guesser.join({ number: '0000' })).rejects.toMatchObject({ code: 'pair.too-many' });
    const shows = kept(await PairSocket.open(world.relayUrl));
    const box = mailboxId(randomBytes(16).toString('hex'));
    await shows.openMailbox(box, false);
    expect(await kept(await PairSocket.open(world.relayUrl)).join({ mailboxId: box })).toBe(box);
  });

  test('take no place of whoever waits in a mailbox: a flood of sockets does not end it', async () => {
    const world = kept(await startWorld({ limits: { strangers: 16, strangersPerNetwork: 16 } }));
    const shows = kept(await PairSocket.open(world.relayUrl));
    const box = mailboxId(randomBytes(16).toString('hex'));
    await shows.openMailbox(box, false);
    for (let n = 0; n < 64; n += 1) kept(await PairSocket.open(world.relayUrl));
    expect(await kept(await PairSocket.open(world.relayUrl)).join({ mailboxId: box })).toBe(box);
  });
});
