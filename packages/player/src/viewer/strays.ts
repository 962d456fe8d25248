/**
 * Lists of members and bulletins that are not this home's, or are older than what came before: dropped, counted and told of like a frame
 * of another home. They change nothing here: who brings one in must not be able to darken a screen with it.
 */
import { Store, type Readable } from './store.ts';

export type Stray = 'roster' | 'bulletin';

export type StrayCounts = Readonly<Record<Stray, number>>;

export class Strays {
  readonly #counts = new Store<StrayCounts>({ roster: 0, bulletin: 0 });
  #tell: (message: Uint8Array) => void = () => undefined;

  get counts(): Readable<StrayCounts> {
    return this.#counts;
  }

  /** @param tell is called with each such message as it came */
  onStray(tell: (message: Uint8Array) => void): void {
    this.#tell = tell;
  }

  drop(what: Stray, message: Uint8Array): void {
    const counts = this.#counts.get();
    this.#counts.set({ ...counts, [what]: counts[what] + 1 });
    this.#tell(message);
  }
}
