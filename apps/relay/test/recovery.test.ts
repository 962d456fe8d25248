import { afterEach, describe, expect, it } from 'vitest';
import { generateDeviceKeys, verifyNext } from '@sealcam/home';
import { PROTOCOL_VERSION, toBase64Url, type DeviceId } from '@sealcam/protocol';
import { House, Lab, nextId } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

async function find(house: House, deviceId: DeviceId): Promise<object> {
  const peer = house.peer('/ws/pair');
  await new Promise((resolve) => peer.socket.once('open', resolve));
  return await peer.ask({ t: 'home.find', id: nextId(), version: PROTOCOL_VERSION, deviceId });
}

describe('a recovery sheet', () => {
  it('finds its own home among several, and only while it counts', async () => {
    const relay = await lab.relay();
    const [mine, other] = await Promise.all([House.build(lab, relay), House.build(lab, relay)]);
    await other.agent();
    await mine.agent();
    const admin = await mine.viewer();
    const [sheet, newer] = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
    expect(await find(mine, sheet.deviceId)).toMatchObject({ t: 'error', code: 'home.unknown' });
    await mine.change(admin, [{ do: 'setRecovery', sigPub: sheet.sigPub }]);
    expect(await find(other, sheet.deviceId)).toMatchObject({ t: 'home.found', homeId: mine.id });
    await mine.change(admin, [{ do: 'setRecovery', sigPub: newer.sigPub }]);
    expect(await find(mine, sheet.deviceId)).toMatchObject({ code: 'home.unknown' });
    expect(await find(mine, newer.deviceId)).toMatchObject({ homeId: mine.id });
  });

  it('is the only kind of device that is found', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    for (const { deviceId } of [house.admin, house.agentKeys])
      expect(await find(house, deviceId)).toMatchObject({ code: 'home.unknown' });
  });

  it('signs in and reads the chain, but its roster is taken from the agent alone', async () => {
    const house = await House.build(lab, await lab.relay());
    const agent = await house.agent();
    const sheet = await generateDeviceKeys();
    await house.change(await house.viewer(), [{ do: 'setRecovery', sigPub: sheet.sigPub }]);
    const peer = await house.viewer(sheet);
    expect(await peer.ask({ t: 'roster.get', id: nextId(), from: 1 })).toMatchObject({ rosters: { length: 2 } });
    const saved = await generateDeviceKeys();
    const next = await house.nextRoster(
      [
        { do: 'addDevice', sigPub: saved.sigPub, role: 'admin', grants: 'all' },
        { do: 'removeDevice', deviceId: house.admin.deviceId },
      ],
      sheet,
    );
    const roster = toBase64Url(next);
    expect(await peer.ask({ t: 'roster.put', id: nextId(), roster })).toMatchObject({ code: 'device.role' });
    expect(await agent.ask({ t: 'roster.put', id: nextId(), roster })).toMatchObject({ t: 'ok' });
    house.head = await verifyNext(house.head, next);
    await house.viewer(saved);
    expect(await (await house.dial('/ws/viewer', house.admin)).closeCode()).toBe(4403);
  });
});
