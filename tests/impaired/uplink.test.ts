/** An agent behind a very poor uplink: pictures come late and say so, silence is said, and it is back by itself when the line is. */
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { impairTcp } from '../harness/impairment/index.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';
import { watchHonestly } from './honest.ts';

it('says how old pictures are over a bad uplink, that there are none over a silent one, and recovers', async () => {
  const world = kept(await startWorld());
  const uplink = kept(await impairTcp({ to: world.relay.port, seed: 2020 }));
  const house = kept(
    await startHouse({ relayUrl: `ws://127.0.0.1:${uplink.port}` }, 'Home', { viewersAt: world.relayUrl }),
  );
  const { eye, lies, seen } = await watchHonestly(house.client);
  await eye.live();

  await uplink.change({ up: { delayMs: 400, jitterMs: 300, loss: 0.03, burst: 4, bytesPerSecond: 600_000 } });
  await eye.more(60);
  expect(uplink.counters.up.lost).toBeGreaterThan(0);

  // Open and silent: the relay cannot know at once, the screen must.
  await uplink.change({ up: { stall: true } });
  await until(eye.watch.picture, ({ state }) => state !== 'live');
  await until(eye.watch.picture, ({ state }) => ['gone', 'asleep', 'offline'].includes(state), 60_000);

  await uplink.change({ up: { stall: false, delayMs: 20, jitterMs: 0, loss: 0, bytesPerSecond: 0 } });
  await eye.live(60_000);
  // And after a reset in the middle of things.
  expect(uplink.reset()).toBeGreaterThan(0);
  await until(house.client.agent, (agent) => agent?.online === false);
  await until(house.client.agent, (agent) => agent?.online === true);
  await eye.more(10);
  await eye.live();
  expect(lies).toEqual([]);
  expect(seen).not.toContain('refused');
}, 150_000);
