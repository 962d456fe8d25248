/** The last look before fan-out, at the very bytes of a message and not at what its header was said to be. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cameraId, deviceId, encodeEnvelope, epoch, homeId, parseSealedHeader, type KeyId } from '@sealcam/protocol';
import { kidOf, sealedUnit } from '../../test/house.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import type { Unit } from '../bus.ts';
import { EventLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { KeyStore } from '../store/key-store.ts';
import { AnnouncedKeys } from './announced-keys.ts';
import { Guard, type Watching } from './guard.ts';
import type { Crossing } from './incident.ts';

const NEWEST = epoch(1);
const OURS = { homeId: homeId('a'.repeat(32)), cameraId: cameraId('b'.repeat(32)), streamId: 0 } as const;
const THEIRS = { homeId: homeId('c'.repeat(32)), cameraId: cameraId('d'.repeat(32)), streamId: 0 } as const;
const [OUR_KID, THEIR_KID] = [kidOf('ours'), kidOf('theirs')];
const WATCHING: Watching = {
  question: { homeId: OURS.homeId, deviceId: deviceId('e'.repeat(32)) },
  declared: { route: 'sealed', cameraModel: 'cam 1', displayModel: 'hub 2' },
};

/** A unit that is said to be ours, whatever key id is in its bytes. */
function unit(kid: KeyId, ctr: number, said: KeyId = OUR_KID): Unit {
  const message = encodeEnvelope({ ...OURS, epoch: NEWEST, joinId: undefined, sealed: sealedUnit(kid, ctr, ctr) });
  return { ...OURS, epoch: NEWEST, message, header: parseSealedHeader(sealedUnit(said, ctr, ctr)) };
}

describe('the guard', () => {
  let crossed: Crossing[];
  let keys: AnnouncedKeys;
  let passes: (unit: Unit) => boolean;

  beforeEach(() => {
    crossed = [];
    // What is asked here is at hand: nothing is stored, nothing enters.
    const store = {} as KeyStore;
    const ledger = { append: () => Promise.reject(new Error('nothing enters')) };
    keys = new AnnouncedKeys({ store, ledger, clock: new ManualClock(), log: new EventLog(undefined) });
    keys.take(OURS.homeId, NEWEST, [{ ...OURS, kid: OUR_KID }], []);
    keys.take(THEIRS.homeId, NEWEST, [{ ...THEIRS, kid: THEIR_KID }], []);
    const guard = new Guard({ keys, metrics: createMetrics(), crossed: (one) => crossed.push(one) }).of(OURS);
    passes = (each) => guard.passes(each, [WATCHING]);
  });

  it('passes what the track announced, one frame after another', () => {
    expect([0, 1, 300, 70_000].map((ctr) => passes(unit(OUR_KID, ctr)))).toEqual([true, true, true, true]);
    expect(crossed).toEqual([]);
  });

  it('stops a frame of another home by its bytes, whatever its header was said to be, also after one that passed', () => {
    for (const ctr of [0, 7]) {
      expect(passes(unit(OUR_KID, ctr))).toBe(true);
      expect(passes(unit(THEIR_KID, ctr))).toBe(false);
    }
    const { homeId: home, deviceId: device } = WATCHING.question;
    const viewers = [{ viewer: { homeId: home, deviceId: device }, declared: WATCHING.declared }];
    expect(crossed).toEqual([0, 7].map((ctr) => ({ asked: OURS, owner: THEIRS, kid: THEIR_KID, ctr, viewers })));
  });

  it('stops what nobody or more than one home announced, and blames nobody for it', () => {
    expect(passes(unit(kidOf('nobody'), 0))).toBe(false);
    const third = { ...THEIRS, homeId: homeId('f'.repeat(32)) };
    keys.take(third.homeId, NEWEST, [{ ...third, kid: THEIR_KID }], [{ kid: THEIR_KID, first: THEIRS }]);
    expect(passes(unit(THEIR_KID, 1))).toBe(false);
    expect(crossed).toEqual([]);
  });

  it('stops what is too short to have a key id, the first of all and where the one before passed', () => {
    const whole = unit(OUR_KID, 1);
    const kidEnds = 43 + 11 + 1 + 8;
    const passesOf = (length: number): boolean => passes({ ...whole, message: whole.message.subarray(0, length) });
    for (let round = 0; round < 2; round += 1) {
      expect([0, 43, kidEnds - 8, kidEnds - 1].map(passesOf)).toEqual([false, false, false, false]);
      expect(passesOf(kidEnds)).toBe(true);
    }
  });
});
