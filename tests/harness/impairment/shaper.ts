/**
 * When what is sent arrives, if at all: a pure reckoning without clock or socket, so that the proxies use it in real time and
 * the drills on a virtual clock.
 */
import type { Random } from '../random.ts';
import type { Rule } from './rule.ts';

/** Bytes of one packet of a stream. */
export const SEGMENT_BYTES = 1460;
/** A sender waits so long beyond the round trip before it sends a lost segment anew (RFC 6298 as Linux has it), then twice that. */
const RETRANSMIT_MS = 200;
const MOST_DOUBLINGS = 5;

/** Loss in bursts: a chain of two states, all lost in the bad one. Its long-run share is `loss`, its mean run `burst`. */
export class BurstLoss {
  readonly #random: Random;
  #bad = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The fate of the next packet. */
  lost({ loss, burst }: Pick<Rule, 'loss' | 'burst'>): boolean {
    if (loss <= 0 || loss >= 1) return (this.#bad = loss >= 1);
    const leave = 1 / burst;
    const enter = Math.min(1, (leave * loss) / (1 - loss));
    const flip = this.#random.fraction() < (this.#bad ? leave : enter);
    if (flip) this.#bad = !this.#bad;
    return this.#bad;
  }
}

/** The rate cap: one thing after the other. */
class Wire {
  #freeMs = -Infinity;

  /** When the last byte has left. */
  sent(bytes: number, nowMs: number, bytesPerSecond: number): number {
    if (bytesPerSecond <= 0) return nowMs;
    this.#freeMs = Math.max(nowMs, this.#freeMs) + (bytes / bytesPerSecond) * 1000;
    return this.#freeMs;
  }
}

/** One direction of a connection: nothing is lost, nothing overtakes; a lost packet is a pause for all that follows it. */
export class StreamShaper {
  readonly #random: Random;
  readonly #loss: BurstLoss;
  readonly #wire = new Wire();
  #lastMs = -Infinity;
  /** Segments that had to be sent again. */
  retransmitted = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#loss = new BurstLoss(random);
  }

  /** @param nowMs any clock. @returns by the same clock, when these bytes arrive */
  arrival(bytes: number, nowMs: number, rule: Rule): number {
    const sent = this.#wire.sent(bytes, nowMs, rule.bytesPerSecond);
    const due = sent + rule.delayMs + this.#random.fraction() * rule.jitterMs + this.#recovery(bytes, rule);
    this.#lastMs = Math.max(this.#lastMs, due);
    return this.#lastMs;
  }

  /** Lost segments of one write are repaired side by side: the slowest counts. */
  #recovery(bytes: number, rule: Rule): number {
    if (rule.loss <= 0) return 0;
    let slowest = 0;
    for (let left = bytes; left > 0; left -= SEGMENT_BYTES) {
      if (!this.#loss.lost(rule)) continue;
      let waited = 0;
      let timeout = RETRANSMIT_MS + 2 * rule.delayMs;
      // By the time it is sent anew the burst is over: its own loss is drawn by the long-run share.
      for (let tries = 0; tries === 0 || (tries <= MOST_DOUBLINGS && this.#random.fraction() < rule.loss); tries += 1) {
        this.retransmitted += 1;
        waited += timeout;
        timeout *= 2;
      }
      slowest = Math.max(slowest, waited);
    }
    return slowest;
  }
}

export interface Fate {
  /** When each copy arrives; empty: lost. */
  readonly dueMs: readonly number[];
  readonly reordered: boolean;
}

/** One direction of datagrams. */
export class DatagramShaper {
  readonly #random: Random;
  readonly #loss: BurstLoss;
  readonly #wire = new Wire();
  #lastMs = -Infinity;

  constructor(random: Random) {
    this.#random = random;
    this.#loss = new BurstLoss(random);
  }

  fate(bytes: number, nowMs: number, rule: Rule): Fate {
    const sent = this.#wire.sent(bytes, nowMs, rule.bytesPerSecond);
    if (this.#loss.lost(rule) || rule.stall) return { dueMs: [], reordered: false };
    const due = sent + rule.delayMs + this.#random.fraction() * rule.jitterMs;
    const reordered = this.#random.fraction() < rule.reorder;
    const twice = this.#random.fraction() < rule.duplicate;
    const at = reordered ? due + rule.reorderMs : (this.#lastMs = Math.max(this.#lastMs, due));
    return { dueMs: twice ? [at, at] : [at], reordered };
  }
}
