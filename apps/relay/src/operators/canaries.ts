/** The operator's switch for canary homes, kept in the store. The host process listens and runs them; what they count is shown. */
import type { HomeStore } from '../store/home-store.ts';

export interface CanaryCounts {
  /** Homes that watch, viewers in them, and frames whose watermark was right or was not. */
  readonly homes: number;
  readonly viewers: number;
  readonly framesRight: number;
  readonly framesForeign: number;
  /** Unix ms of the last one looked at; 0 before the first. */
  readonly lastMs: number;
}

const NONE: CanaryCounts = { homes: 0, viewers: 0, framesRight: 0, framesForeign: 0, lastMs: 0 };
const SETTING = 'canaries';

export class Canaries {
  readonly #store: HomeStore;
  readonly #listeners = new Set<(on: boolean) => void>();
  #on: boolean;
  #count: () => CanaryCounts = () => NONE;

  static async open(store: HomeStore): Promise<Canaries> {
    return new Canaries(store, (await store.setting(SETTING)) === true);
  }

  private constructor(store: HomeStore, on: boolean) {
    this.#store = store;
    this.#on = on;
  }

  get on(): boolean {
    return this.#on;
  }

  async set(on: boolean): Promise<void> {
    await this.#store.putSetting(SETTING, on);
    if (on === this.#on) return;
    this.#on = on;
    for (const listen of this.#listeners) listen(on);
  }

  /** Hears of each change; read `on` for what it is now. @returns stops listening */
  onChange(listen: (on: boolean) => void): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  /** Whoever runs them says how they are counted. */
  countBy(count: () => CanaryCounts): void {
    this.#count = count;
  }

  status(): CanaryCounts {
    return this.#count();
  }
}
