/** The current GOP of one stream: what a joiner or a restarted decoder needs first (step 3 of the path). */
import { MEDIA_LIMITS } from './media-limits.ts';

/** `kept`: appended. `waiting`: no keyframe yet, or over the limits until the next one; nothing is held. */
export type GopOutcome = 'kept' | 'waiting';

const DEFAULT_LIMITS = { bytes: MEDIA_LIMITS.gopBytes, units: MEDIA_LIMITS.gopUnits };

/** Holds whatever hangs on the newest keyframe: access units, or the sealed bytes of them. */
export class Gop<Unit> {
  readonly #bytesOf: (unit: Unit) => number;
  readonly #limits: { readonly bytes: number; readonly units: number };
  #units: Unit[] = [];
  #bytes = 0;

  /** @param bytesOf how much of the limit one unit takes */
  constructor(
    bytesOf: (unit: Unit) => number,
    limits: { readonly bytes: number; readonly units: number } = DEFAULT_LIMITS,
  ) {
    this.#bytesOf = bytesOf;
    this.#limits = limits;
  }

  /** From the keyframe on, oldest first. Empty while waiting. A live view: copy it to keep it. */
  get units(): readonly Unit[] {
    return this.#units;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A keyframe starts anew. A GOP that grows over the limits is forgotten whole: half of one helps no joiner. */
  append(unit: Unit, keyframe: boolean): GopOutcome {
    if (keyframe) this.clear();
    else if (this.#units.length === 0) return 'waiting';
    const bytes = this.#bytes + this.#bytesOf(unit);
    if (bytes > this.#limits.bytes || this.#units.length >= this.#limits.units) {
      this.clear();
      return 'waiting';
    }
    this.#units.push(unit);
    this.#bytes = bytes;
    return 'kept';
  }

  /** Forget everything and wait for a keyframe (rotation, loss). */
  clear(): void {
    this.#units = [];
    this.#bytes = 0;
  }
}
