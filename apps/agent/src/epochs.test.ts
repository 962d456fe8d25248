import {
  buildGenesis,
  generateDeviceKeys,
  generateHpkeKeys,
  signRoster,
  verifyGenesis,
  type Head,
} from '@sealcam/home';
import { cameraId, epoch, millis, SealcamError, sessionId } from '@sealcam/protocol';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { Epochs, type CurrentEpoch } from './epochs.ts';
import type { Identity } from './identity.ts';

const silent = pino({ level: 'silent' });
let identity: Identity;
let head: Head;

beforeAll(async () => {
  const admin = await generateDeviceKeys();
  identity = { keys: await generateDeviceKeys(), hpke: await generateHpkeKeys(1) };
  head = await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, identity.keys.sigPub)));
});

/** Epochs of a home with one camera, and what they did, in order. */
function rig(nextEpoch?: () => number) {
  let stored = 0;
  const did: string[] = [];
  const begun: CurrentEpoch[] = [];
  const epochs = new Epochs({
    identity,
    clock: () => 1_000,
    logger: silent,
    input: () => ({
      head,
      names: { homeName: 'Home', cameras: [], members: [], recoveryUsedAtMs: millis(0) },
      hpkeKeys: new Map(),
      sessions: [{ cameraId: cameraId('4'.repeat(32)), sessionId: sessionId('5'.repeat(16)) }],
    }),
    nextEpoch: (nowMs) => {
      stored = nextEpoch?.() ?? Math.max(stored + 1, nowMs);
      did.push(`stored ${stored}`);
      return epoch(stored);
    },
    stop: () => did.push('stop'),
    begin: (current) => {
      did.push(`begin ${current.epoch}`);
      begun.push(current);
    },
    onProblem: (code) => {
      if (code !== undefined) did.push(code);
    },
  });
  return { epochs, did, begun };
}

describe('rotation', () => {
  it('stops in the tick it is asked for, stores the epoch, and only then begins it', async () => {
    const { epochs, did } = rig();
    epochs.rotate('start');
    expect(did[0]).toBe('stop');
    expect(epochs.current).toBeUndefined();
    await epochs.settled();
    expect(did).toEqual(['stop', 'stored 1000', 'begin 1000']);
  });

  it('makes one bulletin of several changes, and the keys of an overtaken one are never used', async () => {
    const { epochs, did, begun } = rig();
    epochs.rotate('start');
    epochs.rotate('roster');
    epochs.rotate('cameras');
    await epochs.settled();
    expect(did.filter((what) => what.startsWith('begin'))).toHaveLength(1);
    expect(begun[0]?.epoch).toBe(1001);
  });

  it('has new secrets each time', async () => {
    const { epochs, begun } = rig();
    for (let i = 0; i < 5; i += 1) {
      epochs.rotate('hourly');
      await epochs.settled();
    }
    const secrets = begun.map(({ secrets: all }) => Buffer.from([...all.values()][0] ?? []).toString('hex'));
    expect(new Set(secrets).size).toBe(5);
    expect(begun.map((each) => each.epoch)).toEqual([1000, 1001, 1002, 1003, 1004]);
  });

  it('seals nothing while the epoch cannot be stored, says why, and goes on when it can', async () => {
    let full = true;
    const { epochs, did } = rig(() => {
      if (full) throw new SealcamError('store.full');
      return 2_000;
    });
    epochs.rotate('start');
    await Promise.resolve();
    expect(did).toEqual(['stop', 'store.full']);
    full = false;
    epochs.rotate('names');
    await epochs.settled();
    expect(did.slice(2)).toEqual(['stop', 'stored 2000', 'begin 2000']);
  });

  it('does nothing after it was closed', async () => {
    const { epochs, did } = rig();
    epochs.rotate('start');
    epochs.close();
    await epochs.settled();
    epochs.rotate('roster');
    expect(did.some((what) => what.startsWith('begin'))).toBe(false);
  });
});
