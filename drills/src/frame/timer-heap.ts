/** Timers by their moment, and of one moment in the order they were set. */

interface Timer {
  readonly atMs: number;
  readonly seq: number;
  run: (() => void) | undefined;
}

export class TimerHeap {
  readonly #heap: Timer[] = [];
  #seq = 0;

  /** The moment of the first timer that was not canceled. */
  get nextMs(): number | undefined {
    this.#dropCanceled();
    return this.#heap[0]?.atMs;
  }

  /** @returns cancels it */
  add(atMs: number, run: () => void): () => void {
    const timer: Timer = { atMs, seq: this.#seq, run };
    this.#seq += 1;
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return () => (timer.run = undefined);
  }

  /** @returns the first that is due, taken out */
  take(nowMs: number): (() => void) | undefined {
    this.#dropCanceled();
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#removeFirst();
    return first.run;
  }

  #dropCanceled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#removeFirst();
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a] as Timer, this.#heap[b] as Timer];
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.seq < other.seq);
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b] as Timer, this.#heap[a] as Timer];
  }
}
