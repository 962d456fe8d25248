/** What a screen must know beside its own track: the line, the home, alarms, its grant, its camera. In front of picture-state.ts. */
import { isErrorCode, SEALED_ROUTE, type CameraId, type ErrorCode } from '@sealcam/protocol';
import type { AgentWord } from './agent-word.ts';
import type { Connection } from './connection.ts';
import type { Membership } from './membership.ts';
import type { Awaited, PictureFacts } from './picture-state.ts';
import type { Viewings } from './viewings.ts';
import type { SharedFacts } from './watch.ts';

/** Whether the home's agent is connected to the relay, and since when (the relay's word, Unix milliseconds). */
export interface AgentState {
  readonly online: boolean;
  readonly sinceMs: number;
  /** It came, and the relay did not let it in: `protocol.agent-old`. */
  readonly code?: ErrorCode;
}

export interface FactSources {
  readonly connection: Connection;
  readonly membership: Membership;
  readonly viewings: Viewings;
  readonly word: AgentWord;
  /** The relay's word on whether the home is connected. */
  readonly agent: AgentState | undefined;
  /** When the keys last changed, Unix milliseconds. */
  readonly keysSinceMs: number;
}

export function screenFacts(sources: FactSources, cameraId: CameraId): SharedFacts {
  const { connection, membership, word, agent, keysSinceMs } = sources;
  const line = connection.state.get();
  return {
    device: { online: line.state !== 'offline', sinceMs: line.sinceMs },
    home: agent,
    alarm: alarmFact(membership, word),
    sealed: { toUs: isSealedToUs(membership, cameraId), sinceMs: keysSinceMs },
    camera: cameraFact(sources, cameraId),
    partner: partnerFact(membership),
    proven: word.isProven,
    agentNowUs: word.agentNowUs,
  };
}

function alarmFact(membership: Membership, word: AgentWord): PictureFacts['alarm'] {
  const alarms = membership.alarms.now.get();
  // The graver first: what this device has is of no use any more.
  const elsewhere = alarms.find(({ kind }) => kind === 'elsewhere');
  if (elsewhere !== undefined) return { code: 'roster.elsewhere', sinceMs: elsewhere.sinceMs };
  const forked = alarms.find(({ kind }) => kind === 'forked');
  if (forked !== undefined) return { code: 'roster.forked', sinceMs: forked.sinceMs };
  if (word.agentBehindSinceMs !== undefined) return { code: 'bulletin.behind', sinceMs: word.agentBehindSinceMs };
  const sinceMs = word.heldBackSinceMs;
  return sinceMs === undefined ? undefined : { code: 'roster.rollback', sinceMs };
}

function isSealedToUs(membership: Membership, cameraId: CameraId): boolean {
  if (membership.facts.get().me === undefined) return false;
  const keys = membership.keys.get();
  return keys === undefined || !keys.wrapped || keys.cameras.has(cameraId);
}

/** From the home's own sealed words, never from the relay's. */
function partnerFact({ facts, device }: Membership): string | undefined {
  const me = facts.get().names?.members.find(({ deviceId }) => deviceId === device.keys.deviceId);
  return me === undefined || me.route === SEALED_ROUTE ? undefined : me.route;
}

function cameraFact({ viewings, membership }: FactSources, cameraId: CameraId): PictureFacts['camera'] {
  const state = viewings.state(cameraId);
  if (state !== undefined)
    return {
      ...state,
      code: isErrorCode(state.code) ? state.code : undefined,
      awaited: AWAITED.find((each) => each === state.code),
    };
  const { names, manifest } = membership.facts.get();
  const isPrivate = names?.cameras.some((camera) => camera.cameraId === cameraId && camera.private) === true;
  return isPrivate ? { state: 'private', sinceMs: manifest?.issuedAtMs ?? 0, ...PRIVATE } : undefined;
}

const AWAITED: readonly Awaited[] = ['answer', 'packet', 'keyframe', 'whole'];
const PRIVATE = { everyMs: 0, code: undefined, awaited: undefined } as const;
