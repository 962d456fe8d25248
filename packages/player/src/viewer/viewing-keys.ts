/** Gives every viewing the keys that this device may use now: those of the newest bulletin, or none. Between bulletin and subscription. */
import type { Manifest } from '@sealcam/home';
import type { CameraId } from '@sealcam/protocol';
import type { CameraKey, KeyIndex } from './key-index.ts';
import type { Membership } from './membership.ts';
import type { Clock } from './ports.ts';
import type { Viewing } from './viewing.ts';
import type { Viewings } from './viewings.ts';

export interface ViewingKeysParts {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly membership: Membership;
  readonly index: KeyIndex;
  readonly viewings: Viewings;
}

export class ViewingKeys {
  readonly #parts: ViewingKeysParts;
  readonly #installed = new Set<() => void>();
  #sinceMs = 0;

  constructor(parts: ViewingKeysParts) {
    this.#parts = parts;
  }

  /** When keys were last given out, Unix milliseconds. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** After each bulletin and each alarm. @returns false before the first bulletin */
  async install(): Promise<boolean> {
    const cameras = this.#usable();
    if (cameras === undefined) return false;
    this.#sinceMs = this.#parts.clock.wallMs();
    this.#parts.index.replace([...cameras.values()]);
    await Promise.all(
      this.#parts.viewings.all.map((viewing) => viewing.subscription.install(cameras.get(viewing.track.cameraId))),
    );
    for (const look of [...this.#installed]) look();
    return true;
  }

  /** A viewing that just began. */
  give(viewing: Viewing): void {
    const camera = this.#parts.membership.alarms.areShut ? undefined : this.#newest?.get(viewing.track.cameraId);
    if (camera !== undefined) void viewing.subscription.install(camera);
  }

  /** Resolves with the first bulletin of at least this roster version. */
  async rekeyed(version: number): Promise<Manifest> {
    return new Promise((resolve) => {
      const look = (): void => {
        const { manifest } = this.#parts.membership.facts.get();
        if (manifest === undefined || manifest.rosterVersion < version) return;
        this.#installed.delete(look);
        resolve(manifest);
      };
      this.#installed.add(look);
      look();
    });
  }

  /** None while a fork is not looked into, and none once this device is removed. */
  #usable(): ReadonlyMap<CameraId, CameraKey> | undefined {
    const shut = this.#parts.membership.alarms.areShut || this.#parts.membership.facts.get().me === undefined;
    return shut && this.#newest !== undefined ? new Map() : this.#newest;
  }

  get #newest(): ReadonlyMap<CameraId, CameraKey> | undefined {
    return this.#parts.membership.keys.get()?.cameras;
  }
}
