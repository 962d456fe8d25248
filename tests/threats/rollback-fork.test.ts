/** SEALING.md, threats: rollback, fork. Older copies, two truths and slow clocks, with the real relay and the real agent. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildNextRoster, generateDeviceKeys, signRoster } from '@sealcam/home';
import { startRelay } from '@sealcam/relay';
import { expect, it } from 'vitest';
import { freePort } from '../cameras/rig.ts';
import { folderFor, kept, onEnd } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { change, headOf, memberOf, pairDisplay } from '../harness/household.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

/** A relay on a folder that can be ended, copied and put back. */
async function restorableRelay() {
  const folder = await folderFor('relay');
  const port = await freePort();
  const start = (from = folder) => startRelay({ host: '127.0.0.1', port, dataDir: from, open: true });
  let relay = await start();
  onEnd(() => relay.close());
  return {
    reach: { relayUrl: `ws://127.0.0.1:${port}` },
    /** @param work while it is away @param from the folder it comes back on */
    restart: async (work: () => Promise<unknown>, from = folder): Promise<void> => {
      await relay.close();
      await work();
      relay = await start(from);
    },
    folder,
  };
}

it('a relay put back to an older copy: with the agent it is mended, without it nothing older is taken', async () => {
  const { reach, restart, folder } = await restorableRelay();
  const old = `${folder}.old`;
  onEnd(() => rm(old, { recursive: true, force: true }));
  const house = kept(await startHouse(reach, 'Home'));
  const camera = await firstCamera(house.client);
  const eye = new Eye(house.client, camera);
  await eye.live();
  await restart(() => cp(folder, old, { recursive: true }));
  house.client.reconnect();
  await until(house.client.connection, ({ state }) => state === 'online');
  const { sigPub } = await generateDeviceKeys();
  const version = await change(house.admin, house.client, [{ do: 'addDevice', sigPub, role: 'viewer', grants: [] }]);
  const { epoch } = await house.client.rekeyed(version);

  // With the agent: whoever has the longer chain hands it on, and the agent's next bulletin is above all before.
  await restart(async () => {
    await rm(folder, { recursive: true });
    await cp(old, folder, { recursive: true });
  });
  house.client.reconnect();
  await eye.more(5);
  await eye.live();
  expect(house.client.home.get().head.version).toBe(version);
  // At most it says that an older list was offered; no second truth.
  expect(house.client.alarms.get().filter(({ kind }) => kind !== 'rollback')).toEqual([]);

  // Without it: the old bulletin is all that the relay has, and the viewer does not take it.
  await house.agent.close();
  house.client.close();
  await restart(async () => {
    await rm(folder, { recursive: true });
    await cp(old, folder, { recursive: true });
  });
  const again = kept(await house.admin.open());
  await until(again.connection, ({ state }) => state === 'online');
  await until(again.alarms, (alarms) => alarms.length > 0);
  expect(again.alarms.get().map(({ kind }) => kind)).toEqual(['rollback']);
  expect(house.admin.store.now()?.mark?.epoch).toBeGreaterThanOrEqual(epoch);
  expect((await headOf(house.admin)).head.version).toBe(version);
});

it('two heads served to two viewers: the one off the agent’s chain sees nothing, and both know once they meet', async () => {
  const { reach, restart, folder } = await restorableRelay();
  const fork = await folderFor('fork');
  const house = kept(await startHouse(reach, 'Home'));
  const camera = await firstCamera(house.client);
  const display = await pairDisplay(reach.relayUrl, house.admin, house.client, 'all');
  const { head } = await headOf(house.admin);
  const next = async (): Promise<Uint8Array> => {
    const { sigPub } = await generateDeviceKeys();
    const roster = await buildNextRoster(head, house.admin.keys.deviceId, [
      { do: 'addDevice', sigPub, role: 'viewer', grants: [] },
    ]);
    return await signRoster(house.admin.keys, roster);
  };
  await restart(() => cp(folder, fork, { recursive: true }));
  // One truth for the agent and the admin.
  house.client.reconnect();
  await until(house.client.connection, ({ state }) => state === 'online');
  await house.client.putRoster(await next());
  await house.client.rekeyed(head.version + 1);
  // The other for the display: on a relay of the same homes, from the same copy.
  const other = kept(await startRelay({ host: '127.0.0.1', port: 0, dataDir: fork, open: true }));
  const forked = await memberOf(other.url.replace('http', 'ws'), house.admin, display.keys);
  forked.store.update((now) => ({ ...now, ...display.store.now() })).catch(() => undefined);
  const misled = await forked.open();
  const eye = new Eye(misled, camera);
  await until(misled.connection, ({ state }) => state === 'online');
  await misled.putRoster(await next());
  await until(misled.home, (home) => home.head.version === head.version + 1);
  await until(eye.watch.picture, ({ state }) => state !== 'opening' && state !== 'live', 40_000);
  expect(eye.units).toEqual([]);
  misled.close();

  // They meet: the display's stored truth against the agent's.
  display.store.update(() => forked.store.now() ?? (undefined as never)).catch(() => undefined);
  const met = kept(await display.open());
  const seen = new Eye(met, camera);
  await until(met.alarms, (alarms) => alarms.some(({ kind }) => kind === 'forked'));
  await until(seen.watch.picture, ({ state }) => state === 'refused');
  expect(seen.units).toEqual([]);
});

it('two admins at once: one is first, the other is told, nobody is alarmed (10 times)', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const second = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  await change(house.admin, house.client, [{ do: 'setRole', deviceId: second.keys.deviceId, role: 'admin' }]);
  const client = kept(await second.open());
  const outcomes = { first: 0, told: [] as string[] };
  for (let n = 0; n < 10; n += 1) {
    const { version } = (await headOf(house.admin)).head;
    await until(client.home, ({ head }) => head.version === version);
    const guests = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
    const asked = await Promise.allSettled(
      (
        [
          [house.admin, house.client],
          [second, client],
        ] as const
      ).map(([who, line], i) =>
        change(who, line, [
          { do: 'addDevice', sigPub: guests[i]?.sigPub ?? new Uint8Array(), role: 'viewer', grants: [] },
        ]),
      ),
    );
    for (const each of asked) {
      if (each.status === 'fulfilled') outcomes.first += 1;
      else outcomes.told.push((each.reason as { code: string }).code);
    }
    await house.client.rekeyed(version + 1);
    await until(client.home, ({ head }) => head.version === version + 1);
  }
  expect(outcomes.first).toBe(10);
  expect(outcomes.told.filter((code) => !['roster.stale', 'roster.forked', 'roster.invalid'].includes(code))).toEqual(
    [],
  );
  expect(outcomes.told.length).toBe(10);
  expect([...house.client.alarms.get(), ...client.alarms.get()]).toEqual([]);
  expect((await headOf(second)).head.hash).toEqual((await headOf(house.admin)).head.hash);
});

it('an agent put back from an old copy: shuts out whom the copy let in, and alarms nobody', async () => {
  const { house, removed, copy, version, epoch } = await homeAfterRemoval();
  const eye = new Eye(house.client, await firstCamera(house.client));
  await house.restartAgent({}, copy.back);
  await eye.more(3);
  await eye.live();
  const { manifest } = house.client.home.get();
  expect(manifest?.rosterVersion).toBe(version);
  expect(manifest?.epoch).toBeGreaterThan(epoch);
  expect(house.client.alarms.get()).toEqual([]);
  expect(removed.home.get().manifest?.epoch ?? 0).toBeLessThanOrEqual(epoch);
  expect(removed.connection.get().state).toBe('offline');
});

it('an agent on a clock that is a day slow goes on above what it used', async () => {
  const { house, epoch } = await homeAfterRemoval();
  const eye = new Eye(house.client, await firstCamera(house.client));
  await house.restartAgent({ clock: dayAgo });
  await eye.more(3);
  await eye.live();
  expect(house.client.home.get().manifest?.epoch).toBeGreaterThan(epoch);
  expect(house.client.alarms.get()).toEqual([]);
});

it('an agent put back from an old copy and on a slow clock fails closed, and goes on once its clock is right', async () => {
  const { house, copy, epoch } = await homeAfterRemoval();
  const camera = await firstCamera(house.client);
  const before = new Eye(house.client, camera);
  await before.live();
  const sessions = new Set(before.units.map(({ sessionId }) => sessionId));
  await house.restartAgent({ clock: dayAgo }, copy.back);
  // Why is told on both sides: where the agent's operator looks, and on the picture.
  const { state: doing } = house.agent;
  await until(
    { get: () => doing.value, subscribe: (listener) => doing.subscribe(listener) },
    (state) => state.at === 'offline' && state.problem === 'bulletin.behind',
  );
  expect(house.agent.status()).toMatchObject({ at: 'offline', problem: 'bulletin.behind' });
  await until(before.watch.picture, (now) => now.state === 'refused' && now.code === 'bulletin.behind');
  expect(before.units.filter(({ sessionId }) => !sessions.has(sessionId))).toEqual([]);
  await house.restartAgent({ clock: Date.now });
  await before.more(3);
  await before.live();
  expect(house.client.home.get().manifest?.epoch).toBeGreaterThan(epoch);
});

const dayAgo = (): number => Date.now() - 86_400_000;

/** A home that removed a display, and a copy of its agent's folder from before. */
async function homeAfterRemoval() {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const display = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const folder = await folderFor('copy');
  const names = ['home', 'identity', 'secrets.key'];
  await house.restartAgent({}, async (dataDir) => {
    for (const name of names) await cp(join(dataDir, name), join(folder, name));
  });
  const version = await change(house.admin, house.client, [{ do: 'removeDevice', deviceId: display.keys.deviceId }]);
  const { epoch } = await house.client.rekeyed(version);
  const removed = kept(await display.open());
  const back = async (dataDir: string): Promise<void> => {
    for (const name of names) await cp(join(folder, name), join(dataDir, name));
  };
  return { house, removed, version, epoch, copy: { back } };
}
