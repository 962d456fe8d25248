/**
 * The keys that commands are sealed to: one for each bulletin, in memory alone. Its private half is gone a minute after the next
 * bulletin, and with the process: a stolen data folder opens no command that somebody recorded.
 */
import type { HpkeKeys } from '@sealcam/home';
import type { Epoch } from '@sealcam/protocol';

/** For a command that was sealed before its device had the newest bulletin. */
const KEPT_MS = 60_000;
/** Of quick rotations; above it the oldest goes first. */
const MOST_KEPT = 64;

export class CommandKeys {
  readonly #keys = new Map<Epoch, HpkeKeys>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #newest: Epoch | undefined;

  /** A bulletin with this key goes out. */
  begin(epoch: Epoch, keys: HpkeKeys): void {
    const before = this.#newest;
    this.#newest = epoch;
    this.#keys.set(epoch, keys);
    if (before !== undefined) this.#forgetLater(before);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > MOST_KEPT && oldest !== undefined) this.#keys.delete(oldest);
  }

  of(epoch: Epoch): HpkeKeys | undefined {
    return this.#keys.get(epoch);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#keys.clear();
  }

  #forgetLater(epoch: Epoch): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#keys.delete(epoch);
    }, KEPT_MS);
    this.#timers.add(timer);
  }
}
