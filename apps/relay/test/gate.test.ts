import { afterEach, describe, expect, it } from 'vitest';
import { generateDeviceKeys, generateHpkeKeys, signHpkeKey, sign } from '@sealcam/home';
import { endBytes, toBase64Url } from '@sealcam/protocol';
import { House, Lab, nextId, randomCamera, sealedUnit, watch } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

describe('the gate on running viewings', () => {
  it('asks the same question for live, still and state', async () => {
    const house = await House.build(lab, await lab.relay());
    const { camera } = await house.ready();
    const admin = await house.viewer();
    const guest = await house.viewer(await house.addViewer(admin, [randomCamera()]));
    for (const streamId of [0, 1, 2, 3, 4]) {
      const reply = await guest.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId });
      expect(reply).toMatchObject({ t: 'error', code: 'camera.not-granted' });
    }
    expect(await admin.ask({ t: 'subscribe', id: nextId(), cameraId: randomCamera(), streamId: 0 })).toMatchObject({
      code: 'camera.unknown',
    });
  });

  it('cuts a removed device before its next unit, tells it and closes, and nobody else notices', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all');
    await house.bulletin(agent);
    const [guest, idle] = await Promise.all([house.viewer(keys), house.viewer(keys)]);
    await watch(guest, agent, camera);
    await watch(admin, agent, camera);
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 1, 1)));
    await Promise.all([guest.takeUnits(1), admin.takeUnits(1)]);
    expect(await house.change(admin, [{ do: 'removeDevice', deviceId: keys.deviceId }])).toMatchObject({ t: 'ok' });
    // The roster is stored; a unit of the old epoch, still good for 2 s, reaches the admin and not the removed one.
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 2, 1)));
    await admin.takeUnits(1);
    expect(await guest.closeCode()).toBe(4403);
    expect(await idle.closeCode()).toBe(4403);
    expect(guest.units).toEqual([]);
    expect(guest.texts.at(-1)).toMatchObject({ t: 'error', code: 'device.removed' });
    const again = await house.dial('/ws/viewer', keys);
    expect(await again.closeCode()).toBe(4403);
    expect(again.texts.at(-1)).toMatchObject({ code: 'device.removed' });
  });

  it('does not tell who cannot sign for it that a device was a member', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.ready();
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all');
    await house.change(admin, [{ do: 'removeDevice', deviceId: keys.deviceId }]);
    const forger = await house.dial('/ws/viewer', { ...(await generateDeviceKeys()), deviceId: keys.deviceId });
    expect(await forger.closeCode()).toBe(4401);
    expect(forger.texts.at(-1)).toMatchObject({ code: 'device.unknown' });
  });

  it('cuts pictures, and not the state, when privacy is switched on, and forgets the still', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const viewer = await house.viewer();
    await watch(viewer, agent, camera);
    for (const streamId of [3, 4]) await viewer.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId });
    agent.unit(house.envelope(camera, 3, sealedUnit(house.kid(camera, 3), 1, 1)));
    await viewer.takeUnits(1);
    await house.announce(agent, [camera], true);
    const cut = [await viewer.take('cut'), await viewer.take('cut')];
    expect(cut.map((message) => [message['streamId'], message['code']]).sort()).toEqual([
      [0, 'camera.private'],
      [3, 'camera.private'],
    ]);
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 2, 1)));
    agent.unit(house.envelope(camera, 4, sealedUnit(house.kid(camera, 4), 1, 1)));
    expect((await viewer.takeUnits(1)).length).toBe(1);
    await house.announce(agent, [camera], false);
    await viewer.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 3 });
    await viewer.settled();
    expect(viewer.units).toEqual([]);
  });

  it("ends at a guest's time, to the millisecond of the relay's clock", async () => {
    const clock = new ManualClock();
    const house = await House.build(lab, await lab.relay({ clock }));
    const { agent, camera } = await house.ready();
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all', clock.wallMs() + 3_500);
    const guest = await house.viewer(keys);
    await watch(guest, agent, camera);
    clock.advance(3_499);
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 1, 1)));
    await guest.takeUnits(1);
    clock.advance(1);
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 2, 1)));
    await agent.settled();
    clock.advance(1_000);
    expect(await guest.take('cut')).toMatchObject({ code: 'device.expired' });
    expect(await guest.closeCode()).toBe(4403);
    expect(guest.units).toEqual([]);
    const back = await house.dial('/ws/viewer', keys);
    expect(await back.closeCode()).toBe(4403);
  });

  it('ends a home on the word of its agent alone', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent } = await house.ready();
    const viewer = await house.viewer();
    const forged = await sign(house.admin, endBytes(house.id, house.agentKeys.deviceId));
    expect(await agent.ask({ t: 'home.end', id: nextId(), sig: toBase64Url(forged) })).toMatchObject({
      code: 'auth.refused',
    });
    const sig = await sign(house.agentKeys, endBytes(house.id, house.agentKeys.deviceId));
    expect(await agent.ask({ t: 'home.end', id: nextId(), sig: toBase64Url(sig) })).toMatchObject({ t: 'ok' });
    expect(await viewer.closeCode()).toBe(4403);
    expect(viewer.texts.at(-1)).toMatchObject({ code: 'home.erased' });
    expect(await agent.closeCode()).toBe(4403);
    const again = await house.dial('/ws/agent', house.agentKeys, { genesis: toBase64Url(house.genesis) });
    expect(await again.closeCode()).toBe(4403);
    expect(again.texts.at(-1)).toMatchObject({ code: 'home.erased' });
  });
});

describe('rosters and keys', () => {
  it('takes the next roster once, from any member, and tells everyone', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent } = await house.ready();
    const [admin, other] = await Promise.all([house.viewer(), house.viewer()]);
    const [a, b] = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
    const first = await house.nextRoster([{ do: 'addDevice', sigPub: a.sigPub, role: 'viewer', grants: 'all' }]);
    const second = await house.nextRoster([{ do: 'addDevice', sigPub: b.sigPub, role: 'viewer', grants: 'all' }]);
    expect(await admin.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(first) })).toMatchObject({ t: 'ok' });
    expect(await other.take('roster')).toMatchObject({ roster: toBase64Url(first) });
    expect(await agent.take('roster')).toMatchObject({ roster: toBase64Url(first) });
    // Two admins at once: the second loses; the same one again is no change.
    expect(await other.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(second) })).toMatchObject({
      code: 'roster.stale',
    });
    expect(await other.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(first) })).toMatchObject({ t: 'ok' });
    expect(await other.ask({ t: 'roster.get', id: nextId(), from: 1 })).toMatchObject({
      rosters: [toBase64Url(house.genesis), toBase64Url(first)],
    });
  });

  it('refuses a roster that nobody entitled has signed', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.ready();
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all');
    const ghost = await generateDeviceKeys();
    const forged = await house.nextRoster(
      [{ do: 'addDevice', sigPub: ghost.sigPub, role: 'admin', grants: 'all' }],
      keys,
    );
    const viewer = await house.viewer(keys);
    const reply = await viewer.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(forged) });
    expect(reply).toMatchObject({ t: 'error', code: 'roster.invalid' });
  });

  it("keeps a device's newest key, hands it to the agent, and takes no key of another device", async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent } = await house.ready();
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all');
    const [one, two] = await Promise.all([generateHpkeKeys(1), generateHpkeKeys(2)]);
    const [first, second] = await Promise.all([
      signHpkeKey(house.admin, house.id, one),
      signHpkeKey(house.admin, house.id, two),
    ]);
    await admin.ask({ t: 'hpke.put', id: nextId(), key: toBase64Url(second) });
    expect(await agent.take('hpke')).toMatchObject({ key: toBase64Url(second) });
    await admin.ask({ t: 'hpke.put', id: nextId(), key: toBase64Url(first) });
    expect(await agent.ask({ t: 'hpke.get', id: nextId() })).toMatchObject({ keys: [toBase64Url(second)] });
    const guest = await house.viewer(keys);
    const foreign = await guest.ask({ t: 'hpke.put', id: nextId(), key: toBase64Url(second) });
    expect(foreign).toMatchObject({ code: 'auth.refused' });
  });

  it('keeps rosters, cameras and the bulletin through a restart', async () => {
    const dataDir = await lab.folder();
    const before = await lab.relay({ dataDir });
    const house = await House.build(lab, before);
    const { agent, camera } = await house.ready();
    const admin = await house.viewer();
    await house.addViewer(admin, [camera]);
    await house.bulletin(agent);
    await agent.ask({ t: 'hpke.get', id: nextId() });
    await before.close();
    const after = Object.assign(Object.create(House.prototype) as House, house, {
      relay: await lab.relay({ dataDir }),
    });
    const back = await after.viewer();
    expect(await back.take('bulletin')).toBeDefined();
    expect(await back.ask({ t: 'roster.get', id: nextId(), from: 2 })).toMatchObject({
      rosters: [toBase64Url(house.head.bytes)],
    });
    expect(await back.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 0 })).toMatchObject({ t: 'ok' });
  });
});
