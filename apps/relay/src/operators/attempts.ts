/** Wrong tries to sign in, counted by account and by address: a few in ten minutes, then neither is listened to for ten more. */
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';

const WINDOW_MS = 10 * 60_000;
/** Wrong tries in a window. An address may be an office; an account is one person. */
const MOST = { account: 8, address: 24 } as const;
/** Counters kept; the oldest is forgotten first, so that strangers cannot fill the memory. */
const KEPT = 10_000;

export class Attempts {
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { count: number; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts a try before it is looked at, so that many at once count too.
   * @returns call it when the try was right
   * @throws {SealcamError} `operator.locked`
   */
  begin(account: string, address: string): () => void {
    const keys = [
      { key: `account ${account.toLowerCase()}`, most: MOST.account },
      { key: `address ${address}`, most: MOST.address },
    ];
    if (keys.some(({ key, most }) => this.#count(key) >= most)) throw new SealcamError('operator.locked');
    for (const { key } of keys) this.#add(key, 1);
    return () => {
      for (const { key } of keys) this.#add(key, -1);
    };
  }

  #count(key: string): number {
    const kept = this.#wrong.get(key);
    if (kept === undefined) return 0;
    if (this.#clock.monoMs() < kept.untilMs) return kept.count;
    this.#wrong.delete(key);
    return 0;
  }

  #add(key: string, by: number): void {
    const count = this.#count(key) + by;
    const untilMs = this.#wrong.get(key)?.untilMs ?? this.#clock.monoMs() + WINDOW_MS;
    if (count <= 0) this.#wrong.delete(key);
    else this.#wrong.set(key, { count, untilMs });
    const [oldest] = this.#wrong.keys();
    if (this.#wrong.size > KEPT && oldest !== undefined) this.#wrong.delete(oldest);
  }
}
