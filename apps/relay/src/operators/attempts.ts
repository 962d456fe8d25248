/**
 * Wrong tries to sign in with a password. They are counted by account together with the network they come from, and by the network:
 * who guesses locks out himself, never the person whose account it is somewhere else. A lock grows with each further wrong try.
 */
import { createHash } from 'node:crypto';
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import { networkOf } from '../door/network.ts';
import type { TryKey, TryStore } from '../store/try-store.ts';

/** Wrong tries before the first lock. A network may be an office. */
const FREE = { own: 8, network: 24 } as const;
/** The first lock, and the longest; each is twice the one before. */
const LOCK_MS = { first: 60_000, longest: 3_600_000 } as const;
/** From the last wrong try, or from the end of its lock, until it is forgotten. */
const FORGET_MS = 24 * 3_600_000;

export class Attempts {
  readonly #store: TryStore;
  readonly #clock: Clock;

  constructor(store: TryStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Counts a try before it is looked at, so that many at once count too, and durably, so that a restart forgives none.
   * @returns call it when the try was right
   * @throws {SealcamError} `operator.locked`, the store's faults
   */
  async begin(account: string, address: string): Promise<() => Promise<void>> {
    const network = networkOf(address);
    const own = keyOf('own', `${account.trim().normalize('NFKC').toLowerCase()}\0${network}`);
    const all = keyOf('network', network);
    const times = {
      nowMs: this.#clock.wallMs(),
      firstMs: LOCK_MS.first,
      longestMs: LOCK_MS.longest,
      forgetMs: FORGET_MS,
    };
    if (!(await this.#store.begin([own, all], times))) throw new SealcamError('operator.locked');
    return () => this.#store.forgive({ whole: [own], one: [all] });
  }
}

/** Hashed: what is typed as a name is now and then a password. */
function keyOf(kind: keyof typeof FREE, text: string): TryKey {
  const hash = createHash('sha256').update(`sealcam/1 operator try\0${kind}\0`).update(text);
  return { keyHash: hash.digest('hex'), free: FREE[kind] };
}
