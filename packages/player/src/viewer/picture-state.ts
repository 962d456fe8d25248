/**
 * The honest states of a picture (EXPERIENCE.md), as a pure function of what is known; the same on every screen.
 * Words are for the screen: each state carries the code, the time or the age that they need.
 */
import { LIMITS, type ErrorCode } from '@sealcam/protocol';

/** What the operator has stopped: this camera here, this display, a pair of models, a partner's displays, everything. */
export type SuspendedWidth = 'link' | 'display' | 'pair' | 'partner' | 'everything';

const SUSPENDED = {
  'suspended.link': 'link',
  'suspended.display': 'display',
  'suspended.pair': 'pair',
  'suspended.everything': 'everything',
} as const;

/** Two lists of members; a home that follows another list; a relay that holds back; a home that is itself behind what was seen of it. */
export type PictureAlarm = 'roster.forked' | 'roster.elsewhere' | 'roster.rollback' | 'bulletin.behind';

/**
 * `still`: it never claimed to be live. `device`, `home`: known to have no connection, so that nothing newer can come. `slow`: the camera sends
 * no more often. `lost`: part of a picture was lost between camera and agent, and the next full one is waited for. `waking`: the camera takes its time.
 */
export type LateWhy =
  'no-frames' | 'old-frames' | 'unproven' | 'still' | 'device' | 'home' | 'slow' | 'lost' | 'waking';

/** What the agent waits for: the camera's first answer, its first packet, its first full picture, the next one after a loss. */
export type Awaited = 'answer' | 'packet' | 'keyframe' | 'whole';

/** Ages and times are milliseconds; `sinceMs` is Unix time, `undefined` where nobody knows. */
export type PictureState =
  /** Nothing painted yet, or painted but not yet proven to be new. */
  | { readonly state: 'opening'; readonly sinceMs: number }
  /** Proven live; `ageMs` from capture to now by the agent's clock. */
  | { readonly state: 'live'; readonly ageMs: number }
  /** Grey, with its age. */
  | { readonly state: 'late'; readonly ageMs: number; readonly why: Exclude<LateWhy, 'slow'> }
  /** `everyMs`: how often that camera sends. */
  | { readonly state: 'late'; readonly ageMs: number; readonly why: 'slow'; readonly everyMs: number }
  /** From here on the screen is blank. */
  | { readonly state: 'asleep'; readonly sinceMs: number | undefined }
  | { readonly state: 'gone'; readonly sinceMs: number | undefined; readonly code: ErrorCode | undefined }
  /** The camera shows signs of life. `everyMs`: how often its full pictures come, 0 where nobody knows. */
  | { readonly state: 'waiting'; readonly sinceMs: number; readonly awaited: Awaited; readonly everyMs: number }
  | { readonly state: 'private'; readonly sinceMs: number | undefined }
  /** Not ours, or not to be trusted now. */
  | {
      readonly state: 'refused';
      readonly sinceMs: number;
      readonly code: 'seal.foreign' | PictureAlarm;
    }
  /** By the operator of the relay, since the moment of the decision. `partner`: whose displays are stopped, where the home said so. */
  | {
      readonly state: 'suspended';
      readonly width: SuspendedWidth;
      readonly sinceMs: number;
      readonly partner?: string;
    }
  | { readonly state: 'not-sealed'; readonly sinceMs: number }
  /** `why`: this device has no connection, or the home's agent has none. */
  | { readonly state: 'offline'; readonly why: 'device' | 'home'; readonly sinceMs: number | undefined };

/** A unit on the screen. */
export interface Painted {
  readonly captureUs: number;
  /** Monotonic milliseconds at which it was painted. */
  readonly atMs: number;
  /** Not older than what the agent called newest when this viewing began. */
  readonly aboveFloor: boolean;
}

/** What is known of one viewing. `atMs` are monotonic, `sinceMs` Unix milliseconds. */
export interface PictureFacts {
  readonly openedAtMs: number;
  readonly openedSinceMs: number;
  readonly isStill: boolean;
  /** Of the reason that holds now; the last one wins. */
  readonly device: { readonly online: boolean; readonly sinceMs: number };
  readonly home: { readonly online: boolean; readonly sinceMs: number } | undefined;
  readonly alarm: { readonly code: PictureAlarm; readonly sinceMs: number } | undefined;
  /** False once a bulletin came that holds no key of this camera for us. */
  readonly sealed: { readonly toUs: boolean; readonly sinceMs: number };
  /** The relay ended or refused the subscription. */
  readonly cut: { readonly code: ErrorCode; readonly sinceMs: number } | undefined;
  /** Whose display this is (a route, lower case), as its own home has it; undefined for the home's own, or while nobody said. */
  readonly partner: string | undefined;
  /** The agent's own word on the camera, sealed like a picture. */
  readonly camera:
    | {
        readonly state: 'live' | 'gone' | 'private' | 'asleep' | 'waiting';
        readonly sinceMs: number;
        /** How often a slow camera sends a picture, or one that is waited for a full one; 0: quick, or not known. */
        readonly everyMs: number;
        readonly code: ErrorCode | undefined;
        readonly awaited: Awaited | undefined;
      }
    | undefined;
  /** A picture that is not ours was refused. */
  readonly foreign: { readonly atMs: number; readonly sinceMs: number } | undefined;
  readonly painted: Painted | undefined;
  /** Liveness is proven now. */
  readonly proven: boolean;
  readonly agentNowUs: number | undefined;
}

/** So long without a good frame before a refused one takes the screen: junk between good frames costs no picture. */
const FOREIGN_AFTER_MS = 1_000;
/** A slow camera's picture stays for so many of its own gaps. The agent calls no gap longer than a minute one of a slow camera. */
const SLOW_GAPS = 2.5;
const SLOW_MOST_MS = 60_000;
/** Who is said to be away while frames still come is not: a break is believed after so long without one, which is within a second. */
const AWAY_AFTER_MS = 500;

/** @param nowMs monotonic. @param wallMs Unix milliseconds, for ages before the agent's time is known */
export function pictureState(facts: PictureFacts, nowMs: number, wallMs: number): PictureState {
  const sinceGood = facts.painted === undefined ? Infinity : nowMs - facts.painted.atMs;
  return (
    refusedState(facts, nowMs) ??
    cameraState(facts, sinceGood) ??
    (facts.isStill ? stillState(facts, nowMs, wallMs) : undefined) ??
    (isSpent(facts, sinceGood, wallMs) ? blankState(facts, nowMs) : undefined) ??
    paintedState(facts, sinceGood, nowMs, wallMs)
  );
}

/** Whether the picture on the screen is too old to stay. What is painted again after a break counts by its capture. */
function isSpent(facts: PictureFacts, sinceGood: number, wallMs: number): boolean {
  const { painted } = facts;
  if (painted === undefined || sinceGood > blankAfterMs(facts)) return true;
  return awayWhy(facts) !== undefined && ageOf(painted, facts, wallMs) > LIMITS.blankAfterMs;
}

/** Of a slow camera, by its agent's sealed word alone; else 0. */
function slowEveryMs({ camera }: PictureFacts): number {
  return camera?.state === 'live' ? Math.min(SLOW_MOST_MS, camera.everyMs) : 0;
}

function blankAfterMs(facts: PictureFacts): number {
  return Math.max(LIMITS.blankAfterMs, SLOW_GAPS * slowEveryMs(facts));
}

/** Whose connection is known to be gone. */
function awayWhy(facts: PictureFacts): 'device' | 'home' | undefined {
  if (!facts.device.online) return 'device';
  return facts.home?.online === false ? 'home' : undefined;
}

/** Nobody may see, or it is not ours: at once, whatever was painted. */
function refusedState(facts: PictureFacts, nowMs: number): PictureState | undefined {
  if (facts.alarm !== undefined) return { state: 'refused', sinceMs: facts.alarm.sinceMs, code: facts.alarm.code };
  if (!facts.sealed.toUs) return { state: 'not-sealed', sinceMs: facts.sealed.sinceMs };
  const cut = facts.cut === undefined ? undefined : cutState(facts.cut, facts.partner);
  if (cut !== undefined) return cut;
  const { foreign, painted } = facts;
  if (foreign === undefined || (painted !== undefined && painted.atMs >= foreign.atMs)) return undefined;
  const lately = painted !== undefined && nowMs - painted.atMs < FOREIGN_AFTER_MS;
  return lately ? undefined : { state: 'refused', sinceMs: foreign.sinceMs, code: 'seal.foreign' };
}

function cutState(
  cut: { readonly code: ErrorCode; readonly sinceMs: number },
  partner: string | undefined,
): PictureState | undefined {
  const { sinceMs } = cut;
  switch (cut.code) {
    case 'camera.private':
      return { state: 'private', sinceMs };
    case 'camera.not-granted':
    case 'device.unknown':
    case 'device.removed':
    case 'device.expired':
    case 'device.role':
      return { state: 'not-sealed', sinceMs };
    case 'suspended.link':
    case 'suspended.display':
    case 'suspended.pair':
    case 'suspended.everything':
      return { state: 'suspended', width: SUSPENDED[cut.code], sinceMs };
    case 'suspended.partner':
      return { state: 'suspended', width: 'partner', sinceMs, ...(partner !== undefined && { partner }) };
    case 'camera.unknown':
    case 'stream.unknown':
    case 'quota.cameras':
    case 'lease.expired':
    // Nothing may be shown that cannot be written down, and nothing comes until there is room.
    case 'store.full':
    case 'store.read-only':
    case 'store.corrupt':
      return { state: 'gone', sinceMs, code: cut.code };
    // Asked again in a moment: the picture ages meanwhile, and says so.
    default:
      return undefined;
  }
}

/** The agent's word counts unless a newer picture contradicts it: it may have been held back on the way. */
function cameraState(facts: PictureFacts, sinceGood: number): PictureState | undefined {
  const { camera, painted } = facts;
  if (camera === undefined || camera.state === 'live') return undefined;
  const newer = painted !== undefined && sinceGood <= LIMITS.greyAfterMs && painted.captureUs > camera.sinceMs * 1000;
  if (newer) return undefined;
  const { state, sinceMs, everyMs, code, awaited } = camera;
  if (state === 'gone') return { state, sinceMs, code };
  if (state !== 'waiting') return { state, sinceMs };
  // What was painted before stays as long as it would without that word.
  return sinceGood <= LIMITS.blankAfterMs ? undefined : { state, sinceMs, everyMs, awaited: awaited ?? 'answer' };
}

function stillState(facts: PictureFacts, nowMs: number, wallMs: number): PictureState {
  const { painted } = facts;
  if (painted !== undefined) return { state: 'late', ageMs: ageOf(painted, facts, wallMs), why: 'still' };
  return blankState(facts, nowMs) ?? { state: 'opening', sinceMs: facts.openedSinceMs };
}

/** No good frame for 15 s, or none ever: why, as far as it is known. */
function blankState(facts: PictureFacts, nowMs: number): PictureState | undefined {
  const away = awayWhy(facts);
  // A relay that began after the home was last seen says 0.
  if (away !== undefined) return { state: 'offline', why: away, sinceMs: facts[away]?.sinceMs || undefined };
  const { painted } = facts;
  if (painted !== undefined) return { state: 'gone', sinceMs: Math.floor(painted.captureUs / 1000), code: undefined };
  const waited = nowMs - facts.openedAtMs > blankAfterMs(facts);
  return waited ? { state: 'gone', sinceMs: undefined, code: facts.cut?.code } : undefined;
}

function paintedState(facts: PictureFacts, sinceGood: number, nowMs: number, wallMs: number): PictureState {
  const { painted } = facts;
  if (painted === undefined) return { state: 'opening', sinceMs: facts.openedSinceMs };
  const ageMs = ageOf(painted, facts, wallMs);
  const proven = facts.proven && painted.aboveFloor && facts.agentNowUs !== undefined;
  const away = awayWhy(facts);
  if (away !== undefined && (sinceGood > AWAY_AFTER_MS || !proven || ageMs > LIMITS.notLiveAgeMs))
    return { state: 'late', ageMs, why: away };
  if (sinceGood > LIMITS.greyAfterMs) return quiet(facts, ageMs);
  if (!proven) {
    const young = nowMs - facts.openedAtMs <= LIMITS.liveAnswerMs;
    return young ? { state: 'opening', sinceMs: facts.openedSinceMs } : { state: 'late', ageMs, why: 'unproven' };
  }
  return ageMs > LIMITS.notLiveAgeMs ? { state: 'late', ageMs, why: 'old-frames' } : { state: 'live', ageMs };
}

/** Nothing new for a while: whether that is the camera's own way. */
function quiet(facts: PictureFacts, ageMs: number): PictureState {
  const everyMs = slowEveryMs(facts);
  if (ageMs <= SLOW_GAPS * everyMs) return { state: 'late', ageMs, why: 'slow', everyMs };
  const { camera } = facts;
  const why = camera?.state !== 'waiting' ? 'no-frames' : camera.awaited === 'whole' ? 'lost' : 'waking';
  return { state: 'late', ageMs, why };
}

function ageOf(painted: Painted, facts: PictureFacts, wallMs: number): number {
  const nowUs = facts.agentNowUs ?? wallMs * 1000;
  return Math.max(0, Math.round((nowUs - painted.captureUs) / 1000));
}

/** Whether nothing of the picture may stay on the screen. */
export function isBlank(state: PictureState): boolean {
  return state.state !== 'live' && state.state !== 'late' && state.state !== 'opening';
}
