/** A line of the twin: whole messages, with the same faults and the same numbers as a line in memory. */
import type { Random } from '../../../tests/harness/random.ts';
import { stir } from './idle.ts';
import type { LineFaults } from './line-faults.ts';
import type { VirtualClock } from './virtual-clock.ts';

const RETRANSMIT_MS = { least: 200, most: 3_000 };

export class TwinLine implements LineFaults {
  delayMs = 0;
  loss = 0;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #waiting: { readonly dueMs: number; readonly run: () => void }[] = [];
  #stalled = false;
  #running = false;
  #left = Infinity;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  set stalled(stalled: boolean) {
    this.#stalled = stalled;
    this.#next();
  }

  send(bytes: number, run: () => void): void {
    stir();
    if (bytes > this.#left) return this.reset();
    this.#left -= bytes;
    this.#waiting.push({ dueMs: this.#clock.monoMs() + this.#lateMs(), run });
    this.#next();
  }

  resetAfter(bytes: number): void {
    this.#left = bytes;
  }

  reset(): void {
    this.#waiting = [];
    this.#left = Infinity;
  }

  #lateMs(): number {
    if (this.loss === 0 || this.#random.fraction() >= this.loss) return this.delayMs;
    return this.delayMs + RETRANSMIT_MS.least + this.#random.below(RETRANSMIT_MS.most - RETRANSMIT_MS.least);
  }

  #next(): void {
    const first = this.#waiting[0];
    if (this.#running || this.#stalled || first === undefined) return;
    this.#running = true;
    const waitMs = first.dueMs - this.#clock.monoMs();
    if (waitMs <= 0) setImmediate(() => this.#arrive());
    else this.#clock.after(waitMs, () => this.#arrive());
  }

  #arrive(): void {
    this.#running = false;
    if (this.#stalled) return;
    stir();
    this.#waiting.shift()?.run();
    this.#next();
  }
}
