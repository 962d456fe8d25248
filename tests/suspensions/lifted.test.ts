/** Whom a suspension stopped is told when it is lifted, by the relay's own word; nobody else is, and nobody whom another one stops. */
import { generateDeviceKeys } from '@sealcam/home';
import { STREAM } from '@sealcam/protocol';
import type { Relay, SuspensionTarget } from '@sealcam/relay';
import { afterEach, describe, expect, test } from 'vitest';
import { House, Lab, nextId, randomCamera, type Json, type Peer } from '../../apps/relay/test/house.ts';
import { announce, CAMERA_MODEL, HUB, OWN } from './crowd.ts';
import { DeafBus } from './deaf-bus.ts';

const lab = new Lab();
afterEach(() => lab.end());

const WHO = { cause: 'operator', by: 'Ada', reason: 'a drill' } as const;
const MENDED = { by: 'Grace', reason: 'mended' } as const;
const PARTNER: SuspensionTarget = { width: 'partner', partner: HUB.route };
const PAIR: SuspensionTarget = { width: 'pair', cameraModel: CAMERA_MODEL, displayModel: HUB.model };

/** A home with a partner's display and a device of its own, both connected. */
async function home(relay: Relay) {
  const house = await House.build(lab, relay);
  const camera = randomCamera();
  const agent = await house.agent();
  const own = await house.viewer();
  const keys = await generateDeviceKeys();
  await house.change(own, [{ do: 'addDevice', sigPub: keys.sigPub, role: 'viewer', grants: 'all' }]);
  await house.bulletin(agent);
  await announce(agent, camera, [
    { deviceId: house.admin.deviceId, ...OWN },
    { deviceId: keys.deviceId, ...HUB },
  ]);
  const subscribe = (peer: Peer, streamId: number = STREAM.main): Promise<Json> =>
    peer.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId });
  return { house, camera, own, keys, hub: await house.viewer(keys), subscribe };
}

const lifts = (peer: Peer): Json[] => peer.texts.filter(({ t }) => t === 'lifted');

describe('a lift', () => {
  test('is told to whom it was cut from and to whom it was refused, and they may', async () => {
    const relay = await lab.relay();
    const { camera: cameraId, own, hub, subscribe } = await home(relay);
    expect([await subscribe(own), await subscribe(hub)]).toMatchObject([{ t: 'ok' }, { t: 'ok' }]);
    const { id } = await relay.suspensions.suspend({ target: PARTNER, ...WHO });
    await hub.take('cut');
    expect(await subscribe(hub, STREAM.still)).toMatchObject({ code: 'suspended.partner' });
    await relay.suspensions.lift(id, MENDED);
    const told = [await hub.take('lifted'), await hub.take('lifted')];
    expect(told.map(({ streamId }) => streamId).toSorted()).toEqual([STREAM.main, STREAM.still]);
    expect(told[0]).toEqual({ t: 'lifted', cameraId, streamId: told[0]?.['streamId'] });
    expect([await subscribe(hub), await subscribe(hub, STREAM.still)]).toMatchObject([{ t: 'ok' }, { t: 'ok' }]);
    // Lifted already: nothing changes, and nobody is told twice.
    await relay.suspensions.lift(id, MENDED);
    await Promise.all([hub.settled(), own.settled()]);
    expect([lifts(hub), lifts(own)]).toEqual([[], []]);
  });

  test('of one of two says nothing to whom the other stops; of the last one it does', async () => {
    const relay = await lab.relay();
    const { hub, subscribe } = await home(relay);
    const partner = await relay.suspensions.suspend({ target: PARTNER, ...WHO });
    const pair = await relay.suspensions.suspend({ target: PAIR, ...WHO });
    expect(await subscribe(hub)).toMatchObject({ code: 'suspended.partner' });
    await relay.suspensions.lift(partner.id, MENDED);
    expect(await subscribe(hub)).toMatchObject({ code: 'suspended.pair' });
    expect(lifts(hub)).toEqual([]);
    await relay.suspensions.lift(pair.id, MENDED);
    expect(await hub.take('lifted')).toBeDefined();
  });

  test('is no business of one that asked for something else meanwhile, or has gone', async () => {
    const relay = await lab.relay();
    const { house, keys, camera, hub, subscribe } = await home(relay);
    const other = await house.viewer(keys);
    const gone = await house.viewer(keys);
    const { id } = await relay.suspensions.suspend({ target: { width: 'everything' }, ...WHO });
    for (const peer of [hub, other, gone]) await subscribe(peer);
    await other.ask({ t: 'unsubscribe', id: nextId(), cameraId: camera, streamId: STREAM.main });
    gone.socket.terminate();
    await relay.suspensions.lift(id, MENDED);
    expect(await hub.take('lifted')).toBeDefined();
    await other.settled();
    expect(lifts(other)).toEqual([]);
  });

  test('that the relay was not told of is found in its store', async () => {
    const relay = await lab.relay({ bus: new DeafBus() });
    const { hub, subscribe } = await home(relay);
    expect(await subscribe(hub)).toMatchObject({ t: 'ok' });
    const { id } = await relay.suspensions.suspend({ target: PARTNER, ...WHO });
    await hub.take('cut');
    await relay.suspensions.lift(id, MENDED);
    expect(await hub.take('lifted')).toBeDefined();
  });
});
