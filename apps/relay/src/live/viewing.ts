/**
 * One running subscription: a viewer, a stream of a camera, the lease the gate gave, and the span of the ledger it is written
 * under. Every unit to a viewer passes `sendLive` or `sendReplay` here, and neither sends without a lease.
 */
import type { ErrorCode } from '@sealcam/protocol';
import type { Unit } from '../bus.ts';
import type { Span } from '../ledger/span.ts';
import type { GateQuestion } from '../store/store.ts';
import type { Declared } from '../suspensions/suspension.ts';
import type { ViewerQueue } from './viewer-queue.ts';

/**
 * waiting: needs a join. joining: asked for, gets replayed units. live: gets every unit.
 * behind: its queue was full or its lease had run out; waits until it has drained, then for a join. over: nothing more, ever.
 */
export type ViewingState = 'waiting' | 'joining' | 'live' | 'behind' | 'over';

export type Delivery = 'sent' | 'slow' | 'lease';

export interface ViewingParts {
  readonly question: GateQuestion;
  readonly connectionId: string;
  readonly queue: ViewerQueue;
  readonly span: Span;
  /** Monotonic ms. */
  readonly leaseEndMs: number;
  readonly declared: Declared;
  /** Tells the viewer that it is over; not called when the viewer itself ended it. */
  readonly onCut: (code: ErrorCode, sinceMs?: number) => void;
}

export class Viewing {
  readonly question: GateQuestion;
  readonly connectionId: string;
  readonly onCut: (code: ErrorCode, sinceMs?: number) => void;
  state: ViewingState = 'waiting';
  span: Span;
  leaseEndMs: number;
  /** As the gate last read it: what a suspension is compared with. */
  declared: Declared;
  /** Rises with each doubt: an answer asked for before it says nothing about after. */
  doubts = 0;
  readonly #queue: ViewerQueue;

  constructor(parts: ViewingParts) {
    this.question = parts.question;
    this.connectionId = parts.connectionId;
    this.onCut = parts.onCut;
    this.span = parts.span;
    this.leaseEndMs = parts.leaseEndMs;
    this.declared = parts.declared;
    this.#queue = parts.queue;
  }

  get drained(): boolean {
    return this.#queue.drained;
  }

  /** @param nowMs monotonic */
  sendLive(unit: Unit, nowMs: number): Delivery {
    if (nowMs >= this.leaseEndMs) return 'lease';
    if (!this.#queue.sendLive(unit.message, nowMs)) return 'slow';
    this.span.delivered(unit.header.kid, unit.header.ctr);
    return 'sent';
  }

  sendReplay(unit: Unit, nowMs: number): Delivery {
    if (nowMs >= this.leaseEndMs) return 'lease';
    if (!this.#queue.sendReplay(unit.message)) return 'slow';
    this.span.delivered(unit.header.kid, unit.header.ctr);
    return 'sent';
  }
}
