/** Old and new meet at a relay: each is told in one sentence which side to update, in words that it knows. */
import { once } from 'node:events';
import { ERRORS, PROTOCOL_VERSION, toBase64Url } from '@sealcam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { House, Lab, type Peer } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

const [OLDER, NEWER] = [PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1];

/** The error it was sent away with. */
async function refusal(peer: Peer): Promise<unknown> {
  expect(await peer.closeCode()).toBe(4401);
  const { t, code, words } = peer.texts.at(-1) as Record<string, unknown>;
  expect(t).toBe('error');
  expect(words).toBe(ERRORS[code as keyof typeof ERRORS].words);
  return code;
}

async function pairingAt(house: House): Promise<Peer> {
  const peer = house.peer('/ws/pair');
  await once(peer.socket, 'open');
  return peer;
}

describe('a relay', () => {
  it('says its version first, in a challenge that every version can read', async () => {
    const house = await House.build(lab, await lab.relay());
    const challenge = await house.peer('/ws/viewer').take('challenge');
    expect(Object.keys(challenge).sort()).toEqual(['nonce', 't', 'timeMs', 'versions']);
    expect(challenge['versions']).toEqual([PROTOCOL_VERSION]);
  });

  it('says which Sealcam it is to who is let in', async () => {
    const house = await House.build(lab, await lab.relay());
    const agent = await house.dial('/ws/agent', house.agentKeys, { genesis: toBase64Url(house.genesis) });
    expect(await agent.take('welcome')).toMatchObject({ program: expect.stringMatching(/^\d+\.\d+/) as string });
    const viewer = await house.dial('/ws/viewer', house.admin, { program: '9.9.9' });
    expect(await viewer.take('welcome')).toMatchObject({ program: expect.stringMatching(/^\d+\.\d+/) as string });
  });

  it('sends an old page away with a code that it has', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    expect(await refusal(await house.dial('/ws/viewer', house.admin, { version: OLDER }))).toBe('protocol.version');
  });

  it('tells a newer page, and a newer agent, that the relay is to be updated, though it cannot read what they say', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    const newer = { version: NEWER, of: { another: 'shape' } };
    expect(await refusal(await house.dial('/ws/viewer', house.admin, newer))).toBe('protocol.relay-old');
    expect(await refusal(await house.dial('/ws/agent', house.agentKeys, newer))).toBe('protocol.relay-old');
    const pairing = await pairingAt(house);
    pairing.send({ t: 'of tomorrow', version: NEWER });
    expect(await refusal(pairing)).toBe('protocol.relay-old');
  });
});

describe('an old agent', () => {
  it('is sent away, and the home’s pages are told to update it, those that come later too, until a newer one comes', async () => {
    const house = await House.build(lab, await lab.relay());
    const agent = await house.agent();
    const viewer = await house.viewer();
    agent.socket.terminate();
    await viewer.take('agent', ({ online }) => online === false);
    expect(await refusal(await house.dial('/ws/agent', house.agentKeys, { version: OLDER }))).toBe('protocol.version');
    const told = { online: false, code: 'protocol.agent-old' };
    expect(await viewer.take('agent', ({ code }) => code !== undefined)).toMatchObject(told);
    const later = await house.viewer();
    expect(await later.take('agent')).toMatchObject(told);
    await house.agent();
    expect(await later.take('agent', ({ online }) => online === true)).not.toHaveProperty('code');
    const last = await house.viewer();
    expect(await last.take('agent')).not.toHaveProperty('code');
  });

  it('is no matter where a newer one is connected', async () => {
    const house = await House.build(lab, await lab.relay());
    await house.agent();
    expect(await refusal(await house.dial('/ws/agent', house.agentKeys, { version: OLDER }))).toBe('protocol.version');
    const viewer = await house.viewer();
    expect(await viewer.take('agent')).toMatchObject({ online: true });
  });

  it('is believed by its signature alone: nobody else says of a home that its agent is old', async () => {
    const relay = await lab.relay();
    const [house, other] = await Promise.all([House.build(lab, relay), House.build(lab, relay)]);
    (await house.agent()).socket.terminate();
    await other.agent();
    const forged = await house.dial('/ws/agent', other.agentKeys, { version: OLDER });
    expect(await refusal(forged)).toBe('device.unknown');
    const member = await house.dial('/ws/agent', house.admin, { version: OLDER });
    await member.closeCode();
    const viewer = await house.viewer();
    expect(await viewer.take('agent')).not.toHaveProperty('code');
  });

  it('of a home that is not here leaves nothing behind', async () => {
    const house = await House.build(lab, await lab.relay());
    const genesis = toBase64Url(house.genesis);
    const old = await house.dial('/ws/agent', house.agentKeys, { version: OLDER, genesis });
    expect(await refusal(old)).toBe('protocol.version');
    expect(await refusal(await house.dial('/ws/viewer', house.admin))).toBe('home.unknown');
  });
});

describe('a pairing', () => {
  const mailboxId = 'ab'.repeat(16);
  it.each([
    ['a page that shows a code', { t: 'open', id: 1, mailboxId, digits: true }],
    ['a page that joins', { t: 'join', id: 1, number: '0042' }],
    ['a page with a recovery sheet', { t: 'home.find', id: 1, deviceId: mailboxId }],
    ['an agent that is nobody’s', { t: 'open', id: 1, mailboxId, digits: false, newHome: {} }],
  ])('of %s of version 1, which says no version, is refused with a code that it has', async (_name, first) => {
    const house = await House.build(lab, await lab.relay());
    const peer = await pairingAt(house);
    peer.send(first);
    expect(await refusal(peer)).toBe('protocol.version');
  });

  it('of this version goes on', async () => {
    const house = await House.build(lab, await lab.relay());
    const peer = await pairingAt(house);
    const opened = await peer.ask({ t: 'open', id: 1, version: PROTOCOL_VERSION, mailboxId, digits: true });
    expect(opened).toMatchObject({ t: 'opened' });
  });
});
