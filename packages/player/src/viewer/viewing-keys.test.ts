import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateDeviceKeys } from '@sealcam/home';
import { millis, toBase64Url } from '@sealcam/protocol';
import { HomeRig } from '../../test/home-rig.ts';
import type { SealedCamera } from '../../test/sealed-camera.ts';
import { until } from '../../test/until.ts';
import { HomeClient } from './home-client.ts';

let rig: HomeRig;
let client: HomeClient;
let porch: SealedCamera;

beforeEach(async () => {
  rig = await HomeRig.create();
  client = await rig.open();
  porch = rig.camera('c1');
});
afterEach(() => client.close());

describe('roster and bulletin', () => {
  test('the highest is stored before anything is used', async () => {
    const { sink } = await rig.watchLive(client, porch);
    await rig.rotate();
    await rig.stream(porch, sink, 1);
    expect(rig.store.device?.mark?.epoch).toBe(rig.epoch);
    expect(sink.units.at(-1)?.epoch).toBe(rig.epoch);
  });

  test('who begins to look when a hand-over is over waits for a keyframe, though the picture beside runs on from before it', async () => {
    const { sink } = await rig.watchLive(client, porch);
    await rig.rotate();
    await rig.stream(porch, sink, 6);
    const late = rig.watch(client, porch);
    await rig.stream(porch, sink, 1);
    expect(late.sink.units).toEqual([]);
    rig.sendUnit(rig.now(porch, true));
    await until('a picture', () => late.sink.units.length > 0);
    expect(late.sink.units.map(({ epoch }) => epoch)).toEqual([rig.epoch]);
  });

  test('a removed display says so, and its keys are gone', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    await rig.changeRoster({ do: 'removeDevice', deviceId: rig.display.deviceId });
    await rig.rotate();
    await until('not sealed', () => watch.picture.get().state === 'not-sealed');
    const before = sink.units.length;
    rig.sendUnit(rig.now(porch, true));
    await rig.rotate();
    expect(sink.units).toHaveLength(before);
    expect(sink.resets).toContain('not-sealed');
  });

  test('a guest whose time is over: not sealed, though the roster still names it', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    await rig.changeRoster({
      do: 'setNotAfter',
      deviceId: rig.display.deviceId,
      notAfterMs: millis(rig.clock.wallMs() + 1_000),
    });
    await rig.rotate();
    await until('the new keys', () => rig.store.device?.mark?.epoch === rig.epoch);
    expect(watch.picture.get().state).toBe('live');
    rig.clock.pass(1_500);
    await rig.rotate();
    await until('not sealed', () => watch.picture.get().state === 'not-sealed');
    expect(sink.resets).toContain('not-sealed');
  });

  test('a camera that is no longer granted goes dark with the bulletin, the others stay', async () => {
    const { watch } = await rig.watchLive(client, porch);
    await rig.changeRoster({ do: 'setGrants', deviceId: rig.display.deviceId, grants: [rig.camera('c2').cameraId] });
    await rig.rotate();
    await until('not sealed', () => watch.picture.get().state === 'not-sealed');
    expect(client.home.get().names?.cameras.map(({ cameraId }) => cameraId)).toEqual([rig.camera('c2').cameraId]);
  });

  test('rekeyed resolves only with a bulletin of the new roster', async () => {
    const guest = await generateDeviceKeys();
    let done = false;
    const rekeyed = client.rekeyed(rig.head.version + 1).then((manifest) => {
      done = true;
      return manifest;
    });
    await rig.changeRoster({ do: 'addDevice', sigPub: guest.sigPub, role: 'viewer', grants: [] });
    await until('the new head', () => client.home.get().head.version === rig.head.version);
    expect(done).toBe(false);
    await rig.rotate();
    expect((await rekeyed).rosterVersion).toBe(rig.head.version);
  });

  test('a bulletin below the stored one, after a reload: an alarm once nothing better came, over with the newest', async () => {
    const old = rig.bulletin;
    rig.clock.pass(1_000);
    await rig.rotate();
    await until('stored', () => rig.store.device?.mark?.epoch === rig.epoch);
    client.close();
    rig.bulletin = old;
    client = await HomeClient.open({ url: 'wss://relay.test/ws/viewer', ports: rig.ports });
    await until('dropped', () => client.strays.get().bulletin === 1);
    rig.clock.pass(1_000);
    expect(client.alarms.get()).toEqual([]);
    rig.clock.pass(1_500);
    await until('an alarm', () => client.alarms.get().some(({ kind }) => kind === 'rollback'));
    await rig.rotate();
    await until('no alarm', () => client.alarms.get().length === 0);
  });

  test('two bulletins of one epoch: fork alarm, and nothing is shown', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    rig.clock.pass(10);
    rig.sendBulletin(await rig.makeBulletin(rig.epoch));
    await until('refused', () => watch.picture.get().state === 'refused');
    expect(watch.picture.get()).toMatchObject({ code: 'roster.forked' });
    const before = sink.units.length;
    rig.sendUnit(rig.now(porch, true));
    rig.clock.pass(11_000);
    await until('another receipt of the answer', () => rig.asked.filter((t) => t === 'live').length > 1);
    expect(sink.units).toHaveLength(before);
  });

  test('another roster of the same version: fork alarm', async () => {
    const roster = await rig.signNext({ do: 'setGrants', deviceId: rig.display.deviceId, grants: [] });
    await rig.changeRoster({ do: 'setGrants', deviceId: rig.display.deviceId, grants: 'all' });
    await until('the new head', () => client.home.get().head.version === rig.head.version);
    rig.send({ t: 'roster', roster: toBase64Url(roster) });
    await until('an alarm', () => client.alarms.get().some(({ kind }) => kind === 'forked'));
  });

  test('an agent that says more than the relay handed over: blank within seconds, and the connection is made anew', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    rig.onLive = async (nonce) => rig.answerLive(nonce, { epoch: (rig.epoch + 5) as never });
    const states = new Set<string>();
    watch.picture.subscribe(({ state }) => states.add(state));
    const dials = rig.dials;
    for (let i = 0; i < 40 && rig.dials === dials; i += 1) {
      rig.clock.pass(500);
      rig.sendUnit(rig.now(porch, false));
      // The answer is signed and verified on threads, which do not go by the clock of the rig.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(states).toContain('refused');
    expect(sink.resets).toContain('refused');
    expect(rig.dials).toBeGreaterThan(dials);
  });

  test('a new HPKE key is given out after a day, and the old one goes when a wrap opened with the new', async () => {
    rig.clock.sleep(24 * 3600_000);
    rig.clock.pass(1_000);
    await until('the new key', () => rig.hpkeKeys.get(rig.display.deviceId)?.keySeq === 2);
    expect(rig.store.device?.hpke.map(({ keySeq }) => keySeq)).toEqual([1, 2]);
    await rig.rotate();
    await until('the old one gone', () => rig.store.device?.hpke.length === 1);
    expect(rig.store.device?.hpke[0]?.keySeq).toBe(2);
  });
});
