/** What a subscription remembers of keys that are gone: for a day, and not without bound. */
import { cameraId, epoch, homeId, keyId, sessionId, STREAM, type KeyId } from '@sealcam/protocol';
import type { OpenKeys } from '@sealcam/seal';
import { describe, expect, it } from 'vitest';
import { KeyRing } from './key-ring.ts';

const DAY_MS = 86_400_000;
const track = { homeId: homeId('1'.repeat(32)), cameraId: cameraId('2'.repeat(32)), streamId: STREAM.main } as const;
const kidOf = (of: number): KeyId => keyId((2 ** 63 / 2 ** 11 + of).toString(16).padStart(16, '8'));
const keys = (of: number): OpenKeys =>
  ({ kid: kidOf(of), context: { ...track, epoch: epoch(of), sessionId: sessionId('3'.repeat(16)) } }) as OpenKeys;

describe('a key that was retired', () => {
  it('is ours no more at once, and known as ours for a day to the millisecond', () => {
    const ring = new KeyRing();
    ring.add(keys(1));
    expect(ring.retire(epoch(2), 1_000)).toEqual([kidOf(1)]);
    expect([ring.find(kidOf(1)), ring.epochOf(kidOf(1))]).toEqual([undefined, 1]);
    expect([ring.wasOurs(kidOf(1), 1_000 + DAY_MS - 1), ring.wasOurs(kidOf(1), 1_000 + DAY_MS)]).toEqual([true, false]);
  });

  it('is forgotten, the oldest first, where there are more than 1,024', () => {
    const ring = new KeyRing();
    for (let of = 1; of <= 1_030; of += 1) {
      ring.add(keys(of));
      ring.retire(epoch(of + 1), of);
    }
    const known = Array.from({ length: 1_030 }, (_, i) => i + 1).filter((of) => ring.wasOurs(kidOf(of), 2_000));
    expect([known.length, known[0]]).toEqual([1_024, 7]);
  });
});
