/** A clock that stands still until a test turns it. */
import type { Clock } from '../src/clock.ts';

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #monoMs = 1_000_000;
  #wallOffsetMs: number;
  readonly #timers = new Set<Timer>();

  constructor(wallMs: number = Date.now()) {
    this.#wallOffsetMs = wallMs - this.#monoMs;
  }

  wallMs(): number {
    return this.#monoMs + this.#wallOffsetMs;
  }

  monoMs(): number {
    return this.#monoMs;
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ dueMs: this.#monoMs + ms, everyMs: ms, run });
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ dueMs: this.#monoMs + ms, everyMs: undefined, run });
  }

  /** Runs what is due on the way, in order. */
  advance(ms: number): void {
    const endMs = this.#monoMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#monoMs = Math.max(this.#monoMs, due.dueMs);
      if (due.everyMs === undefined) this.#timers.delete(due);
      else due.dueMs += due.everyMs;
      due.run();
    }
    this.#monoMs = endMs;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
}
