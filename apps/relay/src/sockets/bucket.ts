/** A token bucket: a steady rate with a burst, for messages, bytes and receipts alike. */
import type { Clock } from '../clock.ts';

export class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#left = burst;
    this.#atMs = clock.monoMs();
  }

  /** Whether nothing was taken lately: then a new one is as good. */
  get isFull(): boolean {
    this.#fill();
    return this.#left === this.#burst;
  }

  /** @returns false when there is not enough left; nothing is taken then */
  take(amount: number): boolean {
    this.#fill();
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }

  /** Gives back what was taken for nothing. */
  give(amount: number): void {
    this.#left = Math.min(this.#burst, this.#left + amount);
  }

  /** Seconds until so much is there; 0 when it is. */
  secondsTo(amount: number): number {
    this.#fill();
    return Math.max(0, (amount - this.#left) / this.#perSecond);
  }

  #fill(): void {
    const nowMs = this.#clock.monoMs();
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = nowMs;
  }
}
