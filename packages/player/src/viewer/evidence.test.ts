import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HomeRig } from '../../test/home-rig.ts';
import type { SealedCamera } from '../../test/sealed-camera.ts';
import { until } from '../../test/until.ts';
import type { HomeClient } from './home-client.ts';

let rig: HomeRig;
let client: HomeClient;
let porch: SealedCamera;

beforeEach(async () => {
  rig = await HomeRig.create();
  client = await rig.open();
  porch = rig.camera('c1');
});
afterEach(() => client.close());

describe('a picture that is not ours', () => {
  test('under our label: 0 shown, refused on the screen, reported once it is known', async () => {
    const other = await HomeRig.create(['c1']);
    const { watch, sink } = rig.watch(client, porch);
    await until('subscribed', () => rig.isSubscribed(porch));
    const foreign = other.now(other.camera('c1'), true);
    rig.sendUnit({ ...foreign, homeId: porch.homeId });
    for (let i = 0; i < 4 && watch.picture.get().state !== 'refused'; i += 1) {
      rig.clock.pass(500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until('a report', () => rig.reports.length > 0);
    expect(watch.picture.get()).toMatchObject({ state: 'refused', code: 'seal.foreign' });
    expect(sink.units).toEqual([]);
    expect(rig.reports[0]).toMatchObject({ reason: 'unknown', cameraId: porch.cameraId, streamId: 0 });
  });

  test('of another home under its own label: 0 shown, reported', async () => {
    const other = await HomeRig.create(['c1']);
    const { sink } = await rig.watchLive(client, porch);
    rig.sendUnit(other.now(other.camera('c1'), true));
    await until('a report', () => rig.reports.length > 0);
    expect(rig.reports[0]?.reason).toBe('foreign');
    expect(sink.units).toHaveLength(1);
  });

  test('of another camera of this home under this label: 0 shown, reported as foreign', async () => {
    const { sink } = await rig.watchLive(client, porch);
    const foreign = rig.now(rig.camera('c2'), true);
    rig.sendUnit({ ...foreign, cameraId: porch.cameraId });
    for (let i = 0; i < 4 && rig.reports.length === 0; i += 1) {
      rig.clock.pass(500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(rig.reports[0]?.reason).toBe('foreign');
    expect(sink.units).toHaveLength(1);
  });

  test('whose report may have been lost with the connection: the very bytes are sent again, once', async () => {
    await rig.watchLive(client, porch);
    const other = await HomeRig.create(['c1']);
    rig.sendUnit(other.now(other.camera('c1'), true));
    await until('a report', () => rig.reports.length > 0);
    rig.cut();
    rig.clock.pass(1_000);
    await until('the report once more', () => rig.reports.length > 1);
    expect(rig.reports[1]).toEqual(rig.reports[0]);
  });
});
