/** An agent at a relay of another version: it says which side to update, waits, and shows its home to nobody meanwhile. */
import { startAgent } from '@sealcam/agent';
import { PROTOCOL_VERSION } from '@sealcam/protocol';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { startHouse, startWorld } from '../harness/world.ts';
import { ScriptedRelay } from './scripted-relay.ts';

it.each([
  ['an older relay', PROTOCOL_VERSION - 1, 'protocol.relay-old'],
  ['a newer relay', PROTOCOL_VERSION + 1, 'protocol.agent-old'],
])(
  '%s: the agent of a home signs nothing there, dials no second time at once, and its status says why',
  async (_, speaks, code) => {
    const world = kept(await startWorld());
    const house = kept(await startHouse(world, 'Home'));
    await house.agent.close();
    house.client.close();
    const relay = kept(await ScriptedRelay.start());
    relay.speaks = [speaks];
    const agent = kept(
      await startAgent({
        ...{ dataDir: join(house.folder, 'agent'), relayUrl: relay.url, demo: true, pagesUrl: 'http://x' },
        logger: pino({ level: 'silent' }),
      }),
    );
    await new Promise<void>((told) => {
      agent.state.subscribe((state) => {
        if (state.at === 'offline' && state.problem !== undefined) told();
      });
    });
    expect(agent.status()).toMatchObject({ at: 'offline', problem: code });
    // Without the wait for versions it would have dialed again within 300 ms, and again.
    await new Promise((later) => setTimeout(later, 2_000));
    expect(relay.connections).toBe(1);
    expect(relay.said).toEqual([]);
  },
);
