/**
 * The one gate: may this viewer get this stream of this camera now. One answer with a reason, asked of the store of record in
 * one statement, for live, still and state alike; there is no second path. An answer is a lease of at most 5 s.
 */
import { LIMITS, SEALED_ROUTE, STREAM, type ErrorCode, type StreamId } from '@sealcam/protocol';
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';
import type { GateFacts, GateQuestion, Store } from './store/store.ts';
import { suspendedCode, widest, type Declared } from './suspensions/suspension.ts';

export type GateAnswer =
  /** `leaseMs` counts from the moment of asking; it never reaches past a guest's time. */
  | { readonly allow: true; readonly leaseMs: number; readonly declared: Declared }
  /** `sinceMs`: Unix ms of the decision, of a suspension. */
  | { readonly allow: false; readonly code: ErrorCode; readonly sinceMs?: number };

/** The rule itself, over facts: no clock, no store. @param nowMs Unix ms; a guest's time ends at `notAfter` exactly */
export function decide(facts: GateFacts | undefined, stream: StreamId, nowMs: number): GateAnswer {
  if (facts === undefined) return deny('home.unknown');
  if (facts.ended) return deny('home.erased');
  const { member, camera } = facts;
  if (member === undefined) return deny('device.unknown');
  if (member.removed) return deny('device.removed');
  if (member.role !== 'admin' && member.role !== 'viewer') return deny('device.role');
  const leftMs = member.notAfter === 0 ? LIMITS.leaseMs : member.notAfter - nowMs;
  if (leftMs <= 0) return deny('device.expired');
  if (!member.granted) return deny('camera.not-granted');
  if (camera === undefined) return deny('camera.unknown');
  if ((camera.streams & (1 << stream)) === 0) return deny('stream.unknown');
  // Of every stream, stills and states too: the operator's word is about all that leaves by this way.
  const own = member.role === 'admin' && member.declared && member.route === SEALED_ROUTE;
  const suspended = widest(facts.suspended, own);
  if (suspended !== undefined)
    return { allow: false, code: suspendedCode(suspended.width), sinceMs: suspended.sinceMs };
  // The state stream holds no picture: it is how a viewer learns, sealed, that privacy is on.
  if (camera.private && stream !== STREAM.state) return deny('camera.private');
  const declared = { cameraModel: camera.model, displayModel: member.model, route: member.route, own };
  return { allow: true, leaseMs: Math.min(LIMITS.leaseMs, leftMs), declared };
}

function deny(code: ErrorCode): GateAnswer {
  return { allow: false, code };
}

export class Gate {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #metrics: Metrics;

  constructor(store: Store, clock: Clock, metrics: Metrics) {
    this.#store = store;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** @throws {SealcamError} when the store does not answer: the asker's lease runs out then, and no picture flows */
  async mayView(question: GateQuestion): Promise<GateAnswer> {
    const nowMs = this.#clock.wallMs();
    const stop = this.#metrics.gateSeconds.startTimer();
    try {
      return decide(await this.#store.gate(question), question.streamId, nowMs);
    } finally {
      stop();
    }
  }
}
