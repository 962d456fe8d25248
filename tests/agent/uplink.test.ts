import { join } from 'node:path';
import { startAgent, type Agent } from '@sealcam/agent';
import { decodeEnvelope, parseSealedHeader } from '@sealcam/protocol';
import fc from 'fast-check';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { beforeAll, describe, expect, it } from 'vitest';
import { startHouse, startWorld } from '../harness/world.ts';
import { ScriptedRelay } from './scripted-relay.ts';

let relay: ScriptedRelay;
let agent: Agent;

/** An agent that was claimed at a real relay and has now moved to one that does what a test says. */
beforeAll(async () => {
  const world = await startWorld();
  const house = await startHouse(world, 'Home');
  await house.agent.close();
  house.client.close();
  relay = await ScriptedRelay.start();
  const logger = pino({ level: 'silent' });
  const options = {
    dataDir: join(house.folder, 'agent'),
    relayUrl: relay.url,
    demo: true,
    pagesUrl: 'http://x',
    logger,
  };
  agent = await startAgent(options);
  return async () => {
    await agent.close();
    await relay.close();
    await house.close();
    await world.close();
  };
});

/** The agent's socket is cut; @returns its next one, online */
async function reconnected() {
  const next = relay.nextOnline();
  cut();
  return await next;
}

let cut: () => void = () => undefined;

describe('the uplink', () => {
  it('comes back after every break, cameras first, then the same bulletin, then pictures', async () => {
    const first = await relay.nextOnline();
    const bulletins: unknown[] = [];
    let current = first;
    for (let i = 0; i < 3; i += 1) {
      const order = current.said.map(({ t }) => t);
      expect(order.indexOf('announce')).toBeLessThan(order.indexOf('bulletin'));
      bulletins.push(current.said.find(({ t }) => t === 'bulletin')?.['manifest']);
      expect(current.unitsTooEarly).toBe(0);
      cut = () => current.socket.terminate();
      current = await reconnected();
    }
    expect(new Set(bulletins).size).toBe(1);
    cut = () => current.socket.terminate();
  });

  it('survives any message of its relay: it says so, dials again, and goes on', async () => {
    const camera = agent.status().cameras[0]?.cameraId ?? '';
    const device = 'd'.repeat(32);
    const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value).toString('base64url'));
    const message = fc.oneof(
      fc.record({ t: fc.constant('roster'), roster: bytes }),
      fc.record({ t: fc.constant('hpke'), key: bytes }),
      fc.record({ t: fc.constant('live.ask'), deviceId: fc.constant(device), nonce: bytes }),
      fc.record({ t: fc.constant('command'), deviceId: fc.constant(device), id: fc.nat(), sealed: bytes }),
      fc.record({
        t: fc.constant('watch'),
        cameraId: fc.constantFrom(camera, device),
        streamId: fc.nat(5),
        viewers: fc.nat(),
      }),
      fc.record({
        t: fc.constant('join'),
        cameraId: fc.constantFrom(camera, device),
        streamId: fc.nat(5),
        joinId: fc.nat(),
      }),
      fc.record({ t: fc.constantFrom('ok', 'roster.chain', 'hpke.all', 'welcome', 'challenge'), re: fc.nat(9) }),
      fc.json(),
      fc.string(),
      fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
    );
    let current = await reconnected();
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 30 }), async (messages) => {
        if (current.socket.readyState !== WebSocket.OPEN) current = await relay.nextOnline();
        for (const each of messages) {
          if (current.socket.readyState !== WebSocket.OPEN) break;
          current.socket.send(typeof each === 'string' || Buffer.isBuffer(each) ? each : JSON.stringify(each));
        }
        // Always ends with what no agent takes: it must close and come back, or have done so already.
        const next = relay.nextOnline();
        current.socket.send('{"t":"nonsense"}');
        current = await next;
      }),
      { numRuns: 12 },
    );
    expect(agent.state.value.at).not.toBe('closed');
    cut = () => current.socket.terminate();
  });

  it('answers fifty joins in one tick each: the kept GOP, then joined, then what follows live, nothing missing or double', async () => {
    const current = await reconnected();
    const cameraId = agent.status().cameras[0]?.cameraId ?? '';
    const joins = Array.from({ length: 50 }, (_, at) => at + 1);
    current.socket.send(JSON.stringify({ t: 'watch', cameraId, streamId: 0, viewers: 1 }));
    for (const joinId of joins) current.socket.send(JSON.stringify({ t: 'join', cameraId, streamId: 0, joinId }));
    await heard(current, () => current.said.filter(({ t }) => t === 'joined').length === 50);
    const after = current.units.length;
    await heard(current, () => current.units.length > after + 5);
    const envelopes = current.units.map((unit) => decodeEnvelope(unit)).filter(({ streamId }) => streamId === 0);
    for (const joinId of joins) {
      const chain = envelopes
        .filter((unit) => unit.joinId === joinId)
        .map((unit) => parseSealedHeader(unit.sealed).ctr);
      const lastReplayed = envelopes.findLastIndex((unit) => unit.joinId === joinId);
      const live = envelopes.slice(lastReplayed + 1).filter((unit) => unit.joinId === undefined);
      chain.push(...live.map((unit) => parseSealedHeader(unit.sealed).ctr));
      for (const [at, ctr] of chain.entries()) if (at > 0) expect(ctr).toBe((chain[at - 1] ?? 0) + 1);
    }
    expect(envelopes.filter((unit) => unit.joinId !== undefined).length).toBeGreaterThanOrEqual(50);
    cut = () => current.socket.terminate();
  });

  it('carries no picture that nobody watches: those are sealed and kept, and the next viewer gets them', async () => {
    let current = await reconnected();
    const cameraId = agent.status().cameras[0]?.cameraId ?? '';
    const watch = (viewers: number) =>
      current.socket.send(JSON.stringify({ t: 'watch', cameraId, streamId: 0, viewers }));
    const ofMain = () => current.units.map((unit) => decodeEnvelope(unit)).filter(({ streamId }) => streamId === 0);
    const live = () => ofMain().filter(({ joinId }) => joinId === undefined).length;
    let joinId = 0;
    /** The newest picture of the kept GOP, by a join of its own: what was sent before it has come by then. */
    const newest = async (): Promise<number> => {
      joinId += 1;
      current.socket.send(JSON.stringify({ t: 'join', cameraId, streamId: 0, joinId }));
      await heard(current, () => current.said.some((said) => said['t'] === 'joined' && said['joinId'] === joinId));
      const last = ofMain().findLast((unit) => unit.joinId === joinId);
      return last === undefined ? -1 : parseSealedHeader(last.sealed).ctr;
    };
    /** So many pictures more are made. */
    const made = async (count: number): Promise<void> => {
      const from = await newest();
      while ((await newest()) < from + count);
    };

    await made(10);
    expect(live()).toBe(0);
    watch(2);
    await heard(current, () => live() >= 10);
    watch(1);
    await heard(current, () => live() >= 20);
    watch(0);
    await newest();
    const then = live();
    await made(10);
    expect(live()).toBe(then);

    watch(1);
    await heard(current, () => live() > then);
    cut = () => current.socket.terminate();
    current = await reconnected();
    await made(10);
    expect(live()).toBe(0);
    cut = () => current.socket.terminate();
  });
});

/** Resolves when it is so after some message of the agent. */
async function heard({ socket }: { readonly socket: WebSocket }, isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => socket.once('message', resolve));
}
