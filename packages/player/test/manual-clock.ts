/** Time in the test's hand: nothing happens until it is told to pass. */
import type { Clock } from '../src/viewer/ports.ts';

export class ManualClock implements Clock {
  #nowMs = 10_000;
  #wallMs: number;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(wallMs = 1_795_000_000_000) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs every timer that is due, in order, each at its time. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#move(Math.max(next.atMs, this.#nowMs));
      next.run();
    }
    this.#move(endMs);
  }

  /** A tablet that slept: time passed, no timer ran. */
  sleep(ms: number): void {
    this.#move(this.#nowMs + ms);
  }

  #move(toMs: number): void {
    this.#wallMs += toMs - this.#nowMs;
    this.#nowMs = toMs;
  }
}
