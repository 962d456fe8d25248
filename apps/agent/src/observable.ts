/** One value that changes and who wants to know: how the agent tells its host what it is doing. */

/** Read `value` at any time; `subscribe` is called with each later value, in order, in the tick it changes. */
export interface Observable<T> {
  readonly value: T;
  /** @returns a function that ends the subscription */
  subscribe(listener: (value: T) => void): () => void;
}

export class Cell<T> implements Observable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
