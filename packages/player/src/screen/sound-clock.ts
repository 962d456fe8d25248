/** When the next piece of sound is played: back to back, with a small reserve against an uneven network. */

/** Seconds of reserve after silence, and the most that may wait before sound is thrown away to stay near the picture. */
const RESERVE_S = 0.12;
const MOST_S = 0.5;

export class SoundClock {
  #nextS = -Infinity;

  /** @param nowS the audio clock @returns when to start this piece, undefined to throw it away */
  place(nowS: number, lengthS: number): number | undefined {
    if (this.#nextS < nowS) this.#nextS = nowS + RESERVE_S;
    if (this.#nextS - nowS > MOST_S) return undefined;
    const at = this.#nextS;
    this.#nextS += lengthS;
    return at;
  }

  reset(): void {
    this.#nextS = -Infinity;
  }
}
