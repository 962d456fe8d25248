/**
 * RTP timestamps to the agent's Unix time. The camera's clock gives even steps, the agent's gives the truth: a unit is
 * anchored at the arrival of its first packet, and the anchor follows the smallest delay seen, because a camera's crystal
 * drifts by seconds a day while a picture older than 5 s is not live any more.
 */

/** The smallest delay of this long is believed (microseconds). */
const WINDOW_US = 4_000_000;
/** A smaller steady delay is drift, taken out by at most this much a window (0.5 %); a larger one is a clock that stood still. */
const SLEW_US = 20_000;
const STEP_US = 1_000_000;
/** B-frames step back by some frames; a timestamp that falls further began anew. */
const BACKWARD_US = 1_000_000;

export class CaptureClock {
  readonly #clockRate: number;
  #lastUs: number;
  /** The newest timestamp unwrapped to ticks without end, and what must be added to media time to get Unix time. */
  #ticks: number | undefined;
  #anchorUs = 0;
  #windowFromUs = 0;
  #leastLagUs = Infinity;

  /** @param afterUs every time given is later than this */
  constructor(clockRate: number, afterUs = 0) {
    this.#clockRate = clockRate;
    this.#lastUs = afterUs;
  }

  /** Another sender or another wall clock: the next timestamp is anchored anew. @param afterUs replaces the floor */
  reset(afterUs: number = this.#lastUs): void {
    this.#ticks = undefined;
    this.#lastUs = afterUs;
  }

  /**
   * @param timestamp RTP timestamp of the unit (u32)
   * @param arrivalUs Unix microseconds when its first packet came
   * @returns Unix microseconds, later than every result before, never later than arrival but to stay in order
   */
  captureUs(timestamp: number, arrivalUs: number): number {
    const mediaUs = this.#mediaUs(timestamp);
    if (mediaUs === undefined) this.#anchor(timestamp, arrivalUs);
    const predicted = (mediaUs ?? this.#toUs(timestamp)) + this.#anchorUs;
    this.#follow(arrivalUs - predicted, arrivalUs);
    this.#lastUs = Math.max(this.#lastUs + 1, Math.min(Math.round(predicted), arrivalUs));
    return this.#lastUs;
  }

  /** Undefined where the timestamps begin anew. */
  #mediaUs(timestamp: number): number | undefined {
    if (this.#ticks === undefined) return undefined;
    const step = (timestamp - this.#ticks) | 0;
    const ticks = this.#ticks + step;
    if (this.#toUs(step) < -BACKWARD_US) return undefined;
    this.#ticks = Math.max(this.#ticks, ticks);
    return this.#toUs(ticks);
  }

  #anchor(timestamp: number, arrivalUs: number): void {
    this.#ticks = timestamp;
    this.#anchorUs = arrivalUs - this.#toUs(timestamp);
    this.#windowFromUs = arrivalUs;
    this.#leastLagUs = Infinity;
  }

  /** @param lagUs how much later than predicted it came; below 0 the prediction lay in the future and was wrong */
  #follow(lagUs: number, arrivalUs: number): void {
    if (lagUs < 0) this.#anchorUs += lagUs;
    this.#leastLagUs = Math.min(this.#leastLagUs, Math.max(lagUs, 0));
    const elapsed = arrivalUs - this.#windowFromUs;
    if (elapsed >= 0 && elapsed < WINDOW_US) return;
    this.#anchorUs += this.#leastLagUs > STEP_US ? this.#leastLagUs : Math.min(this.#leastLagUs, SLEW_US);
    this.#windowFromUs = arrivalUs;
    this.#leastLagUs = Infinity;
  }

  #toUs(ticks: number): number {
    return (ticks * 1_000_000) / this.#clockRate;
  }
}
