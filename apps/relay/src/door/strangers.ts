/**
 * The places of those whom nobody knows yet. Nobody is refused one: where there is no room, one who has been silent longest gives
 * his up, one of the network that holds the most. So a flood puts out itself, and a newcomer has the time to say who he is. Whoever
 * proves that he is a member leaves for good; his bounds are those of his home.
 */
import type { Network } from './network.ts';

export interface StrangerLimits {
  /** Places of one network, and of all. */
  readonly perNetwork: number;
  readonly total: number;
}

/** One stranger's place. */
export interface Place {
  /** It did something: others have been silent longer. */
  touch(): void;
  /** It is being worked for, until the returned function is called: others are put out first. */
  hold(): () => void;
  /** It turned out to come from elsewhere: by way of a proxy. */
  move(network: Network): void;
  /** It is known now, or gone. */
  leave(): void;
}

interface Stranger {
  network: Network;
  held: number;
  readonly putOut: () => void;
}

export class Strangers {
  readonly #limits: StrangerLimits;
  /** By network, and in each the one that was silent longest first. */
  readonly #networks = new Map<Network, Set<Stranger>>();
  #total = 0;
  #putOut = 0;

  constructor(limits: StrangerLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#total;
  }

  /** How many had to go so far. */
  get putOut(): number {
    return this.#putOut;
  }

  /** @param putOut ends its connection; called at most once */
  enter(network: Network, putOut: () => void): Place {
    const stranger: Stranger = { network, held: 0, putOut };
    this.#add(stranger);
    return {
      touch: () => this.#touch(stranger),
      hold: () => this.#hold(stranger),
      move: (to) => this.#move(stranger, to),
      leave: () => void this.#remove(stranger),
    };
  }

  #add(stranger: Stranger): void {
    const own = this.#networks.get(stranger.network);
    if (own !== undefined && own.size >= this.#limits.perNetwork) this.#putOneOut(own);
    else if (this.#total >= this.#limits.total) this.#putOneOut(this.#mostHeld());
    const places = this.#networks.get(stranger.network) ?? new Set();
    places.add(stranger);
    this.#networks.set(stranger.network, places);
    this.#total += 1;
  }

  #touch(stranger: Stranger): void {
    const places = this.#networks.get(stranger.network);
    if (places?.delete(stranger) !== true) return;
    places.add(stranger);
    // Of networks with as many places each, the one that has been silent longest comes first.
    this.#networks.delete(stranger.network);
    this.#networks.set(stranger.network, places);
  }

  #hold(stranger: Stranger): () => void {
    let isHeld = true;
    stranger.held += 1;
    return () => {
      if (isHeld) stranger.held -= 1;
      isHeld = false;
    };
  }

  #move(stranger: Stranger, to: Network): void {
    if (stranger.network === to || !this.#remove(stranger)) return;
    stranger.network = to;
    this.#add(stranger);
  }

  #remove(stranger: Stranger): boolean {
    const places = this.#networks.get(stranger.network);
    if (places?.delete(stranger) !== true) return false;
    if (places.size === 0) this.#networks.delete(stranger.network);
    this.#total -= 1;
    return true;
  }

  #mostHeld(): ReadonlySet<Stranger> {
    let most: ReadonlySet<Stranger> = new Set();
    for (const places of this.#networks.values()) if (places.size > most.size) most = places;
    return most;
  }

  #putOneOut(places: ReadonlySet<Stranger>): void {
    const leaving = longestIdle(places);
    if (leaving === undefined || !this.#remove(leaving)) return;
    this.#putOut += 1;
    leaving.putOut();
  }
}

/** Where all of them are worked for, the first of those. */
function longestIdle(places: ReadonlySet<Stranger>): Stranger | undefined {
  for (const stranger of places) if (stranger.held === 0) return stranger;
  const [longest] = places;
  return longest;
}
