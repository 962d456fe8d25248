/** Notices that the wall clock jumped, or that the machine slept or was restored: counters must not go on as if nothing were (SEALING.md). */

const EVERY_MS = 500;
const JUMP_MS = 2_000;

export class ClockWatch {
  readonly #timer: NodeJS.Timeout;

  /** @param wallMs Unix time; @param monotonicMs never jumps. The difference of the two is what is watched */
  constructor(wallMs: () => number, monotonicMs: () => number, onJump: (byMs: number) => void) {
    let offset = wallMs() - monotonicMs();
    this.#timer = setInterval(() => {
      const now = wallMs() - monotonicMs();
      const jump = now - offset;
      // Slow drift, as NTP slews it, is followed; only a step is a jump.
      offset = now;
      if (Math.abs(jump) > JUMP_MS) onJump(jump);
    }, EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
