/** How many viewers at once one camera has room for, as far as it was learned: both of its streams, or one. Lives as long as the camera runs. */

/** A camera without room is asked for a second stream again after this, then after twice as long. */
const AGAIN_MS = 10 * 60_000;
const AGAIN_MOST_MS = 24 * 60 * 60_000;

export class Places {
  #known: 'unknown' | 'one' | 'both' = 'unknown';
  #againMs = AGAIN_MS;
  #noRoomUntilMs = -Infinity;

  get known(): 'unknown' | 'one' | 'both' {
    return this.#known;
  }

  /** It refused a second stream, or threw the first one out for it. @param nowMs of a clock that never jumps */
  noRoom(nowMs: number): void {
    if (this.waitMs(nowMs) > 0) return;
    this.#known = 'one';
    this.#noRoomUntilMs = nowMs + this.#againMs;
    this.#againMs = Math.min(AGAIN_MOST_MS, 2 * this.#againMs);
  }

  /** Both were read together for a while. */
  hasRoom(): void {
    this.#known = 'both';
    this.#againMs = AGAIN_MS;
    this.#noRoomUntilMs = -Infinity;
  }

  /** So long a second stream is not asked for; 0: now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#noRoomUntilMs - nowMs);
  }
}
