/**
 * Connections that were accepted and wait to be served: a few in each turn of the event loop, one of each network after the other. A
 * thousand that come at once wait for each other, and the one that comes from elsewhere is next.
 */
import type { Network } from './network.ts';

/** In one turn: some milliseconds of upgrades. */
const PER_TURN = 8;

export class Line {
  readonly #waiting = new Map<Network, (() => void)[]>();
  #isMoving = false;

  enter(network: Network, serve: () => void): void {
    const own = this.#waiting.get(network);
    if (own === undefined) this.#waiting.set(network, [serve]);
    else own.push(serve);
    if (this.#isMoving) return;
    this.#isMoving = true;
    setImmediate(() => this.#move());
  }

  #move(): void {
    for (let served = 0; served < PER_TURN; served += 1) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const [network, own] = first;
      const serve = own.shift();
      this.#waiting.delete(network);
      if (own.length > 0) this.#waiting.set(network, own);
      serve?.();
    }
    this.#isMoving = this.#waiting.size > 0;
    if (this.#isMoving) setImmediate(() => this.#move());
  }
}
