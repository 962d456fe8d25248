/** An admin's floor on its way through the relay: handed on as it is, and nobody else's. */
import { afterEach, expect, it } from 'vitest';
import { signFloor, type DeviceKeys } from '@sealcam/home';
import { epoch, toBase64Url } from '@sealcam/protocol';
import { House, Lab, nextId, type Json, type Peer } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

it('reaches the agent from an admin alone, by that admin’s own connection', async () => {
  const house = await House.build(lab, await lab.relay());
  const { agent } = await house.ready();
  const admin = await house.viewer();
  const keys = await house.addViewer(admin, 'all');
  const viewer = await house.viewer(keys);
  const send = async (from: Peer, by: DeviceKeys): Promise<Json> => {
    const floor = toBase64Url(await signFloor(by, house.id, epoch(Date.now())));
    return await from.ask({ t: 'floor', id: nextId(), floor });
  };
  expect(await send(viewer, keys)).toMatchObject({ t: 'error', code: 'device.role' });
  expect(await send(viewer, house.admin)).toMatchObject({ t: 'error', code: 'auth.refused' });
  const floor = toBase64Url(await signFloor(house.admin, house.id, epoch(7)));
  expect(await admin.ask({ t: 'floor', id: nextId(), floor })).toMatchObject({ t: 'ok' });
  expect(await agent.take('floor')).toEqual({ t: 'floor', floor });
  agent.socket.close();
  await admin.take('agent', ({ online }) => online === false);
  expect(await send(admin, house.admin)).toMatchObject({ t: 'error', code: 'home.offline' });
});
