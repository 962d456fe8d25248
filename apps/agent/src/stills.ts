/** Stream 3 of a camera: the newest keyframe, sealed now and then, again at each rotation. Beside the path; the relay may cache it, sealed. */
import { encodeCodecConfig, type AccessUnit } from '@sealcam/media';
import { micros } from '@sealcam/protocol';
import { sendUnit, type Publisher } from './pipeline.ts';
import type { SealedTrack } from './sealed-track.ts';

/** How old the sealed still may be while somebody has a home screen open, and otherwise (MEDIA.md). */
const WATCHED_MS = 10_000;
const UNWATCHED_MS = 5 * 60_000;
/** Nothing older is ever sealed again. */
const OLDEST_MS = 24 * 3_600_000;

export class Stills {
  readonly #track: SealedTrack;
  readonly #publisher: Publisher;
  readonly #clock: () => number;
  #newest: AccessUnit | undefined;
  /** The one that was sealed last. */
  #shown: AccessUnit | undefined;
  #shownAtMs = 0;
  #viewers = 0;

  /** @param clock Unix ms */
  constructor(track: SealedTrack, publisher: Publisher, clock: () => number) {
    this.#track = track;
    this.#publisher = publisher;
    this.#clock = clock;
  }

  /** Each video unit of the main stream passes here. */
  see(unit: AccessUnit): void {
    if (!unit.keyframe || unit.config === undefined) return;
    this.#newest = unit;
    if (this.#isDue()) this.#show(unit);
  }

  watched(viewers: number): void {
    const first = this.#viewers === 0 && viewers > 0;
    this.#viewers = viewers;
    if (first && this.#newest !== undefined && this.#newest !== this.#shown && this.#isDue()) this.#show(this.#newest);
  }

  /** After a rotation or a new connection: the same picture under the new keys, its capture time kept. */
  send(): void {
    const still = this.#newest ?? this.#shown;
    if (still === undefined) return;
    if (this.#clock() - still.captureUs / 1000 > OLDEST_MS) return this.forget();
    this.#show(still);
  }

  /** Privacy: from now on there is no picture, not even an old one. */
  forget(): void {
    this.#newest = undefined;
    this.#shown = undefined;
    this.#shownAtMs = 0;
  }

  #isDue(): boolean {
    const age = this.#clock() - this.#shownAtMs;
    return this.#shown === undefined || age < 0 || age >= (this.#viewers > 0 ? WATCHED_MS : UNWATCHED_MS);
  }

  #show(still: AccessUnit): void {
    if (!this.#track.hasKey || still.config === undefined) return;
    this.#shown = still;
    this.#shownAtMs = this.#clock();
    sendUnit(
      this.#track,
      {
        captureUs: micros(still.captureUs),
        durationUs: 0,
        keyframe: true,
        discontinuity: false,
        config: encodeCodecConfig(still.config),
        unit: still.data,
      },
      this.#publisher,
    );
  }
}
