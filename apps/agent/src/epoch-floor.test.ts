/** What moves a restored agent up, and what moves it nowhere. */
import {
  buildGenesis,
  buildNextRoster,
  FLOOR_AHEAD_MS,
  generateDeviceKeys,
  signFloor,
  signRoster,
  verifyGenesis,
  verifyNext,
  type DeviceKeys,
  type Head,
} from '@sealcam/home';
import { epoch } from '@sealcam/protocol';
import { pino } from 'pino';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { raiseToFloor } from './epoch-floor.ts';
import { HomeStore } from './home-store.ts';

const NOW = 1_795_000_000_000;
const YEAR_MS = 365 * 86_400_000;

let admin: DeviceKeys;
let viewer: DeviceKeys;
let removed: DeviceKeys;
let head: Head;
let store: HomeStore;
let folder: string;
beforeAll(async () => {
  const keys = await Promise.all([1, 2, 3, 4].map(() => generateDeviceKeys()));
  const [agent] = keys as [DeviceKeys];
  [, admin, viewer, removed] = keys as [DeviceKeys, DeviceKeys, DeviceKeys, DeviceKeys];
  const genesis = await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub)));
  const added = await buildNextRoster(genesis, admin.deviceId, [
    { do: 'addDevice', sigPub: viewer.sigPub, role: 'viewer', grants: 'all' },
    { do: 'addDevice', sigPub: removed.sigPub, role: 'admin', grants: 'all' },
  ]);
  const second = await verifyNext(genesis, await signRoster(admin, added));
  const without = await buildNextRoster(second, admin.deviceId, [{ do: 'removeDevice', deviceId: removed.deviceId }]);
  head = await verifyNext(second, await signRoster(admin, without));
});
beforeEach(() => {
  folder = folderForTest();
  store = new HomeStore(folder);
  store.nextEpoch(NOW, []);
});

const take = (floor: Uint8Array) =>
  raiseToFloor({ store, head, clock: () => NOW, logger: pino({ level: 'silent' }) }, floor);
const floorOf = (keys: DeviceKeys, to: number) => signFloor(keys, head.homeId, epoch(to));

describe('a floor', () => {
  it('of an admin is on disk before anything is made above it, and brought again does nothing', async () => {
    const floor = await floorOf(admin, NOW + YEAR_MS);
    expect(await take(floor)).toBe(true);
    expect(new HomeStore(folder).record.epoch).toBe(NOW + YEAR_MS);
    expect(store.nextEpoch(NOW, [])).toBe(NOW + YEAR_MS + 1);
    expect(await take(floor)).toBe(false);
    expect(await take(await floorOf(admin, NOW))).toBe(false);
    expect(store.record.epoch).toBe(NOW + YEAR_MS + 1);
  });

  it('is within reach for a clock that is at its beginning, and out of it past a hundred years', async () => {
    const slow = { store, head, clock: () => 0, logger: pino({ level: 'silent' }) };
    expect(await raiseToFloor(slow, await floorOf(admin, NOW + 40 * 86_400_000))).toBe(true);
    await expect(take(await floorOf(admin, NOW + FLOOR_AHEAD_MS + 1))).rejects.toMatchObject({
      code: 'command.invalid',
    });
    expect(await take(await floorOf(admin, NOW + FLOOR_AHEAD_MS))).toBe(true);
    // Used up by nobody: what comes later is never out of reach.
    const later = { store, head, clock: () => NOW + 1, logger: pino({ level: 'silent' }) };
    expect(await raiseToFloor(later, await floorOf(admin, NOW + FLOOR_AHEAD_MS + 1))).toBe(true);
  });

  it('of a viewer, a removed admin, a stranger or another home moves nothing', async () => {
    const stranger = await generateDeviceKeys();
    const before = store.record.epoch;
    const to = NOW + YEAR_MS;
    await expect(take(await floorOf(viewer, to))).rejects.toMatchObject({ code: 'device.role' });
    await expect(take(await floorOf(removed, to))).rejects.toMatchObject({ code: 'device.unknown' });
    await expect(take(await floorOf(stranger, to))).rejects.toMatchObject({ code: 'device.unknown' });
    const elsewhere = await signFloor(admin, `${'0'.repeat(31)}1` as typeof head.homeId, epoch(to));
    await expect(take(elsewhere)).rejects.toMatchObject({ code: 'auth.refused' });
    expect(store.record.epoch).toBe(before);
  });

  it('with any byte changed or cut moves nothing', async () => {
    const floor = await floorOf(admin, NOW + YEAR_MS);
    const before = store.record.epoch;
    for (let at = 0; at < floor.length; at += 1) {
      const bad = Uint8Array.from(floor);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      await expect(take(bad)).rejects.toThrow();
      await expect(take(floor.subarray(0, at))).rejects.toThrow();
    }
    expect(store.record.epoch).toBe(before);
  });
});
