import { afterEach, describe, expect, it } from 'vitest';
import { generateDeviceKeys, signAuth } from '@sealcam/home';
import { fromBase64Url, PROTOCOL_VERSION, toBase64Url } from '@sealcam/protocol';
import { House, Lab } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

describe('who is there', () => {
  it('lets a member in with a signature over this challenge and this host', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    const viewer = await house.dial('/ws/viewer', house.admin);
    expect(await viewer.take('welcome')).toMatchObject({ rosterVersion: 1, agentOnline: true });
  });

  it.each([
    [
      'a signature by another key',
      async (house: House) => ({ keys: await generateDeviceKeys(), as: house.admin.deviceId }),
    ],
    ['a signature for another host', async (house: House) => ({ keys: house.admin, host: 'relay.example' })],
    ['a signature over another nonce', async (house: House) => ({ keys: house.admin, nonce: new Uint8Array(32) })],
  ])('refuses %s', async (_name, forge) => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    const forged: { keys: typeof house.admin; as?: string; host?: string; nonce?: Uint8Array } = await forge(house);
    const peer = house.peer('/ws/viewer');
    const challenge = await peer.take('challenge');
    const nonce = forged.nonce ?? fromBase64Url(String(challenge['nonce']));
    const sig = await signAuth(forged.keys, house.id, nonce, forged.host ?? peer.host);
    const deviceId = forged.as ?? forged.keys.deviceId;
    peer.send({ t: 'auth', version: PROTOCOL_VERSION, homeId: house.id, deviceId, sig: toBase64Url(sig) });
    expect(await peer.closeCode()).toBe(4401);
    expect(peer.texts.at(-1)).toMatchObject({ t: 'error', code: 'auth.refused' });
  });

  it('refuses a device of one home at another, though both are here', async () => {
    const relay = await lab.relay();
    const [mine, other] = await Promise.all([House.build(lab, relay), House.build(lab, relay)]);
    await mine.agent();
    await other.agent();
    const peer = await other.dial('/ws/viewer', mine.admin);
    expect(await peer.closeCode()).toBe(4401);
    expect(peer.texts.at(-1)).toMatchObject({ code: 'device.unknown' });
  });

  it('refuses a viewer on the path of agents and an agent on the path of viewers', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    expect(await (await house.dial('/ws/agent', house.admin)).closeCode()).toBe(4401);
    expect(await (await house.dial('/ws/viewer', house.agentKeys)).closeCode()).toBe(4401);
  });

  it('says that a home is not known', async () => {
    const house = await House.build(lab, await lab.relay());
    const unknown = await house.dial('/ws/viewer', house.admin);
    expect(await unknown.closeCode()).toBe(4401);
    expect(unknown.texts.at(-1)).toMatchObject({ code: 'home.unknown' });
  });

  it('takes a new home once with an invitation, and never without one', async () => {
    const relay = await lab.relay({ open: false });
    const [first, second] = await Promise.all([House.build(lab, relay), House.build(lab, relay)]);
    const genesis = (house: House): object => ({ genesis: toBase64Url(house.genesis) });
    const without = await first.dial('/ws/agent', first.agentKeys, genesis(first));
    expect(await without.closeCode()).toBe(4401);
    expect(without.texts.at(-1)).toMatchObject({ code: 'home.invitation' });

    const invitation = await relay.invite();
    await first.agent({ invitation });
    const again = await second.dial('/ws/agent', second.agentKeys, { ...genesis(second), invitation });
    expect(await again.closeCode()).toBe(4401);
    expect(again.texts.at(-1)).toMatchObject({ code: 'home.invitation' });

    const over = await relay.invite(-1);
    const late = await second.dial('/ws/agent', second.agentKeys, { ...genesis(second), invitation: over });
    expect(await late.closeCode()).toBe(4401);
    // The one that is in needs none to come back.
    await first.agent();
  });

  it('does not spend an invitation on a bad signature', async () => {
    const relay = await lab.relay({ open: false });
    const house = await House.build(lab, relay);
    const invitation = await relay.invite();
    const thief = await house.dial(
      '/ws/agent',
      { ...(await generateDeviceKeys()), deviceId: house.agentKeys.deviceId },
      {
        genesis: toBase64Url(house.genesis),
        invitation,
      },
    );
    expect(await thief.closeCode()).toBe(4401);
    await house.agent({ invitation });
  });

  it('replaces the older connection of one agent', async () => {
    const house = await House.build(lab, await lab.relay());
    const older = await house.agent();
    const newer = await house.agent();
    expect(await older.closeCode()).toBe(4409);
    await newer.settled();
    expect(await (await house.dial('/ws/viewer', house.admin)).take('welcome')).toMatchObject({ agentOnline: true });
  });
});
