import {
  buildGenesis,
  buildNextRoster,
  generateDeviceKeys,
  generateHpkeKeys,
  householdCode,
  signHpkeKey,
  signRoster,
  verifyGenesis,
  verifyNext,
  type DeviceKeys,
  type Head,
  type RosterChange,
} from '@sealcam/home';
import { toBase64Url } from '@sealcam/protocol';
import fc from 'fast-check';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { HomeStore } from './home-store.ts';
import { Household } from './household.ts';

const NOW_MS = 1_800_000_000_000;

let admin: DeviceKeys;
let sheet: DeviceKeys;
/** The genesis, and version 2 that has a recovery sheet. */
let genesis: Head;
let head: Head;
let folder: string;
let household: Household;
let heard: string[];

async function next(from: Head, signer: DeviceKeys, changes: readonly RosterChange[]): Promise<Head> {
  return await verifyNext(from, await signRoster(signer, await buildNextRoster(from, signer.deviceId, changes)));
}

async function load(store: HomeStore): Promise<Household> {
  heard = [];
  return await Household.load({
    store,
    logger: pino({ level: 'silent' }),
    clock: () => NOW_MS,
    onRoster: (added, from) => heard.push(`${added.length} from ${from}`),
    onKey: (first) => heard.push(first ? 'first key' : 'next key'),
    onRecovery: () => heard.push('recovery'),
  });
}

beforeEach(async () => {
  const agent = await generateDeviceKeys();
  [admin, sheet] = [await generateDeviceKeys(), await generateDeviceKeys()];
  genesis = await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub)));
  head = await next(genesis, admin, [{ do: 'setRecovery', sigPub: sheet.sigPub }]);
  folder = folderForTest();
  const store = new HomeStore(folder);
  store.update((record) => ({
    ...record,
    home: {
      ...{ homeId: genesis.homeId, homeName: 'Home', members: {}, hpkeKeys: {}, recoveryUsedAtMs: 0 },
      rosters: [toBase64Url(genesis.bytes)],
    },
  }));
  household = await load(store);
});

/** The household as the next start of the agent finds it. */
async function restarted(): Promise<Household> {
  return await load(new HomeStore(folder));
}

describe('rosters', () => {
  it('that follow are accepted, told in that tick, and there after a restart', async () => {
    const third = await next(head, admin, [
      { do: 'addDevice', sigPub: (await generateDeviceKeys()).sigPub, role: 'viewer', grants: 'all' },
    ]);
    await household.offer([genesis.bytes, head.bytes, third.bytes], 'relay');
    expect(heard).toEqual(['2 from relay']);
    expect(household.head.version).toBe(3);
    expect((await restarted()).head.hash).toEqual(third.hash);
  });

  it('that are older or the same change nothing; another one of the same version is refused', async () => {
    const other = await next(genesis, admin, [
      { do: 'addDevice', sigPub: sheet.sigPub, role: 'viewer', grants: 'all' },
    ]);
    await household.offer([head.bytes], 'elsewhere');
    await household.offer([genesis.bytes], 'relay');
    await household.offer([genesis.bytes, head.bytes], 'relay');
    expect(heard).toEqual(['1 from elsewhere']);
    await expect(household.offer([other.bytes], 'relay')).rejects.toMatchObject({ code: 'roster.forked' });
    expect(household.head.hash).toEqual(head.hash);
  });

  it('of another home are no second list of ours, whatever their version', async () => {
    const [theirs, other] = [await generateDeviceKeys(), await generateDeviceKeys()];
    const first = await verifyGenesis(await signRoster(theirs, await buildGenesis(theirs.sigPub, other.sigPub)));
    const second = await next(first, theirs, []);
    await household.offer([head.bytes], 'elsewhere');
    for (const stray of [first, second, await next(second, theirs, [])])
      await expect(household.offer([stray.bytes], 'relay')).rejects.not.toMatchObject({ code: 'roster.forked' });
    expect(household.head.hash).toEqual(head.hash);
  });

  it('that are not what an admin signed are refused, byte for byte, and the next good one is taken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(head.bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bad = Uint8Array.from(head.bytes);
        bad[at] = (bad[at] ?? 0) ^ change;
        await expect(household.offer([bad], 'relay')).rejects.toHaveProperty('code');
        expect(household.head.version).toBe(1);
      }),
      { numRuns: 40 },
    );
    await household.offer([head.bytes], 'relay');
    expect(household.head.version).toBe(2);
  });
});

describe('a recovery', () => {
  async function recovery(): Promise<Head> {
    await household.offer([head.bytes], 'relay');
    heard = [];
    return await next(head, sheet, [
      { do: 'addDevice', sigPub: (await generateDeviceKeys()).sigPub, role: 'admin', grants: 'all' },
    ]);
  }

  it('is not accepted until somebody confirms it at the console, whoever brings it; then it is said for seven days', async () => {
    const recovered = await recovery();
    await household.offer([recovered.bytes], 'relay');
    expect([household.head.version, household.recoveryCode?.length, heard]).toEqual([2, 6, ['recovery']]);
    const later = await restarted();
    expect(later.recoveryCode).toEqual(household.recoveryCode);
    expect(await later.confirmRecovery()).toBe(true);
    expect([later.head.version, later.recoveryCode, heard]).toEqual([3, undefined, ['recovery', '1 from elsewhere']]);
    expect(await householdCode(later.head.hash)).toEqual(household.recoveryCode);
    expect(later.names([]).recoveryUsedAtMs).toBe(NOW_MS);
    expect(await later.confirmRecovery()).toBe(false);
  });

  it('tells the one who waits how it ended', async () => {
    const recovered = await recovery();
    const said: string[] = [];
    const outcome = household.proposeRecovery(recovered.bytes, () => {
      said.push('waiting');
      void household.confirmRecovery();
    });
    expect(await outcome).toBe('confirmed');
    expect(said).toEqual(['waiting']);
  });

  it('is overtaken by an admin who is still there', async () => {
    const recovered = await recovery();
    const byAdmin = await next(head, admin, [
      { do: 'addDevice', sigPub: (await generateDeviceKeys()).sigPub, role: 'viewer', grants: 'all' },
    ]);
    const outcome = household.proposeRecovery(recovered.bytes, () => void household.offer([byAdmin.bytes], 'relay'));
    expect(await outcome).toBe('overtaken');
    expect(await household.confirmRecovery()).toBe(false);
    expect(household.head.hash).toEqual(byAdmin.hash);
  });

  it('signed by an admin is none', async () => {
    await recovery();
    const byAdmin = await next(head, admin, [
      { do: 'addDevice', sigPub: (await generateDeviceKeys()).sigPub, role: 'admin', grants: 'all' },
    ]);
    await expect(household.proposeRecovery(byAdmin.bytes, () => undefined)).rejects.toMatchObject({
      code: 'roster.invalid',
    });
  });
});

describe('keys of devices', () => {
  it('are taken only when they rise, and are there after a restart', async () => {
    const key = async (keySeq: number) =>
      toBase64Url(await signHpkeKey(admin, genesis.homeId, await generateHpkeKeys(keySeq)));
    for (const seq of [3, 3, 2, 5]) await household.offerKey(await key(seq));
    expect(heard).toEqual(['first key', 'next key']);
    expect((await restarted()).hpkeKeys.get(admin.deviceId)?.keySeq).toBe(5);
  });

  it('of one who is no member are refused', async () => {
    const stranger = await generateDeviceKeys();
    const key = toBase64Url(await signHpkeKey(stranger, genesis.homeId, await generateHpkeKeys(1)));
    await expect(household.offerKey(key)).rejects.toMatchObject({ code: 'device.unknown' });
  });
});
