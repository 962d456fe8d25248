/**
 * Rule 6 of SEALING.md, "What a viewer does": may a picture be called live? State in, state out; all times are monotonic
 * milliseconds handed in. One nonce outstanding a connection, answered once and within 3 s.
 */
import { LIMITS } from '@sealcam/protocol';

export interface LivenessState {
  /** The one nonce that waits, as hex, and when it was sent. */
  readonly asked: { readonly nonce: string; readonly sentMs: number } | undefined;
  /** The last accepted answer: the agent's Unix microseconds, and when its nonce was sent. */
  readonly answered: { readonly agentTimeUs: number; readonly sentMs: number } | undefined;
  /** The last `tick`. */
  readonly tickedMs: number;
}

/** How often `tick` is called. */
export const TICK_MS = 500;

export function newLiveness(nowMs: number): LivenessState {
  return { asked: undefined, answered: undefined, tickedMs: nowMs };
}

/** A new connection, or one that was lost: the nonce is gone, and nothing is proven until the next answer. */
export function forgetLiveness(nowMs: number): LivenessState {
  return newLiveness(nowMs);
}

/** Whether to ask now. @param eager something waits for a first answer: ask again at once */
export function isDue(state: LivenessState, nowMs: number, eager: boolean): boolean {
  if (state.asked !== undefined) return nowMs - state.asked.sentMs >= LIMITS.liveAnswerMs;
  if (state.answered === undefined) return true;
  return nowMs - state.answered.sentMs >= (eager ? EAGER_MS : LIMITS.liveEveryMs);
}

/** At most one question a second, whoever waits. */
const EAGER_MS = 1_000;

export function ask(state: LivenessState, nonce: string, nowMs: number): LivenessState {
  return { ...state, asked: { nonce, sentMs: nowMs } };
}

/**
 * An answer arrived: the nonce is used up, whatever comes of it. Asked before the signature is checked, so that the time
 * is the time of arrival.
 * @returns the nonce to check the answer against; undefined: not asked for, or too late
 */
export function takeAnswer(
  state: LivenessState,
  nowMs: number,
): { readonly state: LivenessState; readonly asked: LivenessState['asked'] } {
  const { asked } = state;
  const inTime = asked !== undefined && nowMs - asked.sentMs <= LIMITS.liveAnswerMs;
  return { state: { ...state, asked: undefined }, asked: inTime ? asked : undefined };
}

/** The answer to `asked` verified. @param agentTimeUs the agent's Unix microseconds */
export function accept(state: LivenessState, asked: { readonly sentMs: number }, agentTimeUs: number): LivenessState {
  if (state.answered !== undefined && state.answered.sentMs >= asked.sentMs) return state;
  return { ...state, answered: { agentTimeUs, sentMs: asked.sentMs } };
}

/**
 * Called every `TICK_MS`. A gap means that this device slept or stood still: what it believed of the time is worth nothing.
 * @returns `gap`: ask anew, and call nothing live before the answer
 */
export function tick(state: LivenessState, nowMs: number): { readonly state: LivenessState; readonly gap: boolean } {
  const gap = nowMs - state.tickedMs > LIMITS.timerGapMs;
  return { state: gap ? forgetLiveness(nowMs) : { ...state, tickedMs: nowMs }, gap };
}

/** Whether the agent's word is fresh: answered within 25 s, and the timers ran all the while. */
export function isProven(state: LivenessState, nowMs: number): boolean {
  if (state.answered === undefined || nowMs - state.tickedMs > LIMITS.timerGapMs) return false;
  return nowMs - state.answered.sentMs <= LIMITS.liveExpiresMs;
}

/**
 * The agent's time now, in Unix microseconds: its answer plus the time since the nonce was *sent*, so that a delayed answer
 * makes a picture older, never younger.
 */
export function agentNowUs(state: LivenessState, nowMs: number): number | undefined {
  if (state.answered === undefined) return undefined;
  return state.answered.agentTimeUs + Math.round((nowMs - state.answered.sentMs) * 1000);
}
