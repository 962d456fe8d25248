/**
 * Whether a camera's clock goes as fast as the agent's. Asked of each picture; the answer comes about once a second. It is *right* once it kept
 * pace for a second. It is *wrong* when it does not, although pictures come as before: it stands still, counts in another rate than it says,
 * or in milliseconds. A line that is slow looks like a slow clock as well, but its pictures have the same steps as ever.
 */

/** Pace is measured over so much arrival, and three pictures at least. */
const WINDOW_US = 1_000_000;
const FEWEST = 3;
const MOST = 512;
/** A gap that is more than this share of all was a pause: what it held up says nothing of the clock. */
const PAUSE = 0.6;
/** Media time a second of arrival that counts as the same pace. Crystals are within 0.01 %, the rest is what networks do. */
const PACE = { least: 0.8, most: 1.25 } as const;
/** Of the step from picture to picture while the clock was right. */
const SAME_STEP = 0.6;
/** A clock that is a little slow: so late, and later in each of so many windows, by so much. */
const SLOW = { lagUs: 1_000_000, windows: 10, byUs: 2_000 } as const;
/** No camera keeps more for a slow line: some MB, at 1 Mbit/s. What is said to be later is so by a clock that goes slow. */
const MOST_HELD_US = 30_000_000;
/** Windows in a row until a wrong clock is believed again. */
const BELIEVED_AGAIN = 5;

export type Trust = 'unproven' | 'right' | 'wrong';

interface Sample {
  readonly arrivalUs: number;
  readonly mediaUs: number;
}

export class ClockPace {
  #trust: Trust = 'unproven';
  #samples: Sample[] = [];
  #stepUs = 0;
  #rightInRow = 0;
  #slowInRow = 0;
  #leastLagUs = Infinity;

  get trust(): Trust {
    return this.#trust;
  }

  /** @returns arrival less media time of the soonest picture, where the clock has just become right and must be anchored by it */
  note(sample: Sample, anchorUs: number): number | undefined {
    if (sample.arrivalUs < (this.#samples.at(-1)?.arrivalUs ?? -Infinity)) this.#samples = [];
    this.#samples.push(sample);
    const [first = sample] = this.#samples;
    const spanUs = sample.arrivalUs - first.arrivalUs;
    if (this.#samples.length < MOST && (spanUs < WINDOW_US || this.#samples.length < FEWEST)) return undefined;
    const afterPause = this.#pauseBefore(spanUs);
    if (afterPause > 0) {
      this.#samples.splice(0, afterPause);
      return undefined;
    }
    return this.#conclude(first, sample, anchorUs);
  }

  /** Timestamps that began anew: what was right before stays right, or wrong. */
  restart(): void {
    this.#samples = [];
    this.#slowInRow = 0;
  }

  /** @returns index of the sample after a pause, 0 where there was none */
  #pauseBefore(spanUs: number): number {
    return this.#samples.findIndex(
      ({ arrivalUs }, at) => at > 0 && arrivalUs - (this.#samples[at - 1]?.arrivalUs ?? arrivalUs) > PAUSE * spanUs,
    );
  }

  #conclude(first: Sample, last: Sample, anchorUs: number): number | undefined {
    const mediaUs = last.mediaUs - first.mediaUs;
    const pace = mediaUs / (last.arrivalUs - first.arrivalUs);
    const stepUs = mediaUs / (this.#samples.length - 1);
    const soonestUs = Math.min(...this.#samples.map((each) => each.arrivalUs - each.mediaUs));
    this.#samples = [last];
    const lagUs = soonestUs - anchorUs;
    const isSlowLine = this.#trust === 'right' && stepUs >= SAME_STEP * this.#stepUs && lagUs <= MOST_HELD_US;
    if (pace < PACE.least && !isSlowLine) this.#trust = 'wrong';
    const keepsPace = pace >= PACE.least && pace <= PACE.most;
    this.#rightInRow = keepsPace ? this.#rightInRow + 1 : 0;
    if (!keepsPace) return undefined;
    if (this.#trust === 'right') {
      this.#stepUs = stepUs;
      if (this.#isSlow(lagUs) || lagUs > MOST_HELD_US) this.#trust = 'wrong';
      return undefined;
    }
    if (this.#trust === 'wrong' && this.#rightInRow < BELIEVED_AGAIN) return undefined;
    this.#trust = 'right';
    this.#stepUs = stepUs;
    this.#slowInRow = 0;
    return soonestUs;
  }

  /** @param lagUs of the soonest picture of a window */
  #isSlow(lagUs: number): boolean {
    this.#slowInRow = lagUs > this.#leastLagUs + SLOW.byUs ? this.#slowInRow + 1 : 0;
    this.#leastLagUs = lagUs;
    return lagUs > SLOW.lagUs && this.#slowInRow >= SLOW.windows;
  }
}
