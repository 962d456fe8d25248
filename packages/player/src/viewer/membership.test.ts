/** What a device takes from a relay as its home's, at the edges: floors, days, what is removed, what another tab has done. */
import { millis, SealcamError } from '@sealcam/protocol';
import type { Bulletin } from '@sealcam/home';
import { beforeEach, describe, expect, test } from 'vitest';
import { HomeRig } from '../../test/home-rig.ts';
import { Membership, type BulletinVerdict } from './membership.ts';

const DAY_MS = 86_400_000;

let rig: HomeRig;
let membership: Membership;

beforeEach(async () => {
  rig = await HomeRig.create();
  membership = await Membership.load(rig.ports);
});

const kinds = (): string[] => membership.alarms.now.get().map(({ kind }) => kind);
const cameras = (): number | undefined => membership.keys.get()?.cameras.size;
const own = ({ wraps }: Bulletin): Uint8Array | undefined =>
  wraps.find(({ deviceId }) => deviceId === rig.display.deviceId)?.wrap;
const offer = async (bulletin: Bulletin | undefined = rig.bulletin): Promise<BulletinVerdict> => {
  if (bulletin === undefined) throw new Error('no bulletin');
  return membership.offerBulletin(bulletin.manifest, own(bulletin));
};
const next = async (): Promise<Bulletin> => {
  rig.clock.pass(10);
  return rig.rotate();
};

describe('a device', () => {
  test('that holds nothing is not paired', async () => {
    rig.store.device = undefined;
    await expect(Membership.load(rig.ports)).rejects.toThrow(SealcamError);
    await expect(Membership.load(rig.ports)).rejects.toMatchObject({ code: 'device.unknown' });
  });

  test('takes no bulletin from before its pairing, and that very one', async () => {
    const floor = rig.epoch;
    rig.store.device = rig.store.device && { ...rig.store.device, epochFloor: floor + 1 };
    membership = await Membership.load(rig.ports);
    expect([await offer(), cameras(), rig.store.device?.mark]).toEqual(['older', undefined, undefined]);
    await rig.rotate(floor + 1);
    expect([await offer(), cameras()]).toEqual(['accepted', 2]);
  });

  test('takes no older bulletin than it took', async () => {
    const [first, second] = [rig.bulletin, await next()];
    expect([await offer(first), await offer(second), await offer(first)]).toEqual(['accepted', 'accepted', 'older']);
    expect([membership.mark?.epoch, rig.store.device?.mark?.epoch]).toEqual([rig.epoch, rig.epoch]);
    expect([await offer(second), kinds()]).toEqual(['accepted', []]);
  });

  test('lowers nothing that another tab has stored', async () => {
    const first = rig.bulletin;
    const other = await Membership.load(rig.ports);
    const newest = await next();
    expect(await other.offerBulletin(newest.manifest, own(newest))).toBe('accepted');
    expect(await offer(first)).toBe('accepted');
    expect(rig.store.device?.mark?.epoch).toBe(rig.epoch);
    await rig.changeRoster();
    await rig.changeRoster();
    await other.offerRosters(rig.rosters);
    await membership.offerRosters(rig.rosters.slice(0, 3));
    expect([membership.head.version, rig.store.device?.rosters.length]).toEqual([3, 4]);
  });

  test('that the agent has no key of has no keys, and says that one is due', async () => {
    rig.hpkeKeys.clear();
    expect(await offer(await next())).toBe('accepted');
    expect(membership.keys.get()).toMatchObject({ wrapped: false, epoch: rig.epoch });
    expect(cameras()).toBe(0);
  });

  test('that was removed has no keys from the bulletin on that says so', async () => {
    await offer();
    expect(cameras()).toBe(2);
    await rig.changeRoster({ do: 'removeDevice', deviceId: rig.display.deviceId });
    await membership.offerRosters(rig.rosters);
    expect(membership.facts.get().me).toBeUndefined();
    expect(await offer(await next())).toBe('refused');
    expect([cameras(), membership.keys.get()?.wrapped, kinds()]).toEqual([0, true, []]);
  });

  test('that was removed before it had any keys has none', async () => {
    await rig.changeRoster({ do: 'removeDevice', deviceId: rig.display.deviceId });
    await membership.offerRosters(rig.rosters);
    expect(await offer(await next())).toBe('refused');
    expect(membership.keys.get()).toBeUndefined();
  });
});

describe('lists of members', () => {
  test('that are all older are a rollback where they are the relay’s best, else one stray; none at all is nothing', async () => {
    await rig.changeRoster();
    await membership.offerRosters(rig.rosters);
    await membership.offerRosters([], true);
    expect([kinds(), membership.strays.counts.get().roster]).toEqual([[], 0]);
    await membership.offerRosters(rig.rosters.slice(0, 2));
    expect([kinds(), membership.strays.counts.get().roster]).toEqual([[], 1]);
    await membership.offerRosters(rig.rosters.slice(0, 2), true);
    expect([kinds(), membership.strays.counts.get().roster]).toEqual([['rollback'], 1]);
    expect(membership.alarms.areShut).toBe(false);
  });

  test('that begin with older ones and go on are no rollback, and are stored once', async () => {
    await rig.changeRoster();
    const { writes } = rig.store;
    await membership.offerRosters(rig.rosters, true);
    expect([kinds(), membership.head.version, rig.store.writes]).toEqual([[], 3, writes + 1]);
    await membership.offerRosters(rig.rosters.slice(-1), true);
    expect([kinds(), rig.store.device?.rosters.length, rig.store.writes]).toEqual([[], 3, writes + 1]);
  });

  test('an old one with another signature is none of ours', async () => {
    const forged = Uint8Array.from(rig.rosters[0] ?? []);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    await membership.offerRosters([forged], true);
    expect([kinds(), membership.strays.counts.get().roster]).toEqual([[], 1]);
  });

  test('after a stray one, what follows is still looked at', async () => {
    await rig.changeRoster();
    await membership.offerRosters([new Uint8Array(9), ...rig.rosters.slice(-1)]);
    expect([membership.head.version, membership.strays.counts.get().roster]).toEqual([3, 1]);
  });
});

describe('its own key', () => {
  test('is a day old, by a clock that may go either way, before a new one is due; then there are both', async () => {
    const made = rig.clock.wallMs();
    expect(membership.isHpkeKeyDue).toBe(false);
    rig.clock.pass(DAY_MS - 1);
    expect(membership.isHpkeKeyDue).toBe(false);
    await membership.hpkeMessage();
    expect(membership.device.hpke.map(({ keySeq }) => keySeq)).toEqual([1]);
    rig.clock.pass(1);
    expect(membership.isHpkeKeyDue).toBe(true);
    await membership.hpkeMessage();
    expect(membership.device.hpke.map(({ keySeq, madeMs }) => [keySeq, madeMs])).toEqual([
      [1, made],
      [2, made + DAY_MS],
    ]);
    expect(membership.isHpkeKeyDue).toBe(false);
    rig.store.device = { ...membership.device, hpke: [{ ...membership.device.hpke[0], madeMs: made + 3 * DAY_MS }] } as never; // prettier-ignore
    expect((await Membership.load(rig.ports)).isHpkeKeyDue).toBe(true);
  });

  test('that another tab has made already is not made again', async () => {
    const other = await Membership.load(rig.ports);
    rig.clock.pass(DAY_MS);
    await other.hpkeMessage();
    await membership.hpkeMessage();
    expect(membership.device.hpke).toEqual(other.device.hpke);
    expect(membership.device.hpke.map(({ keySeq }) => keySeq)).toEqual([1, 2]);
  });

  test('of before goes when a wrap opened with the new one', async () => {
    rig.clock.pass(DAY_MS);
    await membership.hpkeMessage();
    expect(await offer(await next())).toBe('accepted');
    expect(membership.device.hpke.map(({ keySeq }) => keySeq)).toEqual([1, 2]);
    const key = membership.device.hpke.at(-1);
    if (key === undefined) throw new Error('no key');
    const { homeId } = rig.head;
    rig.hpkeKeys.set(rig.display.deviceId, { homeId, deviceId: rig.display.deviceId, keySeq: 2, hpkePub: key.hpkePub });
    expect(await offer(await next())).toBe('accepted');
    expect(membership.device.hpke.map(({ keySeq }) => keySeq)).toEqual([2]);
  });
});

describe('a recovery sheet that was used', () => {
  test('is said for seven days, to their last millisecond', async () => {
    const usedMs = rig.clock.wallMs();
    rig.recoveryUsedMs = usedMs;
    expect(await offer(await next())).toBe('accepted');
    expect(kinds()).toEqual(['recovery']);
    rig.clock.pass(usedMs + 7 * DAY_MS - 1 - rig.clock.wallMs());
    await offer(await rig.rotate());
    expect(kinds()).toEqual(['recovery']);
    rig.clock.pass(1);
    await offer(await rig.rotate());
    expect(kinds()).toEqual([]);
    expect(membership.facts.get().names?.recoveryUsedAtMs).toBe(millis(usedMs));
  });
});
