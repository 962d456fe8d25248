/** What is at hand of key ids: whose, for how long, and of whom one can be proven. Over real sockets: `test/announced-keys.test.ts`. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cameraId, deviceId, epoch, homeId, parseSealedHeader, type KeyId, type Track } from '@sealcam/protocol';
import { kidOf, sealedUnit } from '../../test/house.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import type { Unit } from '../bus.ts';
import { EventLog } from '../log.ts';
import type { KeyStore, StoredKey } from '../store/key-store.ts';
import { AnnouncedKeys } from './announced-keys.ts';

const CAMERA = cameraId('b'.repeat(32));
const track = (home: string): Track => ({ homeId: homeId(home.repeat(32)), cameraId: CAMERA, streamId: 0 });
const [OURS, THEIRS] = [track('a'), track('c')];
const [K1, K2, K3] = [kidOf('first'), kidOf('second'), kidOf('third')];
const SOURCE = { deviceId: deviceId('e'.repeat(32)), connectionId: 'f'.repeat(32) };

describe('a key id', () => {
  let keys: AnnouncedKeys;
  let stored: readonly StoredKey[];
  let whileLoading: () => void;
  /** Key ids that went into the ledger, and what it does with the next one. */
  let written: string[];
  let append: () => Promise<void>;
  let mayWrite: boolean;

  beforeEach(() => {
    [stored, written, mayWrite] = [[], [], true];
    whileLoading = () => undefined;
    append = () => Promise.resolve();
    const store = {
      newest: () => {
        whileLoading();
        return Promise.resolve([...stored]);
      },
      history: (kid: string) =>
        Promise.resolve({ tracks: [], entered: written.includes(kid) ? [OURS] : [], isAnnounced: true }),
    } satisfies Partial<KeyStore> as unknown as KeyStore;
    keys = new AnnouncedKeys({
      ...{ store, clock: new ManualClock(), log: new EventLog(undefined), mayWrite: () => mayWrite },
      ledger: {
        append: async (entry) => {
          await append();
          written.push(String('kid' in entry ? entry.kid : ''));
        },
      },
    });
  });

  const take = (from: Track, at: number, ...kids: readonly KeyId[]): void =>
    keys.take(
      from.homeId,
      epoch(at),
      kids.map((kid) => ({ ...from, kid })),
      [],
    );
  const enters = (kid: KeyId, at: number, change: Partial<Unit> = {}): boolean => {
    const message = sealedUnit(kid, 1, 1);
    const unit = { ...OURS, epoch: epoch(at), message, header: parseSealedHeader(message), ...change };
    return keys.enter(unit, SOURCE);
  };

  it('is of the track that announced it, and of no other camera, stream or home', () => {
    take(OURS, 1, K1);
    expect(keys.isOf(OURS, K1)).toBe(true);
    expect(keys.ownerOf(K1)).toEqual(OURS);
    for (const other of [{ ...OURS, streamId: 1 as const }, { ...OURS, cameraId: cameraId('d'.repeat(32)) }, THEIRS])
      expect(keys.isOf(other, K1)).toBe(false);
    expect([keys.isOf(OURS, K2), keys.ownerOf(K2)]).toEqual([false, undefined]);
  });

  it('of the bulletin before is still its home’s, and after one more it is nobody’s', () => {
    take(OURS, 1, K1);
    take(OURS, 2, K2);
    expect([K1, K2].map((kid) => [keys.isOf(OURS, kid), keys.ownerOf(kid)])).toEqual([
      [true, OURS],
      [true, OURS],
    ]);
    expect([enters(K1, 1), enters(K2, 2)]).toEqual([true, true]);
    take(OURS, 3, K3);
    expect([K1, K2, K3].map((kid) => keys.isOf(OURS, kid))).toEqual([false, true, true]);
    expect(keys.ownerOf(K1)).toBeUndefined();
    expect([enters(K1, 1), enters(K2, 2), enters(K3, 3)]).toEqual([false, true, true]);
  });

  it('enters under its own camera, stream and epoch alone', () => {
    take(OURS, 1, K1);
    expect(enters(K1, 1)).toBe(true);
    expect(enters(K1, 2)).toBe(false);
    expect(enters(K1, 1, { streamId: 1 })).toBe(false);
    expect(enters(K1, 1, { cameraId: cameraId('d'.repeat(32)) })).toBe(false);
    expect(enters(K1, 1, { homeId: THEIRS.homeId })).toBe(false);
  });

  it('of two homes is both’s, proves nothing of either, and does so no more when one of them has let it go', () => {
    take(OURS, 1, K1);
    take(THEIRS, 1, K1);
    expect([keys.isOf(OURS, K1), keys.isOf(THEIRS, K1), keys.ownerOf(K1)]).toEqual([true, true, undefined]);
    keys.forget(THEIRS.homeId);
    expect([keys.isOf(OURS, K1), keys.isOf(THEIRS, K1), keys.ownerOf(K1)]).toEqual([true, false, undefined]);
    keys.forget(OURS.homeId);
    expect([keys.isOf(OURS, K1), enters(K1, 1)]).toEqual([false, false]);
  });

  it('that the store knows of an earlier home proves nothing, although only one has it at hand', () => {
    keys.take(OURS.homeId, epoch(1), [{ ...OURS, kid: K1 }], [{ kid: K1, first: THEIRS }]);
    expect([keys.isOf(OURS, K1), keys.ownerOf(K1)]).toEqual([true, undefined]);
  });

  it('is at hand after a restart, unless a bulletin came while it was read', async () => {
    const base = { ...OURS, isContested: false };
    stored = [
      { ...base, kid: K1, epoch: epoch(1) },
      { ...base, kid: K2, epoch: epoch(2) },
    ];
    whileLoading = () => take(OURS, 3, K3);
    await keys.load(OURS.homeId);
    expect([K1, K2, K3].map((kid) => keys.isOf(OURS, kid))).toEqual([false, false, true]);
    keys.forget(OURS.homeId);
    whileLoading = () => undefined;
    await keys.load(OURS.homeId);
    expect([K1, K2, K3].map((kid) => keys.isOf(OURS, kid))).toEqual([true, true, false]);
    // The next bulletin lets go of what was not in the newest of them.
    take(OURS, 3, K3);
    expect([K1, K2, K3].map((kid) => keys.isOf(OURS, kid))).toEqual([false, true, true]);
  });

  it('is written once, again each second until the ledger takes it, and not beyond what its home may', async () => {
    take(OURS, 1, K1, K2);
    mayWrite = false;
    expect(enters(K1, 1)).toBe(false);
    mayWrite = true;
    append = () => Promise.reject(new Error('full'));
    expect([enters(K1, 1), enters(K1, 1)]).toEqual([true, true]);
    await keys.settled();
    expect(written).toEqual([]);
    append = () => Promise.resolve();
    keys.tick();
    await keys.settled();
    keys.tick();
    await keys.settled();
    expect(written).toEqual([K1]);
    // After a restart the row is there already.
    keys.forget(OURS.homeId);
    take(OURS, 1, K1);
    expect(enters(K1, 1)).toBe(true);
    await keys.settled();
    expect(written).toEqual([K1]);
  });
});
