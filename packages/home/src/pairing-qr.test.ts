import { epoch, mailboxId, SealcamError } from '@sealcam/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { claimReceive, startClaim, type Claim } from './pairing-claim.ts';
import { decodePairingLink, encodePairingLink, type PairingLink } from './pairing-link.ts';
import { chainMessages, decodePairingMessage, encodePairingMessage } from './pairing-messages.ts';
import {
  qrAdminReceive,
  qrAdmit,
  qrDevicePress,
  qrDeviceReceive,
  scanQr,
  showQr,
  type QrAdmin,
  type QrDevice,
} from './pairing-qr.ts';
import { PAIRING_MS, pairingCancelled, type AdminHome } from './pairing.ts';
import { makeHome, newDevice, nextHead, NOW, PORCH, type Device, type TestHome } from './home.fixture.ts';
import { buildNextRoster } from './next-roster.ts';
import { signRoster } from './sign.ts';
import { member, verifyChain } from './verify-roster.ts';

const MAILBOX = mailboxId('0f'.repeat(16));

let home: TestHome;
let adminHome: AdminHome;
let tablet: Device;
beforeAll(async () => {
  home = await makeHome();
  tablet = await newDevice();
  adminHome = { head: home.head, rosters: home.rosters, homeName: 'Linden Street', epoch: epoch(NOW) };
});

async function show(device: Device = tablet, kind: 'display' | 'agent' = 'display') {
  return await showQr({
    keys: device.keys,
    hpke: device.hpke,
    mailboxId: MAILBOX,
    kind,
    name: 'Kitchen tablet',
    model: ' Lenovo  Tab M10',
    route: kind === 'display' ? 'fixture' : 'sealed',
    nowMs: NOW,
  });
}

function scan(link: PairingLink, change: Partial<Parameters<typeof scanQr>[0]> = {}): QrAdmin {
  return scanQr({ keys: home.admin.keys, link, home: adminHome, nowMs: NOW, ...change });
}

/** Hands all bodies to one side; what that side wants to send is collected. */
async function feed<S>(
  state: S,
  bodies: readonly Uint8Array[],
  receive: (state: S, body: Uint8Array, nowMs: number) => Promise<{ state: S; send: readonly Uint8Array[] }>,
  nowMs = NOW,
) {
  let now = state;
  const send: Uint8Array[] = [];
  for (const body of bodies) {
    const step = await receive(now, body, nowMs);
    now = step.state;
    send.push(...step.send);
  }
  return { state: now, send };
}

async function letIn(by: Device, device: Device) {
  const roster = await buildNextRoster(home.head, by.keys.deviceId, [
    { do: 'addDevice', sigPub: device.keys.sigPub, role: 'viewer', grants: [PORCH] },
  ]);
  return await signRoster(by.keys, roster);
}

/** Up to where both wait for the press. */
async function untilOffered() {
  const d = await show();
  const a = await feed(scan(d.link), d.send, qrAdminReceive);
  const offered = await feed(d.state, a.send, qrDeviceReceive);
  return { d: offered.state, a: a.state, hello: d.send, offer: a.send, link: d.link };
}

describe('pairing by a code that is scanned', () => {
  it('lets a display in, after its keys, the home and a press were checked', async () => {
    const { d, a } = await untilOffered();
    if (d.at !== 'offered' || a.at !== 'offered') throw new Error(`${d.at} ${a.at}`);
    expect(d.home).toMatchObject({
      homeId: home.head.homeId,
      homeName: 'Linden Street',
      adminId: home.admin.keys.deviceId,
      epoch: NOW,
    });
    const said = { kind: 'display', name: 'Kitchen tablet', model: 'lenovo tab m10', route: 'fixture' };
    expect(a.device).toMatchObject({ deviceId: tablet.keys.deviceId, ...said });
    expect(a.pressed).toBe(false);
    const pressed = await qrDevicePress(d, NOW);
    const told = await feed<QrAdmin>(a, pressed.send, qrAdminReceive);
    expect(told.state).toMatchObject({ at: 'offered', pressed: true });
    const admitted = await qrAdmit(told.state, await letIn(home.admin, tablet), NOW);
    expect(admitted.state.at).toBe('done');
    const joined = await feed(pressed.state, admitted.send, qrDeviceReceive);
    if (joined.state.at !== 'joined') throw new Error(joined.state.at);
    expect(joined.state.home.head.version).toBe(3);
    expect(member(joined.state.home.head, tablet.keys.deviceId)).toMatchObject({ role: 'viewer', grants: [PORCH] });
    expect((await verifyChain(joined.state.home.rosters, home.head.homeId)).version).toBe(3);
  });

  it('lets nobody in before the press', async () => {
    const { d, a } = await untilOffered();
    await expect(qrAdmit(a, await letIn(home.admin, tablet), NOW)).rejects.toMatchObject({ code: 'internal' });
    const early = encodePairingMessage({ is: 'welcome', rosters: [await letIn(home.admin, tablet)] });
    expect((await qrDeviceReceive(d, early, NOW)).state).toEqual({ at: 'failed', code: 'pair.refused' });
    const forged = encodePairingMessage({ is: 'press', signature: new Uint8Array(64) });
    expect((await qrAdminReceive(a, forged, NOW)).state).toEqual({ at: 'failed', code: 'pair.refused' });
  });

  it('joins only what extends that head, is signed by that admin and holds its own key', async () => {
    const second = await newDevice();
    const withSecond = await nextHead(home.head, home.admin.keys, [
      { do: 'addDevice', sigPub: second.keys.sigPub, role: 'admin', grants: 'all' },
    ]);
    const bySecond = await buildNextRoster(withSecond, second.keys.deviceId, [
      { do: 'addDevice', sigPub: tablet.keys.sigPub, role: 'viewer', grants: 'all' },
    ]);
    const byAdmin = await buildNextRoster(withSecond, home.admin.keys.deviceId, [
      { do: 'addDevice', sigPub: tablet.keys.sigPub, role: 'viewer', grants: 'all' },
    ]);
    const other = await makeHome();
    const cases: readonly (readonly [string, readonly Uint8Array[]])[] = [
      ['failed', [await letIn(home.admin, second)]],
      ['failed', [withSecond.bytes, await signRoster(second.keys, bySecond)]],
      ['failed', [home.head.bytes]],
      ['failed', []],
      ['failed', [other.head.bytes]],
      ['joined', [withSecond.bytes, await signRoster(home.admin.keys, byAdmin)]],
    ];
    for (const [outcome, rosters] of cases) {
      const { d } = await untilOffered();
      const { state } = await qrDevicePress(d, NOW);
      expect((await qrDeviceReceive(state, encodePairingMessage({ is: 'welcome', rosters }), NOW)).state.at).toBe(
        outcome,
      );
    }
  });

  it('fails for a relay that answers itself, without the secret or as another admin', async () => {
    const d = await show();
    const mallory = await makeHome();
    const theirs: AdminHome = {
      head: mallory.head,
      rosters: mallory.rosters,
      homeName: 'Linden Street',
      epoch: epoch(NOW),
    };
    const guessed = { ...d.link, secret: new Uint8Array(16) };
    const fake = await feed(scan(guessed, { keys: mallory.admin.keys, home: theirs }), d.send, qrAdminReceive);
    expect((await feed<QrDevice>(d.state, fake.send, qrDeviceReceive)).state).toEqual({
      at: 'failed',
      code: 'pair.refused',
    });
    const viewer = await feed(scan(d.link, { keys: home.kitchen.keys }), d.send, qrAdminReceive);
    expect(viewer.state).toEqual({ at: 'failed', code: 'pair.refused' });
  });

  it('fails for a relay that puts its own device in the place of the one that shows the code', async () => {
    const d = await show();
    const mallory = await show(await newDevice());
    expect((await feed(scan(d.link), mallory.send, qrAdminReceive)).state).toEqual({
      at: 'failed',
      code: 'pair.refused',
    });
  });

  it('fails with any byte of hello or offer changed: keys, names, heads, signatures', async () => {
    const d = await show();
    const a = await feed(scan(d.link), d.send, qrAdminReceive);
    const [hello] = d.send;
    const offer = a.send.at(-1);
    const chain = a.send.slice(0, -1);
    if (hello === undefined || offer === undefined) throw new Error('nothing sent');
    for (let i = 0; i < hello.length; i += 1) {
      const mutant = hello.with(i, (hello[i] ?? 0) ^ 2);
      expect((await qrAdminReceive(scan(d.link), mutant, NOW)).state.at).toBe('failed');
    }
    const held = await feed(d.state, chain, qrDeviceReceive);
    for (let i = 0; i < offer.length; i += 1) {
      const mutant = offer.with(i, (offer[i] ?? 0) ^ 2);
      expect((await qrDeviceReceive(held.state, mutant, NOW)).state.at).toBe('failed');
    }
  });

  it('is for one offer, one press, and five minutes', async () => {
    const { d, a, offer } = await untilOffered();
    expect((await feed(d, offer, qrDeviceReceive)).state).toEqual({ at: 'failed', code: 'pair.refused' });
    expect((await qrDevicePress(d, NOW + PAIRING_MS)).state).toEqual({ at: 'failed', code: 'pair.expired' });
    const { send } = await qrDevicePress(d, NOW);
    expect((await feed(a, send, qrAdminReceive, NOW + PAIRING_MS)).state).toEqual({
      at: 'failed',
      code: 'pair.expired',
    });
    const shown = await show();
    expect((await feed(shown.state, offer, qrDeviceReceive, NOW + PAIRING_MS)).state).toEqual({
      at: 'failed',
      code: 'pair.expired',
    });
  });

  it('tells the other side when it fails or is cancelled, and then stays failed', async () => {
    const { d, a } = await untilOffered();
    expect((await qrDeviceReceive(d, pairingCancelled(), NOW)).state).toEqual({ at: 'failed', code: 'pair.left' });
    const failed = await qrAdminReceive(a, Uint8Array.of(77), NOW);
    expect(failed.state).toEqual({ at: 'failed', code: 'pair.refused' });
    expect(failed.send.map(decodePairingMessage)).toEqual([{ is: 'failed', code: 'pair.refused' }]);
    expect(await qrAdminReceive(failed.state, pairingCancelled(), NOW)).toEqual({ state: failed.state, send: [] });
  });

  it('carries a long chain in parts that a mailbox takes', async () => {
    const roster = new Uint8Array(5000);
    const parts = chainMessages(Array.from({ length: 100 }, () => roster));
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part.length).toBeLessThan(128 * 1024);
    const all = parts.map(decodePairingMessage).flatMap((part) => (part.is === 'chain' ? part.rosters : []));
    expect(all).toHaveLength(100);
    const d = await show();
    const flood = encodePairingMessage({ is: 'chain', rosters: Array.from({ length: 512 }, () => new Uint8Array()) });
    const flooded = await feed(
      d.state,
      Array.from({ length: 9 }, () => flood),
      qrDeviceReceive,
    );
    expect(flooded.state).toEqual({ at: 'failed', code: 'pair.refused' });
  });
});

describe('the link', () => {
  it('holds mailbox, hash and secret in its fragment', async () => {
    const { link } = await show();
    const text = encodePairingLink(link);
    expect(text).toMatch(/^[A-Za-z0-9_-]{86}$/);
    for (const form of [text, `https://relay.example/app#pair=${text}`, `http://127.0.0.1:8420/app#claim=${text} `]) {
      expect(decodePairingLink(form)).toEqual(link);
    }
    for (const bad of [
      '',
      text.slice(1),
      `${text}A`,
      `https://relay.example/app?${text}`,
      `#other=${text}`,
      '!'.repeat(86),
    ]) {
      expect(() => decodePairingLink(bad)).toThrow(SealcamError);
    }
  });
});

describe('the claim of an agent', () => {
  async function claim(change: Partial<Parameters<typeof startClaim>[0]> = {}) {
    const agent = await newDevice();
    const d = await show(agent, 'agent');
    const start = startClaim({ keys: home.admin.keys, link: d.link, homeName: 'Linden Street', nowMs: NOW, ...change });
    return { agent, d, start };
  }

  it('makes a home of this admin and this agent, without a press', async () => {
    const { agent, d, start } = await claim();
    const a = await feed<Claim>(start, d.send, claimReceive);
    expect(a.state.at).toBe('offered');
    const joined = await feed(d.state, a.send, qrDeviceReceive);
    if (joined.state.at !== 'joined') throw new Error(joined.state.at);
    const done = await feed(a.state, joined.send, claimReceive);
    if (done.state.at !== 'claimed') throw new Error(done.state.at);
    const { head } = joined.state.home;
    expect(head.hash).toEqual(done.state.claimed.head.hash);
    expect(head.version).toBe(1);
    expect(member(head, agent.keys.deviceId)?.role).toBe('agent');
    expect(member(head, home.admin.keys.deviceId)?.role).toBe('admin');
    expect(joined.state.home.homeName).toBe('Linden Street');
  });

  it('puts a new agent in the place of the old one, with the highest epoch the admin saw', async () => {
    const { agent, d, start } = await claim({ home: adminHome });
    const a = await feed<Claim>(start, d.send, claimReceive);
    const joined = await feed(d.state, a.send, qrDeviceReceive);
    if (joined.state.at !== 'joined') throw new Error(joined.state.at);
    expect(joined.state.home).toMatchObject({ homeId: home.head.homeId, epoch: NOW });
    expect(joined.state.home.head.version).toBe(3);
    expect(member(joined.state.home.head, home.agent.keys.deviceId)).toBeUndefined();
    expect(member(joined.state.home.head, agent.keys.deviceId)?.role).toBe('agent');
  });

  it('is not had by another agent, nor by a display, nor does a display become a member unasked', async () => {
    const { d, start } = await claim();
    const stranger = await show(await newDevice(), 'agent');
    expect((await feed<Claim>(start, stranger.send, claimReceive)).state).toEqual({
      at: 'failed',
      code: 'pair.refused',
    });
    const display = await show();
    const tricked = startClaim({ keys: home.admin.keys, link: display.link, homeName: '', nowMs: NOW });
    expect((await feed<Claim>(tricked, display.send, claimReceive)).state).toEqual({
      at: 'failed',
      code: 'pair.refused',
    });
    expect((await feed(scan(d.link), d.send, qrAdminReceive)).state).toEqual({ at: 'failed', code: 'pair.refused' });
  });
});
