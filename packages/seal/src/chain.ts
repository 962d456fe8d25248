/**
 * Rules 4, 5 and the floor of rule 6 of SEALING.md, "What a viewer does": which authenticated frame may follow which.
 * State in, state out; asked at commit, in arrival order. Whatever was taken once is never taken again.
 */
import type { Epoch, SessionId } from '@sealcam/protocol';

/** `video` chains deltas to keyframes; `audio` units stand alone; `latest` (stills, states) may come again unchanged. */
export type ChainKind = 'video' | 'audio' | 'latest';

/** What a frame says of its place; all of it authenticated. */
export interface Place {
  readonly epoch: Epoch;
  readonly sessionId: SessionId;
  readonly ctr: number;
  readonly gopCtr: number;
}

/** The oldest GOP that may still be shown, from a liveness answer. */
export type Floor = Omit<Place, 'ctr'>;

export interface ChainState {
  readonly kind: ChainKind;
  /** The last frame taken. */
  readonly last: Place | undefined;
  /** CTR of the keyframe the decoder holds; `undefined` while a keyframe is awaited. */
  readonly gop: number | undefined;
  readonly floor: Floor | undefined;
}

/**
 * `take`: give it to the decoder; `fresh` asks for a new decoder first (another session).
 * `replayed`, `old-epoch`, `stale`: never show it. `gap`: a delta whose chain is not here; wait for a keyframe.
 */
export type Verdict = 'take' | 'replayed' | 'old-epoch' | 'stale' | 'gap';

export interface Admission {
  readonly state: ChainState;
  readonly verdict: Verdict;
  /** With `take`: the frame begins another session than the last one. */
  readonly fresh: boolean;
}

export function newChain(kind: ChainKind): ChainState {
  return { kind, last: undefined, gop: undefined, floor: undefined };
}

/** @param frame authenticated */
export function admit(state: ChainState, frame: Place): Admission {
  const verdict = judge(state, frame);
  if (verdict !== 'take') return { state, verdict, fresh: false };
  const fresh = state.last?.sessionId !== frame.sessionId;
  return { state: { ...state, last: frame, gop: frame.gopCtr }, verdict, fresh };
}

function judge(state: ChainState, frame: Place): Verdict {
  const { last } = state;
  if (last !== undefined && frame.epoch < last.epoch) return 'old-epoch';
  if (isStale(state.floor, frame)) return 'stale';
  const same = last?.sessionId === frame.sessionId ? last : undefined;
  // One session an epoch: another one under the same epoch was never announced.
  if (same === undefined && last?.epoch === frame.epoch) return 'old-epoch';
  if (same !== undefined && frame.ctr <= same.ctr && !(state.kind === 'latest' && frame.ctr === same.ctr))
    return 'replayed';
  if (state.kind !== 'video' || frame.gopCtr === frame.ctr) return 'take';
  // A refused delta moves nothing: the kept GOP may yet bring what is missing, in order.
  return same !== undefined && state.gop === frame.gopCtr && frame.ctr === same.ctr + 1 ? 'take' : 'gap';
}

function isStale(floor: Floor | undefined, frame: Place): boolean {
  if (floor === undefined) return false;
  if (frame.epoch < floor.epoch && frame.sessionId !== floor.sessionId) return true;
  return frame.sessionId === floor.sessionId && frame.gopCtr < floor.gopCtr;
}

/** Rule 6: the first liveness answer after open. Frames of older GOPs are refused from here on. */
export function raiseFloor(state: ChainState, floor: Floor): ChainState {
  const held = state.last !== undefined && isStale(floor, state.last);
  return { ...state, floor, gop: held ? undefined : state.gop };
}

/** Whether this frame is not older than the floor. Before there is a floor nothing is: nothing may be called live yet. */
export function meetsFloor(state: ChainState, frame: Place): boolean {
  return state.floor !== undefined && !isStale(state.floor, frame);
}

/**
 * A cheap look before the cipher runs, so that junk costs little: may this frame still be taken, given that up to
 * `ahead` frames before it are being opened? It only ever refuses what `admit` would refuse as well.
 */
export function isPlausible(state: ChainState, frame: Place, ahead: number): boolean {
  const { last } = state;
  if (last === undefined || frame.sessionId !== last.sessionId) return last === undefined || frame.epoch > last.epoch;
  if (frame.epoch < last.epoch || isStale(state.floor, frame)) return false;
  if (state.kind === 'latest') return frame.ctr >= last.ctr;
  if (frame.ctr <= last.ctr) return false;
  if (state.kind === 'audio' || frame.gopCtr === frame.ctr) return true;
  // A delta of the GOP that is held, or of one whose keyframe may be among the frames ahead.
  if (frame.gopCtr === state.gop) return frame.ctr <= last.ctr + 1 + ahead;
  return frame.gopCtr > last.ctr && frame.ctr <= frame.gopCtr + ahead;
}

/** The decoder lost its keyframe (an error, a gap it reported): nothing but a keyframe follows. */
export function loseGop(state: ChainState): ChainState {
  return { ...state, gop: undefined };
}
