/**
 * Time in the drill's hand: the relay's clock and the viewer's in one. Nothing passes until `pass` says so; then each timer runs
 * at its own moment, and everything it sets off happens before the next one.
 */
import type { Clock as ViewerClock } from '@sealcam/player/viewer';
import type { Clock as RelayClock } from '@sealcam/relay';
import { idle, watchCrypto } from './idle.ts';
import { TimerHeap } from './timer-heap.ts';

export class VirtualClock implements RelayClock, ViewerClock {
  readonly #timers = new TimerHeap();
  readonly #grainMs: number;
  #wallMs: number;
  #monoMs = 1_000;
  /** Set by stages with real sockets. */
  onTheWay: () => boolean = () => false;

  /** @param grainMs timers are rounded up to it: with thousands of clients, fewer moments at which something happens */
  constructor(startMs = Date.UTC(2026, 10, 22, 12), grainMs = 1) {
    this.#wallMs = startMs;
    this.#grainMs = grainMs;
    watchCrypto();
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monoMs(): number {
    return this.#monoMs;
  }

  monotonicMs(): number {
    return this.#monoMs;
  }

  after(ms: number, run: () => void): () => void {
    return this.#timers.add(this.#due(ms), run);
  }

  every(ms: number, run: () => void): () => void {
    let cancel = (): void => undefined;
    const next = (): void => {
      cancel = this.after(ms, () => {
        next();
        run();
      });
    };
    next();
    return () => cancel();
  }

  /** Everything that can happen now has happened. */
  async settle(): Promise<void> {
    await idle(this.onTheWay);
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.#monoMs + ms;
    await this.settle();
    for (;;) {
      const nextMs = this.#timers.nextMs;
      if (nextMs === undefined || nextMs > endMs) break;
      this.#move(nextMs);
      for (let run = this.#timers.take(nextMs); run !== undefined; run = this.#timers.take(nextMs)) run();
      await this.settle();
    }
    this.#move(endMs);
    await this.settle();
  }

  /** Everybody slept: the calendar moves, no timer runs, as on machines that were suspended together. */
  skip(ms: number): void {
    this.#wallMs += ms;
  }

  #due(ms: number): number {
    const due = this.#monoMs + Math.max(ms, 0);
    return Math.ceil(due / this.#grainMs) * this.#grainMs;
  }

  #move(toMs: number): void {
    if (toMs <= this.#monoMs) return;
    this.#wallMs += toMs - this.#monoMs;
    this.#monoMs = toMs;
  }
}
