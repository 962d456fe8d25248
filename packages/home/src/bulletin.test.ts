import { epoch, equalBytes, fromHex, millis, toHex, type DeviceId } from '@sealcam/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  acceptBulletin,
  buildBulletin,
  type Bulletin,
  type BulletinMark,
  type BulletinOffer,
  type BulletinOutcome,
} from './bulletin.ts';
import { generateHpkeKeys } from './device-keys.ts';
import {
  bulletinInput,
  GUEST_UNTIL,
  hpkeKeysOf,
  makeHome,
  newDevice,
  nextHead,
  NOW,
  NURSERY,
  PORCH,
  type Device,
  type TestHome,
} from './home.fixture.ts';
import { decodeManifest, encodeManifest, verifyManifest, type Manifest } from './manifest.ts';
import { sha256 } from './digest.ts';
import { signed } from './sign.ts';

let home: TestHome;
let bulletin: Bulletin;
beforeAll(async () => {
  home = await makeHome();
  bulletin = await buildBulletin(bulletinInput(home));
});

function offerTo(device: Device, from: Bulletin, change: Partial<BulletinOffer> = {}): BulletinOffer {
  return {
    head: home.head,
    deviceId: device.keys.deviceId,
    hpke: [device.hpke],
    mark: undefined,
    manifest: from.manifest,
    wrap: wrapOf(from, device.keys.deviceId),
    ...change,
  };
}

function wrapOf(from: Bulletin, device: DeviceId): Uint8Array | undefined {
  return from.wraps.find((wrap) => wrap.deviceId === device)?.wrap;
}

async function markOf(from: Bulletin): Promise<BulletinMark> {
  const outcome = await acceptBulletin(offerTo(home.kitchen, from));
  if (outcome.at !== 'accepted') throw new Error('not accepted');
  return outcome.mark;
}

/** What the agent would send if it signed another manifest. */
async function resigned(change: (manifest: Manifest) => Manifest): Promise<Bulletin> {
  const manifest = await signed(home.agent.keys, encodeManifest(change(decodeManifest(bulletin.manifest))));
  return { ...bulletin, manifest };
}

const brief = (outcome: BulletinOutcome) => (outcome.at === 'refused' ? [outcome.code, outcome.alarm] : [outcome.at]);

describe('a bulletin', () => {
  it('gives each member its names and keys, and no more than its grants', async () => {
    const kitchen = await acceptBulletin(offerTo(home.kitchen, bulletin));
    const guest = await acceptBulletin(offerTo(home.guest, bulletin));
    if (kitchen.at !== 'accepted' || guest.at !== 'accepted') throw new Error('not accepted');
    expect(kitchen.wrap?.cameras).toEqual(home.secrets);
    expect(kitchen.wrap?.names).toEqual(home.names);
    expect(kitchen.mark).toMatchObject({ rosterVersion: 2, epoch: NOW });
    expect(guest.wrap?.cameras.map((camera) => camera.cameraId)).toEqual([PORCH]);
    expect(guest.wrap?.names.cameras.map((camera) => camera.cameraId)).toEqual([PORCH]);
    expect(kitchen.manifest.agentHpkePub).toEqual(home.agent.hpke.hpkePub);
    expect(bulletin.withoutKey).toEqual([]);
    expect(NURSERY > PORCH).toBe(true);
  });

  it('is opened by nobody else: neither another member nor an old key', async () => {
    const wrong = await acceptBulletin(
      offerTo(home.kitchen, bulletin, { wrap: wrapOf(bulletin, home.guest.keys.deviceId) }),
    );
    expect(brief(wrong)).toEqual(['bulletin.invalid', false]);
    const other = await acceptBulletin(offerTo(home.kitchen, bulletin, { hpke: [home.guest.hpke] }));
    expect(brief(other)).toEqual(['bulletin.invalid', false]);
  });

  it('is not opened with a wrap that anyone else made: HPKE in base mode says nothing of the sender, the signed hash does', async () => {
    const secrets = home.secrets.map((camera) => ({ ...camera, secret: new Uint8Array(32).fill(0xee) }));
    const forged = await buildBulletin(bulletinInput(home, { cameras: secrets }));
    const wrap = wrapOf(forged, home.kitchen.keys.deviceId);
    expect((await acceptBulletin(offerTo(home.kitchen, forged))).at).toBe('accepted');
    expect(brief(await acceptBulletin(offerTo(home.kitchen, bulletin, { wrap })))).toEqual(['bulletin.invalid', false]);
  });

  it('is refused with any one byte of manifest, signature or wrap changed', async () => {
    const outcomes: string[] = [];
    for (const part of ['manifest', 'wrap'] as const) {
      const whole = offerTo(home.kitchen, bulletin)[part] ?? new Uint8Array();
      for (let i = 0; i < whole.length; i += 1) {
        const mutant = Uint8Array.from(whole);
        mutant[i] = (mutant[i] ?? 0) ^ 0x10;
        outcomes.push((await acceptBulletin(offerTo(home.kitchen, bulletin, { [part]: mutant }))).at);
      }
    }
    expect(outcomes).toHaveLength(
      bulletin.manifest.length + (wrapOf(bulletin, home.kitchen.keys.deviceId)?.length ?? 0),
    );
    expect(outcomes).not.toContain('accepted');
  });

  it('that is cut short, extended or noise is refused without an exception', async () => {
    for (let i = 0; i < bulletin.manifest.length; i += 5) {
      const outcome = await acceptBulletin(
        offerTo(home.kitchen, bulletin, { manifest: bulletin.manifest.subarray(0, i) }),
      );
      expect(outcome.at).toBe('refused');
    }
    const longer = new Uint8Array([...bulletin.manifest, 0]);
    expect((await acceptBulletin(offerTo(home.kitchen, bulletin, { manifest: longer }))).at).toBe('refused');
    expect((await acceptBulletin(offerTo(home.kitchen, bulletin, { wrap: undefined }))).at).toBe('refused');
  });

  it('by anybody but the agent is refused', async () => {
    const forged = {
      ...bulletin,
      manifest: await signed(home.admin.keys, encodeManifest(decodeManifest(bulletin.manifest))),
    };
    expect(brief(await acceptBulletin(offerTo(home.kitchen, forged)))).toEqual(['bulletin.invalid', false]);
    await expect(buildBulletin(bulletinInput(home, { keys: home.admin.keys }))).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('its recipients', () => {
  it('are exactly the members: a ghost that the agent itself signs in is an alarm at every honest viewer', async () => {
    const ghost = await newDevice();
    const entry = { deviceId: ghost.keys.deviceId, keySeq: 1, wrapHash: await sha256(Uint8Array.of(1)) };
    const haunted = await resigned((manifest) => ({
      ...manifest,
      entries: [...manifest.entries, entry].toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1)),
    }));
    for (const device of [home.admin, home.kitchen, home.guest]) {
      expect(brief(await acceptBulletin(offerTo(device, haunted)))).toEqual(['bulletin.invalid', true]);
    }
    await expect(verifyManifest(home.head, haunted.manifest)).rejects.toMatchObject({ code: 'bulletin.invalid' });
  });

  it('are not fewer: a member that no admin removed is an alarm for the others', async () => {
    const guest = home.guest.keys.deviceId;
    const short = await resigned((manifest) => ({
      ...manifest,
      entries: manifest.entries.filter((entry) => entry.deviceId !== guest),
    }));
    expect(brief(await acceptBulletin(offerTo(home.kitchen, short)))).toEqual(['bulletin.invalid', true]);
  });

  it('follow the time of issue alone, whatever the clock of a viewer says', async () => {
    const at = async (issuedAtMs: number) =>
      await buildBulletin(bulletinInput(home, { issuedAtMs: millis(issuedAtMs), epoch: epoch(NOW + 9e9) }));
    const before = await at(GUEST_UNTIL - 1);
    const after = await at(GUEST_UNTIL);
    expect((await acceptBulletin(offerTo(home.guest, before))).at).toBe('accepted');
    expect((await acceptBulletin(offerTo(home.kitchen, before))).at).toBe('accepted');
    expect(wrapOf(after, home.guest.keys.deviceId)).toBeUndefined();
    expect(brief(await acceptBulletin(offerTo(home.guest, after)))).toEqual(['device.expired', false]);
    expect((await acceptBulletin(offerTo(home.kitchen, after))).at).toBe('accepted');
    // The agent says one time and wraps for another: not the list that its own time asks for.
    const skewed = {
      ...before,
      manifest: await signed(
        home.agent.keys,
        encodeManifest({ ...decodeManifest(before.manifest), issuedAtMs: millis(GUEST_UNTIL) }),
      ),
    };
    expect(brief(await acceptBulletin(offerTo(home.kitchen, skewed)))).toEqual(['bulletin.invalid', true]);
  });

  it('that gave no key are named without a wrap, and accept the bulletin without keys', async () => {
    const made = await buildBulletin(
      bulletinInput(home, { hpkeKeys: await hpkeKeysOf(home.head, [home.admin, home.guest]) }),
    );
    expect(made.withoutKey).toEqual([home.kitchen.keys.deviceId]);
    const outcome = await acceptBulletin(offerTo(home.kitchen, made));
    expect(outcome).toMatchObject({ at: 'accepted', wrap: undefined });
    expect((await acceptBulletin(offerTo(home.guest, made))).at).toBe('accepted');
    await expect(verifyManifest(home.head, made.manifest)).resolves.toMatchObject({ rosterVersion: 2 });
  });

  it('are never the recovery sheet, which accepts a bulletin for the key of the agent in it, and opens nothing', async () => {
    const sheet = await newDevice();
    const head = await nextHead(home.head, home.admin.keys, [{ do: 'setRecovery', sigPub: sheet.keys.sigPub }]);
    const made = await buildBulletin({ ...bulletinInput(home), head });
    expect(wrapOf(made, sheet.keys.deviceId)).toBeUndefined();
    const offer = { ...offerTo(sheet, made), head };
    expect(await acceptBulletin(offer)).toMatchObject({
      at: 'accepted',
      wrap: undefined,
      manifest: { rosterVersion: 3 },
    });
    const stolen = { ...offer, wrap: wrapOf(made, home.kitchen.keys.deviceId) };
    expect(await acceptBulletin(stolen)).toMatchObject({ at: 'accepted', wrap: undefined });
  });

  it('are opened by whichever of their keys the agent had', async () => {
    const tomorrow = await generateHpkeKeys(2);
    const outcome = await acceptBulletin(offerTo(home.kitchen, bulletin, { hpke: [tomorrow, home.kitchen.hpke] }));
    expect(outcome).toMatchObject({ at: 'accepted', wrap: { keySeq: 1 } });
    expect(await acceptBulletin(offerTo(home.kitchen, bulletin, { hpke: [tomorrow] }))).toMatchObject({
      at: 'accepted',
      wrap: undefined,
    });
  });
});

describe('against what was accepted before', () => {
  it('the same bulletin again is fine, another one of the same epoch is a fork', async () => {
    const mark = await markOf(bulletin);
    expect((await acceptBulletin(offerTo(home.kitchen, bulletin, { mark }))).at).toBe('accepted');
    const twin = await buildBulletin(bulletinInput(home));
    expect(equalBytes(twin.manifest, bulletin.manifest)).toBe(false);
    expect(brief(await acceptBulletin(offerTo(home.kitchen, twin, { mark })))).toEqual(['roster.forked', true]);
  });

  it('a lower epoch is older, and no alarm: it may be late, replayed, or the best that the relay has', async () => {
    const mark = await markOf(bulletin);
    const older = await buildBulletin(bulletinInput(home, { epoch: epoch(NOW - 1) }));
    expect(await acceptBulletin(offerTo(home.kitchen, older, { mark }))).toEqual({ at: 'older', rosterVersion: 2 });
    const newer = await buildBulletin(bulletinInput(home, { epoch: epoch(NOW + 1) }));
    expect((await acceptBulletin(offerTo(home.kitchen, newer, { mark }))).at).toBe('accepted');
  });

  it('a bulletin of an older roster is behind, of a newer one ahead, and neither is an alarm', async () => {
    const mark = await markOf(bulletin);
    const head = await nextHead(home.head, home.admin.keys, [
      { do: 'removeDevice', deviceId: home.guest.keys.deviceId },
    ]);
    expect(await acceptBulletin(offerTo(home.kitchen, bulletin, { head, mark }))).toEqual({
      at: 'behind',
      rosterVersion: 2,
    });
    const next = await buildBulletin(bulletinInput(home, { head, epoch: epoch(NOW + 5) }));
    expect(await acceptBulletin(offerTo(home.kitchen, next, { mark }))).toEqual({ at: 'ahead', rosterVersion: 3 });
    const outcome = await acceptBulletin(offerTo(home.kitchen, next, { head, mark }));
    expect(outcome.at).toBe('accepted');
    expect(wrapOf(next, home.guest.keys.deviceId)).toBeUndefined();
    expect(brief(await acceptBulletin(offerTo(home.guest, next, { head })))).toEqual(['device.unknown', false]);
    await expect(verifyManifest(head, bulletin.manifest)).rejects.toMatchObject({ code: 'roster.stale' });
  });

  it('once a later roster was counter-signed, the earlier one is older', async () => {
    const head = await nextHead(home.head, home.admin.keys, []);
    const next = await buildBulletin(bulletinInput(home, { head, epoch: epoch(NOW + 5) }));
    const outcome = await acceptBulletin(offerTo(home.kitchen, next, { head }));
    if (outcome.at !== 'accepted') throw new Error('not accepted');
    const stale = await buildBulletin(bulletinInput(home, { epoch: epoch(NOW + 6) }));
    expect(await acceptBulletin(offerTo(home.kitchen, stale, { head, mark: outcome.mark }))).toEqual({
      at: 'older',
      rosterVersion: 2,
    });
  });

  it('two rosters of one version, served to two viewers, are a fork', async () => {
    const mine = await nextHead(home.head, home.admin.keys, []);
    const theirs = await nextHead(home.head, home.admin.keys, [
      { do: 'setGrants', deviceId: home.kitchen.keys.deviceId, grants: [] },
    ]);
    const made = await buildBulletin(bulletinInput(home, { head: theirs, epoch: epoch(NOW + 1) }));
    expect(brief(await acceptBulletin(offerTo(home.kitchen, made, { head: mine })))).toEqual([
      'roster.elsewhere',
      true,
    ]);
    await expect(verifyManifest(mine, made.manifest)).rejects.toMatchObject({ code: 'roster.forked' });
  });

  it('two homes mixed up by a relay are refused', async () => {
    const other = await makeHome();
    const theirs = await buildBulletin(bulletinInput(other));
    expect(brief(await acceptBulletin(offerTo(home.kitchen, theirs)))).toEqual(['bulletin.invalid', false]);
  });
});

describe('a manifest', () => {
  it('has the bytes of SEALING, in its order', async () => {
    const manifest = decodeManifest(bulletin.manifest);
    const front = `${Buffer.from('sealcam/2 bulletin\0').toString('hex')}${home.head.homeId}0000000000000002${toHex(home.head.hash)}`;
    expect(toHex(bulletin.manifest).startsWith(front)).toBe(true);
    expect(
      toHex(bulletin.manifest.subarray(front.length / 2)).startsWith(NOW.toString(16).padStart(16, '0').repeat(2)),
    ).toBe(true);
    expect(bulletin.manifest.length).toBe(19 + 16 + 8 + 32 + 8 + 8 + 65 + 32 + 2 + 3 * (16 + 8 + 32) + 64);
    expect(encodeManifest(manifest)).toEqual(bulletin.manifest.subarray(0, -64));
    const [entry] = manifest.entries;
    expect(entry?.wrapHash).toEqual(
      await sha256(wrapOf(bulletin, entry?.deviceId ?? home.admin.keys.deviceId) ?? fromHex('')),
    );
  });
});
