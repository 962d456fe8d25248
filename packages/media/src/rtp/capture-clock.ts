/**
 * RTP timestamps to the agent's Unix time. The camera's clock gives even steps, the agent's gives the truth: a unit is anchored at the
 * arrival of its first packet, and the anchor follows the smallest delay seen, because a camera's crystal drifts by seconds a day.
 *
 * Arrival bounds what a clock may claim: nothing is newer than its arrival. A picture is late where a clock says so that was right before
 * (clock-pace.ts): that is what a stalled or slow line looks like. A clock that contradicts arrival is left alone, and arrival counts.
 */
import { ClockPace } from './clock-pace.ts';

/** The smallest delay of this long is believed, and taken out as drift by at most so much (0.5 %). */
const DRIFT_US = 4_000_000;
const SLEW_US = 20_000;
/** B-frames step back by some frames; a timestamp that falls further began anew. */
const BACKWARD_US = 1_000_000;
/** No camera takes pictures so soon after each other: a timestamp that hardly moves, while time does, is none. */
const STANDING_US = 2_000;
const PASSED_US = 10_000;
/** In a row, and it stands still. */
const STOOD = 3;

export class CaptureClock {
  readonly #clockRate: number;
  readonly #pace = new ClockPace();
  #lastUs: number;
  /** The newest timestamp unwrapped to ticks without end, and what must be added to media time to get Unix time. */
  #ticks: number | undefined;
  #anchorUs = 0;
  #arrivedUs = 0;
  #stoodInRow = 0;
  #driftFromUs = 0;
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

  /** The camera's clock contradicts the arrival of its pictures, and is not used. */
  get isIgnored(): boolean {
    return this.#pace.trust === 'wrong' || this.#stoodInRow >= STOOD;
  }

  /**
   * @param timestamp RTP timestamp of the unit (u32)
   * @param arrivalUs Unix microseconds when its first packet came
   * @returns Unix microseconds, later than every result before, never later than arrival but to stay in order
   */
  captureUs(timestamp: number, arrivalUs: number): number {
    const mediaUs = this.#mediaUs(timestamp, arrivalUs) ?? this.#anchor(timestamp, arrivalUs);
    this.#arrivedUs = arrivalUs;
    // What lies in the future was wrong.
    this.#anchorUs = Math.min(this.#anchorUs, arrivalUs - mediaUs);
    this.#anchorUs = this.#pace.note({ arrivalUs, mediaUs }, this.#anchorUs) ?? this.#anchorUs;
    this.#followDrift(arrivalUs - mediaUs - this.#anchorUs, arrivalUs);
    const believedUs = this.isIgnored ? arrivalUs : Math.round(mediaUs + this.#anchorUs);
    this.#lastUs = Math.max(this.#lastUs + 1, Math.min(believedUs, arrivalUs));
    return this.#lastUs;
  }

  /** Undefined where the timestamps begin anew, or stand still. */
  #mediaUs(timestamp: number, arrivalUs: number): number | undefined {
    if (this.#ticks === undefined) return undefined;
    const ticks = (timestamp - this.#ticks) | 0;
    const stepUs = this.#toUs(ticks);
    const isStanding = stepUs >= 0 && stepUs < STANDING_US && arrivalUs - this.#arrivedUs >= PASSED_US;
    if (stepUs !== 0 || isStanding) this.#stoodInRow = isStanding ? this.#stoodInRow + 1 : 0;
    if (stepUs < -BACKWARD_US || isStanding) return undefined;
    const mediaUs = this.#toUs(this.#ticks + ticks);
    this.#ticks = Math.max(this.#ticks, this.#ticks + ticks);
    return mediaUs;
  }

  #anchor(timestamp: number, arrivalUs: number): number {
    this.#ticks = timestamp;
    this.#anchorUs = arrivalUs - this.#toUs(timestamp);
    this.#driftFromUs = arrivalUs;
    this.#leastLagUs = Infinity;
    this.#pace.restart();
    return this.#toUs(timestamp);
  }

  /** @param lagUs how much later than the clock says it came */
  #followDrift(lagUs: number, arrivalUs: number): void {
    this.#leastLagUs = Math.min(this.#leastLagUs, lagUs);
    const elapsedUs = arrivalUs - this.#driftFromUs;
    if (elapsedUs >= 0 && elapsedUs < DRIFT_US) return;
    this.#anchorUs += Math.min(this.#leastLagUs, SLEW_US);
    this.#driftFromUs = arrivalUs;
    this.#leastLagUs = Infinity;
  }

  #toUs(ticks: number): number {
    return (ticks * 1_000_000) / this.#clockRate;
  }
}
