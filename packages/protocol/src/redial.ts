/**
 * When an agent or a viewer dials its relay again. A line that was good a moment ago is dialed fast, for a relay that is started
 * again is back within seconds; all who lost it are spread over a second, so that it is not met by thousands of homes at once. A
 * line that stays away, or a relay that refuses, is dialed ever more rarely.
 */

/** What a lost line was: `refused` where the relay is there and said no. */
export type LostLine = 'lost' | 'refused';

export interface RedialParts {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** 0 ≤ random < 1, for the spread. */
  readonly random: () => number;
  /** No two dials are further apart. */
  readonly longestMs: number;
}

/** A line was good when it was up for so long: one that comes and goes earns no haste. */
const GOOD_MS = 2_000;
/** After a good line was lost its relay is dialed fast for so long. */
const FAST_MS = 20_000;
const FIRST_WAIT_MS = 250;
/** Failures after which a wait is a second at most: 250, 500, 1000. */
const SECOND = 2;

export class Redial {
  readonly #parts: RedialParts;
  #upSinceMs: number | undefined;
  #fastUntilMs = -Infinity;
  #failures = 0;

  constructor(parts: RedialParts) {
    this.#parts = parts;
  }

  /** The line is up: the relay welcomed us. */
  up(): void {
    this.#upSinceMs ??= this.#parts.nowMs();
  }

  /** The line was lost, or a dial came to nothing. @returns milliseconds until the next dial */
  lost(how: LostLine): number {
    const now = this.#parts.nowMs();
    this.#tookDown(now);
    if (how === 'refused') this.#fastUntilMs = -Infinity;
    const isFast = now < this.#fastUntilMs;
    const failures = isFast ? Math.min(this.#failures, SECOND) : this.#failures;
    this.#failures = Math.min(failures + 1, 16);
    const most = Math.min(this.#parts.longestMs, FIRST_WAIT_MS * 2 ** failures);
    // From half to whole: browsers hold a WebSocket back that failed often, so that more dials would be fewer.
    return most * (0.5 + this.#parts.random() / 2);
  }

  #tookDown(now: number): void {
    if (this.#upSinceMs === undefined) return;
    const wasGood = now - this.#upSinceMs >= GOOD_MS;
    this.#upSinceMs = undefined;
    // One that comes and goes is dialed once a second or so, and not from the beginning each time.
    this.#failures = wasGood ? 0 : Math.min(this.#failures, SECOND);
    if (wasGood) this.#fastUntilMs = now + FAST_MS;
  }
}
