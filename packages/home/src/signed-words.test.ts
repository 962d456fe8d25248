/** What members and the agent say under their signature: keys, liveness, receipts, reports, `auth`. */
import { cameraId, epoch, keyId, micros, millis, SealcamError, sessionId } from '@sealcam/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeHome, newDevice, NOW, NURSERY, PORCH, type TestHome } from './home.fixture.ts';
import { encodeHpkeKey, verifyHpkeKey } from './hpke-key.ts';
import { sortTracks, verifyLiveAnswer, type LiveAnswer } from './live.ts';
import { encodeReceipt, sortRanges, sortRefused, verifyReceipt, type Receipt } from './receipt.ts';
import { verifyReport, type Report } from './report.ts';
import { signAuth, signed, signHpkeKey, signLiveAnswer, signReceipt, signReport } from './sign.ts';
import { verifyAuth } from './verify-auth.ts';

let home: TestHome;
let other: TestHome;
beforeAll(async () => {
  [home, other] = await Promise.all([makeHome(), makeHome()]);
});

const nonce = new Uint8Array(16).fill(9);

function liveAnswer(change: Partial<LiveAnswer> = {}): LiveAnswer {
  const track = { epoch: epoch(NOW), sessionId: sessionId('0a'.repeat(8)), nextCtr: 120, gopCtr: 100 };
  return {
    homeId: home.head.homeId,
    deviceId: home.kitchen.keys.deviceId,
    nonce,
    rosterVersion: 2,
    rosterHash: home.head.hash,
    epoch: epoch(NOW),
    agentTimeUs: micros(NOW * 1000),
    tracks: sortTracks([
      { cameraId: NURSERY, streamId: 0, ...track },
      { cameraId: PORCH, streamId: 2, ...track },
      { cameraId: PORCH, streamId: 0, ...track },
    ]),
    ...change,
  };
}

function receipt(change: Partial<Receipt> = {}): Receipt {
  return {
    homeId: home.head.homeId,
    deviceId: home.kitchen.keys.deviceId,
    seq: 7,
    timeMs: millis(NOW),
    ranges: sortRanges([
      { cameraId: PORCH, streamId: 0, kid: keyId('ff'.repeat(8)), fromCtr: 300, toCtr: 400, painted: 80 },
      { cameraId: PORCH, streamId: 0, kid: keyId('ff'.repeat(8)), fromCtr: 5, toCtr: 9, painted: 5 },
    ]),
    refused: sortRefused([
      { cameraId: PORCH, streamId: 1, kid: '00'.repeat(8), reason: 'unknown', fromCtr: 0, toCtr: 2 ** 40, count: 9 },
      { cameraId: PORCH, streamId: 0, kid: 'fe'.repeat(8), reason: 'replayed', fromCtr: 5, toCtr: 5, count: 3 },
    ]),
    ...change,
  };
}

function report(change: Partial<Report> = {}): Report {
  return {
    homeId: home.head.homeId,
    deviceId: home.kitchen.keys.deviceId,
    seq: 1,
    timeMs: millis(NOW),
    cameraId: PORCH,
    streamId: 0,
    reason: 'foreign',
    kid: 'ee'.repeat(8),
    ctr: 12,
    frameHash: new Uint8Array(32).fill(4),
    ...change,
  };
}

/** All one-byte changes and all cuts of `bytes` are refused by `verify`, with an error of ours. */
async function expectNoMutantPasses(bytes: Uint8Array, verify: (bytes: Uint8Array) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < bytes.length; i += 1) {
    const mutant = Uint8Array.from(bytes);
    mutant[i] = (mutant[i] ?? 0) ^ 0x21;
    await expect(verify(mutant)).rejects.toThrow(SealcamError);
    await expect(verify(bytes.subarray(0, i))).rejects.toThrow(SealcamError);
  }
}

describe('a liveness answer', () => {
  const asked = () => ({ deviceId: home.kitchen.keys.deviceId, nonce });

  it('comes back as the agent said it', async () => {
    const bytes = await signLiveAnswer(home.agent.keys, liveAnswer());
    expect(await verifyLiveAnswer(home.head, asked(), bytes)).toEqual(liveAnswer());
  });

  it('for another viewer, home or nonce, or by another device, is refused', async () => {
    const bytes = await signLiveAnswer(home.agent.keys, liveAnswer());
    const byAdmin = await signLiveAnswer(home.admin.keys, liveAnswer());
    const byStranger = await signLiveAnswer(other.agent.keys, liveAnswer());
    const refused = [
      [home.head, { ...asked(), nonce: new Uint8Array(16) }, bytes],
      [home.head, { ...asked(), deviceId: home.guest.keys.deviceId }, bytes],
      [other.head, asked(), bytes],
      [home.head, asked(), byAdmin],
      [home.head, asked(), byStranger],
    ] as const;
    for (const [head, expected, sent] of refused) {
      await expect(verifyLiveAnswer(head, expected, sent)).rejects.toMatchObject({ code: 'auth.refused' });
    }
  });

  it('is refused with any byte changed', async () => {
    const bytes = await signLiveAnswer(home.agent.keys, liveAnswer({ tracks: liveAnswer().tracks.slice(0, 1) }));
    await expectNoMutantPasses(bytes, async (mutant) => await verifyLiveAnswer(home.head, asked(), mutant));
  });

  it('has one order of tracks', async () => {
    await expect(
      signLiveAnswer(home.agent.keys, liveAnswer({ tracks: liveAnswer().tracks.toReversed() })),
    ).rejects.toThrow(SealcamError);
  });
});

describe('a receipt', () => {
  it('comes back as the viewer signed it', async () => {
    expect(await verifyReceipt(home.head, await signReceipt(home.kitchen.keys, receipt()))).toEqual(receipt());
  });

  it('is refused with any byte changed, by a stranger or for another home', async () => {
    const bytes = await signReceipt(home.kitchen.keys, receipt());
    await expectNoMutantPasses(bytes, async (mutant) => await verifyReceipt(home.head, mutant));
    await expect(verifyReceipt(other.head, bytes)).rejects.toMatchObject({ code: 'auth.refused' });
    const stranger = await newDevice();
    const theirs = await signReceipt(stranger.keys, receipt({ deviceId: stranger.keys.deviceId }));
    await expect(verifyReceipt(home.head, theirs)).rejects.toMatchObject({ code: 'device.unknown' });
    await expect(signReceipt(home.guest.keys, receipt())).rejects.toMatchObject({ code: 'internal' });
    await expect(
      verifyReceipt(home.head, await signed(home.guest.keys, encodeReceipt(receipt()))),
    ).rejects.toMatchObject({ code: 'auth.refused' });
  });

  it('cannot say that more was painted than there was', () => {
    const range = {
      cameraId: PORCH,
      streamId: 0,
      kid: keyId('ff'.repeat(8)),
      fromCtr: 5,
      toCtr: 9,
      painted: 5,
    } as const;
    for (const bad of [
      { ...range, painted: 6 },
      { ...range, painted: 0 },
      { ...range, toCtr: 4 },
    ]) {
      expect(() => encodeReceipt(receipt({ ranges: [bad] }))).toThrow(SealcamError);
    }
    expect(() => encodeReceipt(receipt({ ranges: [range, range] }))).toThrow(SealcamError);
  });

  it('says of a refused range only what can be: once, in order, of at least one frame', () => {
    const range = {
      cameraId: PORCH,
      streamId: 0,
      kid: 'fe'.repeat(8),
      reason: 'foreign',
      fromCtr: 5,
      toCtr: 9,
      count: 100,
    } as const;
    expect(() => encodeReceipt(receipt({ ranges: [], refused: [range] }))).not.toThrow();
    for (const bad of [
      { ...range, count: 0 },
      { ...range, toCtr: 4 },
      { ...range, kid: 'fe' },
    ]) {
      expect(() => encodeReceipt(receipt({ refused: [bad] }))).toThrow(SealcamError);
    }
    expect(() => encodeReceipt(receipt({ refused: [range, range] }))).toThrow(SealcamError);
  });

  it('sorts ranges by number, whatever they are', () => {
    const range = fc.record({
      cameraId: fc.constantFrom(PORCH, NURSERY, cameraId('ff'.repeat(16))),
      streamId: fc.constantFrom(0 as const, 1 as const),
      kid: fc.constantFrom(keyId('80'.repeat(8)), keyId('ff'.repeat(8))),
      fromCtr: fc.nat(2 ** 31),
    });
    fc.assert(
      fc.property(fc.uniqueArray(range, { maxLength: 40, selector: (r) => JSON.stringify(r) }), (ranges) => {
        const full = ranges.map((each) => ({ ...each, toCtr: each.fromCtr + 2, painted: 1 }));
        expect(() => encodeReceipt(receipt({ ranges: sortRanges(full) }))).not.toThrow();
      }),
      { numRuns: 40 },
    );
  });
});

describe('a report', () => {
  it('comes back as the viewer signed it, for every reason', async () => {
    for (const reason of ['malformed', 'foreign', 'unknown', 'broken', 'replayed'] as const) {
      const said = report({ reason, kid: reason === 'malformed' ? '00'.repeat(8) : 'ee'.repeat(8) });
      expect(await verifyReport(home.head, await signReport(home.kitchen.keys, said))).toEqual(said);
    }
  });

  it('is refused with any byte changed', async () => {
    const bytes = await signReport(home.kitchen.keys, report());
    await expectNoMutantPasses(bytes, async (mutant) => await verifyReport(home.head, mutant));
  });
});

describe('an HPKE key', () => {
  it("is its device's, with a sequence", async () => {
    const bytes = await signHpkeKey(home.kitchen.keys, home.head.homeId, home.kitchen.hpke);
    expect(await verifyHpkeKey(home.head, bytes)).toMatchObject({ deviceId: home.kitchen.keys.deviceId, keySeq: 1 });
    await expectNoMutantPasses(bytes, async (mutant) => await verifyHpkeKey(home.head, mutant));
  });

  it('that is no point of the curve is refused before anything is sealed to it', async () => {
    const hpkePub = new Uint8Array(65).fill(4);
    const bytes = await signHpkeKey(home.kitchen.keys, home.head.homeId, { keySeq: 1, hpkePub });
    await expect(verifyHpkeKey(home.head, bytes)).rejects.toMatchObject({ code: 'auth.refused' });
    const key = { homeId: home.head.homeId, deviceId: home.kitchen.keys.deviceId, keySeq: 0, hpkePub };
    expect(() => encodeHpkeKey(key)).toThrow(SealcamError);
  });
});

describe('auth', () => {
  it('is for one home, device, nonce and host', async () => {
    const { deviceId } = home.kitchen.keys;
    const signature = await signAuth(home.kitchen.keys, home.head.homeId, nonce, 'relay.example:8420');
    const claim = { homeId: home.head.homeId, deviceId, nonce, host: 'relay.example:8420', signature };
    expect((await verifyAuth(home.head, claim)).role).toBe('viewer');
    const refused = [
      { ...claim, host: 'other.example:8420' },
      { ...claim, nonce: new Uint8Array(16) },
      { ...claim, deviceId: home.guest.keys.deviceId },
      { ...claim, signature: new Uint8Array(64) },
      { ...claim, signature: new Uint8Array(3) },
    ];
    for (const bad of refused) await expect(verifyAuth(home.head, bad)).rejects.toMatchObject({ code: 'auth.refused' });
    await expect(verifyAuth(other.head, claim)).rejects.toMatchObject({ code: 'device.unknown' });
  });
});
