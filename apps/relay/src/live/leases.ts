/**
 * Leases of all running viewings: renewed by asking the gate again before they run out, asked at once when rosters or privacy
 * change. While nobody answers nothing is sent: a viewing whose lease ran out is cut, never waved through.
 */
import { LIMITS, trackKey, type HomeId } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { Gate } from '../gate.ts';
import type { EventLog } from '../log.ts';
import type { Suspendable } from '../suspensions/suspension.ts';
import type { FanOut } from './fan-out.ts';
import type { Viewing } from './viewing.ts';

/** Asked anew when less than this is left. */
const RENEW_BELOW_MS = LIMITS.leaseMs / 2;
/** How long an expired viewing waits for the gate's reason before it is cut without one. */
const REASON_MS = 1_000;

export interface LeaseParts {
  readonly gate: Gate;
  readonly fanOut: FanOut;
  readonly clock: Clock;
  readonly log: EventLog;
}

export class Leases {
  readonly #parts: LeaseParts;
  readonly #asking = new Set<Viewing>();
  readonly #doubts = new Map<HomeId, number>();
  /** Doubts that were about no one home. */
  #wideDoubts = 0;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /** Called each second. */
  tick(): void {
    const nowMs = this.#parts.clock.monoMs();
    const due: Viewing[] = [];
    for (const viewing of this.#parts.fanOut.viewings) {
      if (nowMs >= viewing.leaseEndMs + REASON_MS) this.#parts.fanOut.cut(viewing, 'lease.expired');
      else if (viewing.leaseEndMs - nowMs < RENEW_BELOW_MS && !this.#asking.has(viewing)) due.push(viewing);
    }
    void this.#ask(due);
  }

  /** Rises with every `doubt` of a home: an answer of the gate from before a rise is worth nothing. */
  doubts(home: HomeId): number {
    return this.#wideDoubts + (this.#doubts.get(home) ?? 0);
  }

  /** Something of this home changed: no unit more before the gate has answered anew. */
  async doubt(home: HomeId): Promise<void> {
    this.#doubts.set(home, (this.#doubts.get(home) ?? 0) + 1);
    await this.#doubt(this.#parts.fanOut.viewingsOf(home));
  }

  /** Something changed for whatever matches, in all homes; those who are just subscribing ask again too. */
  async doubtAll(matches: (viewing: Suspendable) => boolean): Promise<void> {
    this.#wideDoubts += 1;
    const viewings = [...this.#parts.fanOut.viewings];
    await this.#doubt(viewings.filter(({ question, declared }) => matches({ ...question, ...declared })));
  }

  async #doubt(viewings: readonly Viewing[]): Promise<void> {
    const nowMs = this.#parts.clock.monoMs();
    for (const viewing of viewings) {
      viewing.leaseEndMs = Math.min(viewing.leaseEndMs, nowMs);
      viewing.doubts += 1;
    }
    await this.#ask(viewings);
  }

  /** Viewings of one device and stream are one question. */
  async #ask(viewings: readonly Viewing[]): Promise<void> {
    const groups = new Map<string, Viewing[]>();
    for (const viewing of viewings) {
      const key = `${viewing.question.deviceId}/${trackKey(viewing.question)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [viewing]);
      else group.push(viewing);
    }
    await Promise.all([...groups.values()].map((group) => this.#askOne(group)));
  }

  async #askOne(group: readonly Viewing[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const askedMs = this.#parts.clock.monoMs();
    const asked = group.map((viewing) => ({ viewing, doubts: viewing.doubts }));
    for (const viewing of group) this.#asking.add(viewing);
    try {
      const answer = await this.#parts.gate.mayView(first.question);
      for (const { viewing, doubts } of asked) {
        if (!answer.allow) this.#parts.fanOut.cut(viewing, answer.code, answer.sinceMs);
        else if (viewing.doubts === doubts) {
          viewing.leaseEndMs = askedMs + answer.leaseMs;
          viewing.declared = answer.declared;
        }
      }
    } catch (error) {
      this.#parts.log.fault('gate.failed', error, { count: group.length });
    } finally {
      for (const viewing of group) this.#asking.delete(viewing);
    }
  }
}
