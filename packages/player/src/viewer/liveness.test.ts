import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accept,
  agentNowUs,
  ask,
  eagerMs,
  hurry,
  isDue,
  isProven,
  newLiveness,
  takeAnswer,
  tick,
  TICK_MS,
  type Instant,
  type LivenessState,
} from './liveness.ts';

/** Both clocks run alike. */
const at = (nowMs: number, wallMs = nowMs): Instant => ({ nowMs, wallMs });

/** Ticks through `ms` milliseconds as a page that is awake does. */
function wake(state: LivenessState, fromMs: number, ms: number): LivenessState {
  let now = state;
  for (let tickMs = fromMs + TICK_MS; tickMs <= fromMs + ms; tickMs += TICK_MS) now = tick(now, at(tickMs)).state;
  return now;
}
function answered(sentMs: number, atMs: number, agentTimeUs = 0): LivenessState {
  const { state, asked } = takeAnswer(ask(newLiveness(at(sentMs)), 'n1', sentMs, false), atMs);
  return asked === undefined ? state : accept(state, asked, agentTimeUs);
}

test('nothing is live before the first answer', () => {
  expect(isProven(newLiveness(at(0)), at(0))).toBe(false);
  expect(agentNowUs(newLiveness(at(0)), 0)).toBeUndefined();
});

test('an answer counts for 25 s from when it was asked for, and no longer', () => {
  const state = answered(1_000, 1_050);
  expect(isProven(wake(state, 1_000, 24_500), at(26_000))).toBe(true);
  expect(isProven(wake(state, 1_000, 25_000), at(26_001))).toBe(false);
});

test('an answer later than 3 s, a second answer and an answer to nothing are worth nothing', () => {
  const late = ask(newLiveness(at(1_000)), 'n0', 1_000, false);
  expect([takeAnswer(late, 4_000).asked?.nonce, takeAnswer(late, 4_001).asked]).toEqual(['n0', undefined]);
  const asked = ask(newLiveness(at(0)), 'n1', 0, false);
  const first = takeAnswer(asked, 10);
  expect(first.asked?.nonce).toBe('n1');
  expect(takeAnswer(first.state, 20).asked).toBeUndefined();
  expect(takeAnswer(newLiveness(at(0)), 10).asked).toBeUndefined();
});

test('a gap between two ticks of more than 2 s ends it until the next answer', () => {
  const state = tick(answered(0, 50), at(500)).state;
  expect(isProven(state, at(2_499))).toBe(true);
  expect(isProven(state, at(2_501))).toBe(false);
  const slept = tick(state, at(2_501));
  expect(slept.gap).toBe(true);
  expect(isProven(slept.state, at(2_502))).toBe(false);
  expect(tick(state, at(2_500)).gap).toBe(false);
  // Where the monotonic clock stands still in sleep, the wall clock tells; so does one that was set back.
  expect(tick(state, at(1_000, 60_000)).gap).toBe(true);
  expect(tick(state, at(1_000, -60_000)).gap).toBe(true);
  expect(isProven(state, at(1_000, 60_000))).toBe(false);
});

test('a delay of the answer makes a picture older, never younger', () => {
  fc.assert(
    fc.property(fc.nat(3_000), fc.nat(3_000), fc.nat(20_000), (toAgent, back, later) => {
      fc.pre(toAgent + back <= 3_000);
      const agentAt = 50_000_000 + toAgent * 1000;
      const state = answered(1_000, 1_000 + toAgent + back, agentAt);
      const now = 1_000 + toAgent + back + later;
      const trueAgentUs = 50_000_000 + (now - 1_000) * 1000;
      expect(agentNowUs(state, now)).toBeGreaterThanOrEqual(trueAgentUs);
      expect(agentNowUs(state, now)).toBeLessThanOrEqual(trueAgentUs + toAgent * 1000);
    }),
  );
});

describe('one question at a time', () => {
  test('every 10 s, and again 3 s after one that nobody answered', () => {
    const state = answered(0, 50);
    expect([isDue(state, 9_999, false), isDue(state, 10_000, false)]).toEqual([false, true]);
    const waiting = ask(state, 'n2', 10_000, false);
    expect([isDue(waiting, 12_999, true), isDue(waiting, 13_000, false)]).toEqual([false, true]);
    expect(isDue(newLiveness(at(0)), 0, false)).toBe(true);
  });

  test('while something waits for its first answer: fast at first, ever slower, and once a second for good', () => {
    let state = answered(0, 50);
    const waits: number[] = [];
    for (let asked = 0; asked < 6; asked += 1) {
      const from = state.answered?.sentMs ?? 0;
      let nowMs = from;
      while (!isDue(state, nowMs, true)) nowMs += 1;
      waits.push(nowMs - from);
      const question = ask(state, 'n', nowMs, true);
      const taken = takeAnswer(question, nowMs);
      state = accept(taken.state, taken.asked ?? { sentMs: 0 }, 50_000_000);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(eagerMs(hurry(state))).toBe(100);
  });

  test('an answer to what was asked before a gap or another connection is not taken', () => {
    const { asked } = takeAnswer(ask(newLiveness(at(0)), 'n1', 100, false), 150);
    const slept = tick(newLiveness(at(0)), at(60_000)).state;
    expect(asked && accept(slept, asked, 1)).toBe(slept);
  });

  test('an older answer does not replace a newer one', () => {
    const newer = answered(5_000, 5_010, 70);
    expect(accept(newer, { sentMs: 4_000 }, 1)).toBe(newer);
  });
});
