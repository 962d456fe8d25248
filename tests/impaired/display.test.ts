/** A display behind a very poor line (issue: burst loss, 2 s round trips, half-open, truncated): its states stay honest, it recovers. */
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { impairTcp, type Impaired } from '../harness/impairment/index.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House } from '../harness/world.ts';
import { watchHonestly } from './honest.ts';

async function behindALine(): Promise<{ readonly line: Impaired; readonly house: House }> {
  const world = kept(await startWorld());
  const line = kept(await impairTcp({ to: world.relay.port, seed: 1044 }));
  const viewersAt = `ws://127.0.0.1:${line.port}`;
  return { line, house: kept(await startHouse(world, 'Home', { viewersAt })) };
}

it('over burst loss and two seconds of round trip a picture is never called newer than it is', async () => {
  const { line, house } = await behindALine();
  const { eye, lies, seen } = await watchHonestly(house.client);
  await eye.live();
  await line.change({ both: { delayMs: 1000, loss: 0.05, burst: 6 } });
  await eye.more(80, 60_000);
  while (line.counters.down.lost === 0) await eye.more(10, 60_000);
  await line.change({ both: { delayMs: 0, loss: 0 } });
  await eye.live(60_000);
  expect(lies).toEqual([]);
  expect(seen).not.toContain('refused');
}, 150_000);

it('over a half-open line it stops saying live, says that it has no connection, and is back when the line is', async () => {
  const { line, house } = await behindALine();
  const { eye, lies } = await watchHonestly(house.client);
  await eye.live();
  await line.change({ both: { stall: true } });
  await until(eye.watch.picture, ({ state }) => state !== 'live');
  await until(eye.watch.picture, ({ state }) => state === 'offline', 60_000);
  const before = eye.units.length;
  await line.change({ both: { stall: false } });
  await eye.live(60_000);
  expect(eye.units.length).toBeGreaterThan(before);
  expect(lies).toEqual([]);
}, 150_000);

it('replies cut short, resets and refusals cost time and nothing else', async () => {
  const { line, house } = await behindALine();
  const { eye, lies, seen } = await watchHonestly(house.client);
  await eye.live();
  for (const change of [
    { down: { truncateAfter: 30_000 } },
    { down: { truncateAfter: Infinity, resetAfter: 47_111 } },
    { down: { resetAfter: Infinity }, refuse: true },
  ]) {
    await line.change(change);
    line.reset();
    await until(house.client.connection, ({ state }) => state === 'offline');
  }
  await line.change({ refuse: false });
  await until(house.client.connection, ({ state }) => state === 'online', 60_000);
  await eye.more(10);
  await eye.live();
  expect(lies).toEqual([]);
  expect(seen).not.toContain('refused');
  expect(house.client.alarms.get()).toEqual([]);
}, 150_000);
