/** Restores from older copies: what goes on, who lets it, and what is said to be missing. Real parts throughout. */
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startRelay } from '@sealcam/relay';
import { expect, it } from 'vitest';
import { freePort } from '../cameras/rig.ts';
import { folderFor, kept, onEnd } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { change, pairDisplay } from '../harness/household.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

const DAY_MS = 86_400_000;
const ahead = (): number => Date.now() + 40 * DAY_MS;

/** A home whose agent ran 40 days ahead while an admin and a display watched, and was then restored from before, with the clock right. */
async function restoredAfterAClockAhead() {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const display = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const screen = kept(await display.open());
  const camera = await firstCamera(house.client);
  const eyes = { admin: new Eye(house.client, camera), display: new Eye(screen, camera) };
  const folder = await folderFor('copy');
  const names = ['home', 'identity', 'secrets.key'];
  await house.restartAgent({ clock: ahead }, async (dataDir) => {
    for (const name of names) await cp(join(dataDir, name), join(folder, name));
  });
  for (const eye of [eyes.admin, eyes.display]) {
    await eye.more(3);
    await eye.live();
  }
  // What it answered then is above what a restored one would say.
  expect(await house.client.command({ do: 'home.rename', name: 'Ahead' })).toEqual({ is: 'ok' });
  await until(screen.home, ({ names }) => names?.homeName === 'Ahead');
  const seen = house.client.home.get().manifest?.epoch ?? 0;
  expect(seen).toBeGreaterThan(Date.now() + 39 * DAY_MS);
  await house.restartAgent({ clock: Date.now }, async (dataDir) => {
    for (const name of names) await cp(join(folder, name), join(dataDir, name));
  });
  for (const { watch } of [eyes.admin, eyes.display])
    await until(watch.picture, (now) => now.state === 'refused' && now.code === 'bulletin.behind', 30_000);
  return { world, house, display, screen, camera, eyes, seen };
}

it('a clock 40 days ahead, then a restore: dark, until an admin lets it go on; then every screen, without a reload', async () => {
  const { house, display, screen, eyes, seen } = await restoredAfterAClockAhead();
  expect(house.agent.status()).toMatchObject({ at: 'offline', problem: 'bulletin.behind' });
  expect(house.client.agentBehind.get()).toBeGreaterThan(0);
  // Not by anybody: a display that asks for it is refused by the relay.
  await expect(screen.letAgentGoOn()).rejects.toMatchObject({ code: 'device.role' });
  expect(eyes.display.watch.picture.get().state).toBe('refused');

  await house.client.letAgentGoOn();
  for (const eye of [eyes.admin, eyes.display]) {
    await eye.more(3);
    await eye.live();
  }
  expect(house.client.agentBehind.get()).toBeUndefined();
  expect(house.agent.status().at).toBe('online');
  const after = house.client.home.get().manifest?.epoch ?? 0;
  expect(after).toBeGreaterThan(seen);
  // The home is a home again: a command is answered, a member can be removed.
  expect(await house.client.command({ do: 'home.rename', name: 'Again' })).toEqual({ is: 'ok' });
  await until(screen.home, ({ names }) => names?.homeName === 'Again');
  const removed = await change(house.admin, house.client, [{ do: 'removeDevice', deviceId: display.keys.deviceId }]);
  await house.client.rekeyed(removed);
  await until(screen.connection, ({ state }) => state === 'offline');

  // It is on the agent's disk: a restart stays above, whatever the clock.
  await house.restartAgent({ clock: Date.now });
  await eyes.admin.more(3);
  await eyes.admin.live();
  expect(house.client.home.get().manifest?.epoch).toBeGreaterThan(after);
}, 120_000);

it('a relay restored from before a suspension: the home’s agent tells it, and it is put back in one step', async () => {
  const folder = await folderFor('relay');
  const old = `${folder}.old`;
  onEnd(() => rm(old, { recursive: true, force: true }));
  const port = await freePort();
  const start = () => startRelay({ host: '127.0.0.1', port, dataDir: folder, open: true });
  let relay = await start();
  onEnd(() => relay.close());
  const reach = { relayUrl: `ws://127.0.0.1:${port}` };
  const house = kept(await startHouse(reach, 'Home'));
  const display = await pairDisplay(reach.relayUrl, house.admin, house.client, 'all');
  const screen = kept(await display.open());
  const eye = new Eye(screen, await firstCamera(house.client));
  await eye.live();
  await relay.close();
  await cp(folder, old, { recursive: true });
  relay = await start();
  for (const client of [house.client, screen]) client.reconnect();
  await eye.more(3);
  await eye.live();
  const target = { width: 'display', homeId: display.homeId, deviceId: display.keys.deviceId } as const;
  const file = join(house.folder, 'agent', 'relay-keepsake');
  const before = await readFile(file, 'utf8');
  const { id } = await relay.suspensions.suspend({
    target,
    cause: 'operator',
    by: 'Ada',
    reason: 'strangers reported',
  });
  await until(eye.watch.picture, ({ state }) => state === 'suspended');
  // The agent has it on its disk, and can read nothing of it.
  await polled(async () => (await readFile(file, 'utf8')) !== before);
  expect(await readFile(file, 'utf8')).not.toContain('Ada');

  // The machine is lost; nothing beside the backup remains but what the homes kept.
  await relay.close();
  await rm(folder, { recursive: true });
  await cp(old, folder, { recursive: true });
  relay = await start();
  for (const client of [house.client, screen]) client.reconnect();
  await polled(async () => (await relay.restores.missing()).losses.length > 0);
  const missing = await relay.restores.missing();
  expect(missing.suspensions).toMatchObject([{ id, target, by: 'Ada', reason: 'strangers reported' }]);
  expect(missing.losses[0]?.untilMs).toBeGreaterThan(missing.losses[0]?.lastMs ?? Infinity);
  expect(await relay.restores.putBack()).toHaveLength(1);
  await until(eye.watch.picture, ({ state }) => state === 'suspended');
  expect((await relay.restores.missing()).suspensions).toEqual([]);
});

/** Until it is so; a guard against a hang, not a figure. */
async function polled(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 400; n += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never was so');
}
