/** How much of this relay a home may use: the relay's own limits, or what an operator set for that home. */
import { LIMITS, type HomeId, type HomeQuota } from '@sealcam/protocol';
import { homeTopic, type Bus } from './bus.ts';
import type { RelayLimits } from './options.ts';
import type { HomeStore } from './store/home-store.ts';

/** What holds for a home, each of it a number. */
export interface Quota {
  readonly cameras: number;
  readonly viewers: number;
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

export class Quotas {
  readonly #parts: { readonly store: HomeStore; readonly bus: Bus; readonly limits: RelayLimits };

  constructor(parts: { readonly store: HomeStore; readonly bus: Bus; readonly limits: RelayLimits }) {
    this.#parts = parts;
  }

  async of(home: HomeId): Promise<Quota> {
    const { store, limits } = this.#parts;
    const own = await store.quota(home);
    const { viewersPerHome, agentBytesPerSecond, agentBurstBytes } = limits;
    const bytesPerSecond = own.bytesPerSecond ?? agentBytesPerSecond;
    return {
      cameras: own.cameras ?? LIMITS.camerasPerHome,
      viewers: own.viewers ?? viewersPerHome,
      bytesPerSecond,
      // The burst shrinks with the rate: four seconds of it, as with the limits of the relay.
      burstBytes: Math.min(agentBurstBytes, Math.ceil(bytesPerSecond * 4)),
    };
  }

  /** Holds from now on, for those who are connected too. */
  async set(home: HomeId, quota: HomeQuota): Promise<void> {
    await this.#parts.store.putQuota(home, quota);
    this.#parts.bus.publish(homeTopic(home), { t: 'quota' });
  }
}
