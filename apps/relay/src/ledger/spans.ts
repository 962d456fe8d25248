/** Keeps the spans of all running viewings: a mark every 10 s, a fresh span every hour, an end when the viewing ends. */
import type { Clock } from '../clock.ts';
import type { FanOut } from '../live/fan-out.ts';
import type { Viewing } from '../live/viewing.ts';
import type { EventLog } from '../log.ts';
import type { GateQuestion } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import { SPAN_MAX_MS } from './row.ts';
import { Span } from './span.ts';

export interface SpansParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly spanMs: number;
}

/** Followed up before `SPAN_MAX_MS`, with time left for a slow disk. */
const RENEW_AT_MS = SPAN_MAX_MS - 5 * 60_000;

export class Spans {
  readonly #parts: SpansParts;
  readonly #closing = new Set<Promise<void>>();
  readonly #renewing = new Set<Viewing>();
  #markedMs: number;

  constructor(parts: SpansParts) {
    this.#parts = parts;
    this.#markedMs = parts.clock.monoMs();
  }

  open(viewing: GateQuestion, connectionId: string): Promise<Span> {
    return Span.open(this.#parts, viewing, connectionId);
  }

  close(span: Span): void {
    const closing = span
      .close()
      .catch((error: unknown) => this.#parts.log.fault('ledger.close', error))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Called each second. */
  tick(fanOut: FanOut): void {
    const wallMs = this.#parts.clock.wallMs();
    for (const viewing of fanOut.viewings) {
      const ageMs = wallMs - viewing.span.openedMs;
      if ((ageMs > RENEW_AT_MS || ageMs < 0) && !this.#renewing.has(viewing)) void this.#renew(viewing);
    }
    const nowMs = this.#parts.clock.monoMs();
    if (nowMs - this.#markedMs < this.#parts.spanMs) return;
    this.#markedMs = nowMs;
    void this.mark(fanOut.viewings);
  }

  /** Writes down what these viewings got so far; a fault is logged and what was not written is kept. */
  async mark(viewings: Iterable<Viewing>): Promise<void> {
    const marks = [...viewings].map((viewing) => viewing.span.mark());
    for (const result of await Promise.allSettled(marks)) {
      if (result.status === 'rejected') this.#parts.log.fault('ledger.mark', result.reason);
    }
  }

  /** Resolves when every span that was closed is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async #renew(viewing: Viewing): Promise<void> {
    this.#renewing.add(viewing);
    try {
      const next = await this.open(viewing.question, viewing.connectionId);
      if (viewing.state === 'over') return this.close(next);
      const before = viewing.span;
      viewing.span = next;
      this.close(before);
    } catch (error) {
      this.#parts.log.fault('ledger.renew', error);
    } finally {
      this.#renewing.delete(viewing);
    }
  }
}
