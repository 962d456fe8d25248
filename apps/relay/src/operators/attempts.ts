/** Wrong tries to sign in, counted by account and by address: a few in ten minutes, then neither is listened to until those are over. */
import { createHash } from 'node:crypto';
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { TryKey, TryStore } from '../store/try-store.ts';

const WINDOW_MS = 10 * 60_000;
/** Wrong tries in a window. An address may be an office; an account is one person. */
const MOST = { account: 8, address: 24 } as const;

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
    const keys = [keyOf('account', account.trim().normalize('NFKC').toLowerCase()), keyOf('address', address)];
    const times = { nowMs: this.#clock.wallMs(), windowMs: WINDOW_MS };
    if (!(await this.#store.begin(keys, times))) throw new SealcamError('operator.locked');
    return () => this.#store.forgive(keys);
  }
}

/** Hashed: what is typed as a name is now and then a password. */
function keyOf(kind: keyof typeof MOST, text: string): TryKey {
  const hash = createHash('sha256').update(`sealcam/1 operator try\0${kind}\0`).update(text);
  return { keyHash: hash.digest('hex'), most: MOST[kind] };
}
