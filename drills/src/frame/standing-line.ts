/** The faults of one way, through all its reconnections: the network stays bad when the socket is a new one. */
import type { LineFaults } from './line-faults.ts';

export class StandingLine implements LineFaults {
  #delayMs = 0;
  #loss = 0;
  #stalled = false;
  #now: LineFaults | undefined;

  /** Another socket on the same way. */
  carry(line: LineFaults): void {
    this.#now = line;
    line.delayMs = this.#delayMs;
    line.loss = this.#loss;
    line.stalled = this.#stalled;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  set delayMs(ms: number) {
    this.#delayMs = ms;
    if (this.#now !== undefined) this.#now.delayMs = ms;
  }

  get loss(): number {
    return this.#loss;
  }

  set loss(share: number) {
    this.#loss = share;
    if (this.#now !== undefined) this.#now.loss = share;
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  set stalled(stalled: boolean) {
    this.#stalled = stalled;
    if (this.#now !== undefined) this.#now.stalled = stalled;
  }

  reset(): void {
    this.#now?.reset();
  }

  resetAfter(bytes: number): void {
    this.#now?.resetAfter(bytes);
  }
}
