/**
 * So many costly checks at a time, and the networks take turns: whoever sends a thousand wrong signatures or passwords waits for
 * himself, and everyone else is next.
 */
import type { Network } from './network.ts';

export class Turnstile {
  readonly #atOnce: number;
  #running = 0;
  readonly #waiting = new Map<Network, (() => void)[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Who waits is bounded by whoever lets them come: each holds a socket or a request. */
  async pass<T>(from: Network, work: () => Promise<T>): Promise<T> {
    // A turn is handed on, never given back first: nobody who comes meanwhile gets in between.
    if (this.#running < this.#atOnce) this.#running += 1;
    else await new Promise<void>((turn) => this.#wait(from, turn));
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait(from: Network, turn: () => void): void {
    const line = this.#waiting.get(from);
    if (line === undefined) this.#waiting.set(from, [turn]);
    else line.push(turn);
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    const [from, line] = first;
    const turn = line.shift();
    this.#waiting.delete(from);
    if (line.length > 0) this.#waiting.set(from, line);
    turn?.();
  }
}
