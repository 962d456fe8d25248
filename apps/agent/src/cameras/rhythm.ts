/**
 * The rhythm of one camera: how long it is silent as a rule, and how far its full pictures lie apart. Smart codecs, batteries and restreamers
 * make that anything from 66 ms to 40 s, so what counts as silence is learned from each camera, and kept over its connections.
 */

/** A camera that answers nothing is given up after so long, whatever its rhythm. */
const LEAST_MS = 4_000;
const MOST_MS = 60_000;
/** One that answers when it is asked, but sends nothing, so much longer. */
const STEADY_MOST_MS = 20_000;
/** From so many pictures on it is known. */
const KNOWN_PICTURES = 10;
/** A picture less often than this is a slow camera. */
export const SLOW_MS = 2_000;
/** How much of the usual pace each picture changes. */
const SHARE = 1 / 4;
/** Gaps below are everyday. */
const GAP_MS = 500;
/** What was longest is forgotten after one to two of these. */
const PERIOD_MS = 5 * 60_000;
/** Without a full picture, although packets come. */
const NO_PICTURE_MS = 90_000;
const NO_PICTURE_MOST_MS = 180_000;

export class Rhythm {
  #longestMs = 0;
  #longestBeforeMs = 0;
  #periodFromMs = -Infinity;
  #pictures = 0;
  #pictureAtMs: number | undefined;
  #pictureEveryMs: number | undefined;
  #keyframeAtMs: number | undefined;
  #keyframeEveryMs: number | undefined;

  /** @param gapMs since the packet before, of the same connection */
  packet(nowMs: number, gapMs: number): void {
    if (gapMs < GAP_MS) return;
    if (nowMs - this.#periodFromMs > PERIOD_MS) {
      this.#longestBeforeMs = this.#longestMs;
      this.#longestMs = 0;
      this.#periodFromMs = nowMs;
    }
    this.#longestMs = Math.max(this.#longestMs, gapMs);
  }

  picture(nowMs: number, isKeyframe: boolean): void {
    this.#pictures += 1;
    if (this.#pictureAtMs !== undefined) this.#pace(nowMs - this.#pictureAtMs);
    this.#pictureAtMs = nowMs;
    if (!isKeyframe) return;
    if (this.#keyframeAtMs !== undefined) this.#keyframeEveryMs = nowMs - this.#keyframeAtMs;
    this.#keyframeAtMs = nowMs;
  }

  /** What lies between two connections is no rhythm. */
  interrupted(): void {
    this.#keyframeAtMs = undefined;
    this.#pictureAtMs = undefined;
  }

  #pace(gapMs: number): void {
    const before = this.#pictureEveryMs ?? gapMs;
    this.#pictureEveryMs = before + (gapMs - before) * SHARE;
  }

  /** From one picture to the next of a slow camera, ms; 0 for others, and while it is not known. */
  get slowEveryMs(): number {
    const everyMs = this.#pictureEveryMs ?? 0;
    return everyMs < SLOW_MS ? 0 : Math.round(everyMs);
  }

  /** From one full picture to the next, ms, as it was last. */
  get keyframeEveryMs(): number | undefined {
    return this.#keyframeEveryMs;
  }

  /** So long a camera may send nothing before it must answer a question. */
  get silenceMs(): number {
    return Math.min(MOST_MS, Math.max(LEAST_MS, 2.5 * this.#longest + 1_000));
  }

  /** So long it may send nothing although it answers. */
  get longestSilenceMs(): number {
    return Math.max(this.#pictures < KNOWN_PICTURES ? MOST_MS : STEADY_MOST_MS, this.silenceMs);
  }

  /** So long it may send packets without a full picture. */
  get noPictureMs(): number {
    return Math.min(NO_PICTURE_MOST_MS, Math.max(NO_PICTURE_MS, 2.5 * (this.#keyframeEveryMs ?? 0)));
  }

  get #longest(): number {
    return Math.max(this.#longestMs, this.#longestBeforeMs);
  }
}
