/**
 * Keys that the relay did not take, for it has had enough of this home for now: said again until it takes them, the waits growing.
 * Until then nobody has them, and the home says why it shows nothing.
 */

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** The relay answers a bulletin only to refuse it: none after so long, and it was taken. */
const TAKEN_MS = 5_000;

export interface SayAgainParts {
  /** Says it, as it is by then. */
  readonly say: () => void;
  readonly taken: () => void;
  /** Shorter in a test. */
  readonly firstWaitMs?: number;
}

export class SayAgain {
  readonly #parts: SayAgainParts;
  #waitMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SayAgainParts) {
    this.#parts = parts;
    this.#waitMs = parts.firstWaitMs ?? FIRST_WAIT_MS;
  }

  refused(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(() => this.#taken(), TAKEN_MS);
      this.#parts.say();
    }, this.#waitMs);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
  }

  /** Something newer was said, or there is nobody to say it to. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #taken(): void {
    this.#waitMs = this.#parts.firstWaitMs ?? FIRST_WAIT_MS;
    this.#parts.taken();
  }
}
