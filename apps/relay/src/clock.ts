/** Time as the relay sees it, handed in so that tests turn the clock themselves. */

export interface Clock {
  /** Unix time in milliseconds: what is written down and compared with `notAfter`. */
  wallMs(): number;
  /** Milliseconds that never go back: what leases and deadlines are measured with. */
  monoMs(): number;
  /** Runs `run` every `ms` until the returned function is called. */
  every(ms: number, run: () => void): () => void;
  /** Runs `run` once after `ms` unless the returned function is called first. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own clock; its timers keep no process alive. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => performance.now(),
  every(ms, run) {
    const timer = setInterval(run, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
