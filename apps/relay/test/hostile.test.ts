import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS, PROTOCOL_VERSION } from '@sealcam/protocol';
import type { Relay } from '../src/index.ts';
import { House, Lab, nextId, sealedUnit, type Peer } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

/** The relay still serves a new member after whatever was done to it. */
async function stillServes(house: House): Promise<void> {
  const viewer = await house.viewer();
  expect(await viewer.ask({ t: 'roster.get', id: nextId(), from: 1 })).toMatchObject({ t: 'roster.chain' });
  viewer.socket.terminate();
}

async function readyHouse(relay: Relay): Promise<House> {
  const house = await House.build(lab, relay);
  await house.agent();
  return house;
}

const CODES = [1002, 1003, 1007, 1009, 4400, 4401, 4429];

/** Text that looks like a message, to a certain degree. */
const almostMessage = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        t: fc.constantFrom(
          'auth',
          'subscribe',
          'live',
          'receipt',
          'report',
          'roster.put',
          'hpke.put',
          'command',
          'ticket.get',
          'ledger.get',
          'bulletin',
          'announce',
          'open',
          'join',
          'post',
        ),
        id: fc.oneof(fc.nat(), fc.double(), fc.string()),
        cameraId: fc.oneof(fc.constant('a'.repeat(32)), fc.string()),
        streamId: fc.oneof(fc.nat(6), fc.string()),
        sig: fc.base64String(),
        nonce: fc.constantFrom('', 'AAAA', 'A'.repeat(22), '*'),
        roster: fc.base64String(),
        mailboxId: fc.constantFrom('b'.repeat(32), 'x'),
        body: fc.base64String(),
      },
      { requiredKeys: ['t'] },
    )
    .map((message) => JSON.stringify(message)),
);

describe('every socket', () => {
  it.each(['/ws/viewer', '/ws/agent', '/ws/pair'])(
    '%s survives strangers who send anything, and closes with a code',
    async (path) => {
      const house = await House.build(lab, await lab.relay());
      await house.agent();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(almostMessage, fc.uint8Array({ maxLength: 200 })), { minLength: 1, maxLength: 5 }),
          async (messages) => {
            const peer = house.peer(path);
            if (path === '/ws/pair') await new Promise((resolve) => peer.socket.once('open', resolve));
            else await peer.take('challenge');
            for (const message of messages) peer.socket.send(message);
            peer.unit(new Uint8Array([9, 9, 9]));
            expect(CODES).toContain(await peer.closeCode());
            expect(peer.texts.at(-1)).toMatchObject({ t: 'error' });
          },
        ),
        { numRuns: 25 },
      );
      await stillServes(house);
    },
  );

  it('survives members and agents who send anything', async () => {
    const house = await House.build(lab, await lab.relay());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('agent' as const, 'viewer' as const),
        fc.array(almostMessage, { minLength: 1, maxLength: 4 }),
        async (who, messages) => {
          if (who === 'viewer') await house.agent();
          const peer: Peer = who === 'agent' ? await house.agent() : await house.viewer();
          for (const message of messages) peer.socket.send(message);
          peer.socket.send('{');
          expect(CODES).toContain(await peer.closeCode());
        },
      ),
      { numRuns: 20 },
    );
    await house.agent();
    await stillServes(house);
  });

  it('drops what an agent sends as units without being one, and closes for what is no envelope', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const good = house.envelope(camera, 0, sealedUnit(house.kid(camera), 1, 1));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(7), async (at, bit) => {
        const bad = Uint8Array.from(good);
        bad[at] = (bad[at] ?? 0) ^ (1 << bit);
        // Kind, stream and the top of the epoch have no such value: those are no envelopes, and end the socket as below.
        const isEnvelope = at !== 0 && (at < 33 || at > 36);
        if (isEnvelope) agent.unit(bad);
        await agent.settled();
        expect(agent.closed).toBeUndefined();
      }),
      { numRuns: 60 },
    );
    agent.unit(good.subarray(0, 20));
    expect(await agent.closeCode()).toBe(4400);
  });

  it('reads no more of a stranger than 256 KB', async () => {
    const house = await House.build(lab, await lab.relay());
    for (const path of ['/ws/viewer', '/ws/agent', '/ws/pair']) {
      const peer = house.peer(path);
      await new Promise((resolve) => peer.socket.once('open', resolve));
      peer.socket.send(`{"t":"auth","sig":"${'A'.repeat(LIMITS.firstMessageBytes + 10_000)}"}`);
      expect([1009, 4400]).toContain(await peer.closeCode());
    }
  });

  it('ends one that sends more messages than anyone needs', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    const viewer = await house.viewer();
    for (let index = 0; index < 4 * LIMITS.messageBurst + 200; index += 1)
      viewer.send({ t: 'roster.get', id: index, from: 99 });
    // One that goes on sending may meet the reset before it has read why.
    expect([1006, 4429]).toContain(await viewer.closeCode());
    const metrics = await (await fetch(`${house.relay.url}/metrics`)).text();
    expect(metrics).toMatch(/code="protocol\.too-many"\} 1\b/);
  });

  it('ends one that does not say who it is, and one that has gone silent', async () => {
    const clock = new ManualClock();
    const house = await House.build(lab, await lab.relay({ clock }));
    await house.agent();
    const mute = house.peer('/ws/viewer');
    await mute.take('challenge');
    const viewer = await house.viewer();
    viewer.socket.pause();
    clock.advance(LIMITS.authTimeoutMs);
    expect(await mute.closeCode()).toBe(4401);
    expect(mute.texts.at(-1)).toMatchObject({ code: 'auth.timeout' });
    clock.advance(LIMITS.pingTimeoutMs + LIMITS.pingEveryMs);
    viewer.socket.resume();
    expect([1006, 4408]).toContain(await viewer.closeCode());
  });

  it('ends one that waits at the pairing desk for nothing, whatever it asks meanwhile', async () => {
    const clock = new ManualClock();
    const house = await House.build(lab, await lab.relay({ clock }));
    const idle = house.peer('/ws/pair');
    await new Promise((resolve) => idle.socket.once('open', resolve));
    for (let turns = 0; turns * LIMITS.pingEveryMs < LIMITS.pairingFirstMs - LIMITS.pingEveryMs; turns += 1) {
      clock.advance(LIMITS.pingEveryMs);
      // Its answer comes behind its pong: it is not silent, and still here.
      idle.send({ t: 'join', id: turns, version: PROTOCOL_VERSION, number: '0000' });
      expect(await idle.take('error')).toMatchObject({ re: turns });
    }
    clock.advance(LIMITS.pingEveryMs);
    expect(await idle.closeCode()).toBe(4401);
  });
});

/** One raw request, as no well-meaning client would send it; the answer's head. */
function raw(relay: Relay, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(relay.port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

function upgrade(path: string, headers: readonly string[]): string {
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13';
  return `GET ${path} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
}

describe('upgrades', () => {
  it.each([
    ['another path', '/ws/viewer/x.css', ['Host: 127.0.0.1'], 404],
    ['an encoded path', '/ws%2Fviewer', ['Host: 127.0.0.1'], 404],
    ['a query', '/ws/viewer?x', ['Host: 127.0.0.1'], 404],
    ['a host that is none', '/ws/viewer', ['Host: a b'], 400],
    ["a name that is not this relay's", '/ws/viewer', ['Host: relay.example'], 421],
    ["another site's page", '/ws/viewer', ['Host: 127.0.0.1', 'Origin: https://evil.example'], 403],
    ['a page of nowhere', '/ws/agent', ['Host: 127.0.0.1', 'Origin: null'], 403],
    ['the host on another port', '/ws/pair', ['Host: 127.0.0.1:8420', 'Origin: http://127.0.0.1'], 403],
  ])('are refused for %s', async (_name, path, headers, status) => {
    const answer = await raw(await lab.relay(), upgrade(path, headers));
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    if (!answer.includes('400 Bad Request\r\nConnection: close\r\n\r\n'))
      expect(answer.toLowerCase()).toContain('cache-control: private, no-store');
  });

  it.each(['1.2.3.4.5', '[:::::]'])(
    'are refused, and nothing else happens, where a page names a host that is none: %s',
    async (host) => {
      const relay = await lab.relay();
      expect(await raw(relay, upgrade('/ws/viewer', [`Host: ${host}`, 'Origin: http://relay.example']))).toContain(
        'HTTP/1.1 421',
      );
      await stillServes(await readyHouse(relay));
    },
  );

  it('that are refused leave no socket behind, even one that never hangs up', async () => {
    const relay = await lab.relay();
    const socket = connect({ port: relay.port, host: '127.0.0.1', allowHalfOpen: true });
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(upgrade('/ws/nowhere', ['Host: 127.0.0.1']));
    await new Promise((resolve) => socket.once('end', resolve));
    // Its side stays open: what it sends now meets a socket that is gone.
    const poke = setInterval(() => socket.write('x'), 20);
    await gone;
    clearInterval(poke);
  });

  it('are taken from the page of this very host', async () => {
    const relay = await lab.relay();
    const house = await House.build(lab, relay);
    const peer = house.peer('/ws/viewer', { origin: relay.url });
    await peer.take('challenge');
  });
});
