/**
 * Rule 6 of SEALING.md, "What a viewer does": may a picture be called live? State in, state out; times are monotonic
 * milliseconds handed in. One nonce outstanding a connection, answered once and within 3 s.
 */
import { LIMITS } from '@sealcam/protocol';

export interface LivenessState {
  /** The one nonce that waits, as hex, and when it was sent. */
  readonly asked: { readonly nonce: string; readonly sentMs: number } | undefined;
  /** The last accepted answer: the agent's Unix microseconds, and when its nonce was sent. */
  readonly answered: { readonly agentTimeUs: number; readonly sentMs: number } | undefined;
  /** How many questions in a row were asked in a hurry: each waits longer than the one before. */
  readonly hurried: number;
  /** When this state began, monotonic: an answer to what was asked before it is worth nothing. */
  readonly sinceMs: number;
  /** The last `tick`, on both clocks. */
  readonly ticked: Instant;
}

/** One moment on both clocks: on some systems the monotonic one stands still while the device sleeps. */
export interface Instant {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Unix milliseconds. */
  readonly wallMs: number;
}

/** How often `tick` is called. */
export const TICK_MS = 500;

/** Also for a new connection, and for one that was lost: the nonce is gone, and nothing is proven until the next answer. */
export function newLiveness(now: Instant): LivenessState {
  return { asked: undefined, answered: undefined, hurried: 0, sinceMs: now.nowMs, ticked: now };
}

/** Whether to ask now. @param eager something waits for a first answer: ask again at once */
export function isDue(state: LivenessState, nowMs: number, eager: boolean): boolean {
  if (state.asked !== undefined) return nowMs - state.asked.sentMs >= LIMITS.liveAnswerMs;
  if (state.answered === undefined) return true;
  return nowMs - state.answered.sentMs >= (eager ? eagerMs(state) : LIMITS.liveEveryMs);
}

/** A stream that only just starts is in the agent's answer a moment later; one that cannot start must not be asked for all the time. */
const EAGER_FIRST_MS = 100;
const EAGER_MOST_MS = 1_000;

/** How long after the last question the next one may be asked in a hurry: 100, 200, 400, 800 ms, then once a second. */
export function eagerMs(state: LivenessState): number {
  return Math.min(EAGER_MOST_MS, EAGER_FIRST_MS * 2 ** Math.min(state.hurried, 10));
}

/** @param eager as in `isDue` */
export function ask(state: LivenessState, nonce: string, nowMs: number, eager: boolean): LivenessState {
  return { ...state, asked: { nonce, sentMs: nowMs }, hurried: eager ? state.hurried + 1 : 0 };
}

/** Somebody began to watch: the first questions for it come fast again. */
export function hurry(state: LivenessState): LivenessState {
  return { ...state, hurried: 0 };
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
  if (asked.sentMs < Math.max(state.sinceMs, state.answered?.sentMs ?? 0)) return state;
  return { ...state, answered: { agentTimeUs, sentMs: asked.sentMs } };
}

/**
 * Called every `TICK_MS`. A gap means that this device slept or stood still: what it believed of the time is worth nothing.
 * @returns `gap`: ask anew, and call nothing live before the answer
 */
export function tick(state: LivenessState, now: Instant): { readonly state: LivenessState; readonly gap: boolean } {
  const gap = isGap(state.ticked, now);
  return { state: gap ? newLiveness(now) : { ...state, ticked: now }, gap };
}

function isGap(before: Instant, now: Instant): boolean {
  return now.nowMs - before.nowMs > LIMITS.timerGapMs || Math.abs(now.wallMs - before.wallMs) > LIMITS.timerGapMs;
}

/** Whether the agent's word is fresh: answered within 25 s, and the timers ran all the while. */
export function isProven(state: LivenessState, now: Instant): boolean {
  if (state.answered === undefined || isGap(state.ticked, now)) return false;
  return now.nowMs - state.answered.sentMs <= LIMITS.liveExpiresMs;
}

/**
 * The agent's time now, in Unix microseconds: its answer plus the time since the nonce was *sent*, so that a delayed answer
 * makes a picture older, never younger.
 */
export function agentNowUs(state: LivenessState, nowMs: number): number | undefined {
  if (state.answered === undefined) return undefined;
  return state.answered.agentTimeUs + Math.round((nowMs - state.answered.sentMs) * 1000);
}
