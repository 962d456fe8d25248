import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epoch, sessionId } from '@sealcam/protocol';
import { admit, isPlausible, loseGop, meetsFloor, newChain, raiseFloor, type ChainState, type Place } from './chain.ts';

const sessionA = sessionId('aa'.repeat(8));
const sessionB = sessionId('bb'.repeat(8));
const at = (ctr: number, gopCtr: number, e = 1, session = sessionA): Place => ({
  epoch: epoch(e),
  sessionId: session,
  ctr,
  gopCtr,
});
const run = (state: ChainState, ...frames: Place[]) =>
  frames.reduce<{ state: ChainState; verdicts: string[] }>(
    ({ state: now, verdicts }, frame) => {
      const next = admit(now, frame);
      return { state: next.state, verdicts: [...verdicts, next.verdict] };
    },
    { state, verdicts: [] },
  );

/** A stream as an agent seals it: GOPs of 1 to 6, epochs and sessions that move on. */
const streams = fc
  .array(
    fc.record({ length: fc.integer({ min: 1, max: 6 }), rekey: fc.boolean(), restart: fc.integer({ min: 0, max: 9 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((gops) => {
    const frames: Place[] = [];
    let [e, ctr, session] = [1, 0, 0];
    for (const gop of gops) {
      if (gop.restart === 0) [e, ctr, session] = [e + 1, 0, session + 1];
      else if (gop.rekey) e += 1;
      const gopCtr = ctr;
      for (let i = 0; i < gop.length; i += 1)
        frames.push(at(ctr++, gopCtr, e, sessionId(String(session).padStart(16, '0'))));
    }
    return frames;
  });

test('an untouched stream is taken whole, and a fresh decoder is asked for exactly where a session begins', () => {
  fc.assert(
    fc.property(streams, (frames) => {
      let state = newChain('video');
      let session: string | undefined;
      for (const frame of frames) {
        const next = admit(state, frame);
        expect(next.verdict).toBe('take');
        expect(next.fresh).toBe(frame.sessionId !== session);
        ({ state } = next);
        session = frame.sessionId;
      }
    }),
  );
});

test('whatever is dropped, doubled, replayed and put out of order: the decoder sees complete chains only, no frame twice', () => {
  const disturbed = streams.chain((frames) =>
    fc.array(fc.nat(frames.length - 1), { maxLength: 60 }).map((order) => order.map((i) => frames[i] as Place)),
  );
  fc.assert(
    fc.property(disturbed, (frames) => {
      let state = newChain('video');
      const taken: Place[] = [];
      for (const frame of frames) {
        const next = admit(state, frame);
        if (next.verdict === 'take') taken.push(frame);
        ({ state } = next);
      }
      for (const [i, frame] of taken.entries()) {
        const before = taken[i - 1];
        if (before !== undefined) expect(frame.epoch).toBeGreaterThanOrEqual(before.epoch);
        if (frame.ctr === frame.gopCtr) continue;
        expect(before).toMatchObject({ sessionId: frame.sessionId, ctr: frame.ctr - 1, gopCtr: frame.gopCtr });
      }
      expect(new Set(taken.map((frame) => `${frame.sessionId}/${frame.ctr}`)).size).toBe(taken.length);
    }),
  );
});

test('the kept GOP sent again brings what is missing and doubles nothing', () => {
  const live = run(newChain('video'), at(10, 10), at(11, 10), at(14, 10), at(15, 10));
  expect(live.verdicts).toEqual(['take', 'take', 'gap', 'gap']);
  const again = run(live.state, ...[10, 11, 12, 13, 14, 15].map((ctr) => at(ctr, 10)));
  expect(again.verdicts).toEqual(['replayed', 'replayed', 'take', 'take', 'take', 'take']);
});

describe('epochs', () => {
  test('never fall within a stream', () => {
    expect(run(newChain('video'), at(0, 0, 1), at(1, 0, 2), at(2, 0, 1), at(3, 3, 1)).verdicts).toEqual([
      'take',
      'take',
      'old-epoch',
      'old-epoch',
    ]);
  });

  test('another session under the same epoch, and the old session after the new one, are refused', () => {
    expect(run(newChain('video'), at(5, 5, 1), at(0, 0, 1, sessionB)).verdicts).toEqual(['take', 'old-epoch']);
    expect(run(newChain('video'), at(5, 5, 1), at(0, 0, 2, sessionB), at(6, 5, 1)).verdicts).toEqual([
      'take',
      'take',
      'old-epoch',
    ]);
  });

  test('a new session begins with its keyframe', () => {
    expect(run(newChain('video'), at(5, 5, 1), at(6, 5, 2, sessionB), at(7, 7, 2, sessionB)).verdicts).toEqual([
      'take',
      'gap',
      'take',
    ]);
  });
});

test('stills may come again unchanged, never older; audio takes gaps, never twice', () => {
  expect(run(newChain('latest'), at(4, 4), at(4, 4), at(3, 3), at(5, 5)).verdicts).toEqual([
    'take',
    'take',
    'replayed',
    'take',
  ]);
  expect(run(newChain('audio'), at(4, 4), at(9, 9), at(9, 9), at(8, 8)).verdicts).toEqual([
    'take',
    'take',
    'replayed',
    'replayed',
  ]);
});

describe('the floor of the first liveness answer', () => {
  const floor = { epoch: epoch(5), sessionId: sessionA, gopCtr: 20 };

  test('older GOPs and older sessions are dropped, the GOP that runs is taken', () => {
    const floored = raiseFloor(newChain('video'), floor);
    expect(meetsFloor(newChain('video'), at(99, 99, 9))).toBe(false);
    const { verdicts } = run(floored, at(10, 10, 4), at(3, 3, 4, sessionB), at(20, 20, 4), at(21, 20, 5));
    expect(verdicts).toEqual(['stale', 'stale', 'take', 'take']);
    expect(meetsFloor(floored, at(21, 20, 5))).toBe(true);
    expect(meetsFloor(floored, at(19, 10, 5))).toBe(false);
  });

  test('a GOP already held that turns out to be old is left', () => {
    const held = run(newChain('video'), at(10, 10, 5), at(11, 10, 5)).state;
    const floored = raiseFloor(held, floor);
    expect(run(floored, at(12, 10, 5), at(20, 20, 5)).verdicts).toEqual(['stale', 'take']);
  });

  test('a session newer than the answer is not old', () => {
    expect(run(raiseFloor(newChain('video'), floor), at(0, 0, 6, sessionB)).verdicts).toEqual(['take']);
  });
});

test('the cheap look never refuses what would be taken, whatever is ahead', () => {
  fc.assert(
    fc.property(streams, fc.nat(40), fc.nat(15), (frames, from, ahead) => {
      const seen = frames.slice(0, from);
      const { state } = run(newChain('video'), ...seen);
      const frame = frames[Math.min(from + ahead, frames.length - 1)] as Place;
      const between = frames.slice(from, Math.min(from + ahead, frames.length - 1));
      if (admit(run(state, ...between).state, frame).verdict === 'take')
        expect(isPlausible(state, frame, ahead)).toBe(true);
    }),
  );
});

test('a decoder that lost its keyframe gets nothing but a keyframe', () => {
  const { state } = run(newChain('video'), at(0, 0), at(1, 0));
  expect(run(loseGop(state), at(2, 0), at(3, 3)).verdicts).toEqual(['gap', 'take']);
});
