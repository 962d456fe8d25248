/** Seeded numbers for tests and drills: the same seed gives the same run, wherever it runs. */

/** mulberry32. Several seeds make one: `new Random(seed, 'viewer', 7)` is independent of `new Random(seed, 'viewer', 8)`. */
export class Random {
  #state: number;

  constructor(...seeds: readonly (number | string)[]) {
    this.#state = 0;
    for (const seed of seeds)
      for (const char of String(seed)) this.#state = (Math.imul(this.#state, 31) + char.charCodeAt(0)) | 0;
    for (let i = 0; i < 4; i += 1) this.next();
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return (word ^ (word >>> 14)) >>> 0;
  }

  /** 0 to most - 1; 0 where most is 0. */
  below(most: number): number {
    return most <= 0 ? 0 : this.next() % most;
  }

  /** From 0 to, not including, 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }
}
