/**
 * Which counters this run of the agent sealed under which key id: what it answers with when a relay asks whether a frame was its own. In
 * RAM only; of an older run or of longer ago it knows nothing, and says so.
 */
import type { WasSealed } from '@sealcam/home';
import { LIMITS, type KeyId } from '@sealcam/protocol';

/** Bulletins of a full home; of a usual one it is days. */
const MOST_KEY_IDS = 8 * 5 * LIMITS.camerasPerHome;

interface Range {
  first: number;
  /** The first one that was not sealed. */
  next: number;
}

export class SealedCounters {
  readonly #ranges = new Map<string, Range>();

  /** Key ids under which nothing is sealed yet, and perhaps never will be. */
  announced(kids: readonly KeyId[]): void {
    for (const kid of kids) this.#ranges.set(kid, { first: 0, next: 0 });
    for (const oldest of this.#ranges.keys()) {
      if (this.#ranges.size <= MOST_KEY_IDS) return;
      this.#ranges.delete(oldest);
    }
  }

  /** Called for each frame: counters of one key id rise one by one. */
  sealed(kid: KeyId, ctr: number): void {
    const range = this.#ranges.get(kid);
    if (range === undefined) return;
    if (range.next === 0) range.first = ctr;
    range.next = ctr + 1;
  }

  /** @param kid 16 hex digits */
  was(kid: string, ctr: number): WasSealed {
    const range = this.#ranges.get(kid);
    if (range === undefined) return 'unknown';
    return ctr >= range.first && ctr < range.next ? 'yes' : 'no';
  }
}
