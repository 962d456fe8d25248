/** How much of this relay a home may use: the relay's own limits, or what an operator set for that home. */
import { LIMITS, type CameraId, type HomeId, type HomeQuota } from '@sealcam/protocol';
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

  readonly #leftOut = new Map<HomeId, ReadonlySet<CameraId>>();

  constructor(parts: { readonly store: HomeStore; readonly bus: Bus; readonly limits: RelayLimits }) {
    this.#parts = parts;
  }

  /**
   * Which of the announced cameras are carried: the first ones, in the home's own order. Who asks for another is told why.
   * @returns those
   */
  carried<T extends { readonly cameraId: CameraId }>(
    home: HomeId,
    announced: readonly T[],
    most: number,
  ): readonly T[] {
    const leftOut = announced.slice(most).map(({ cameraId }) => cameraId);
    if (leftOut.length === 0) this.#leftOut.delete(home);
    else this.#leftOut.set(home, new Set(leftOut));
    return announced.slice(0, most);
  }

  /** Whether a camera is announced but over the home's quota. */
  isLeftOut(home: HomeId, camera: CameraId): boolean {
    return this.#leftOut.get(home)?.has(camera) ?? false;
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

  /** Cameras and bytes hold at once; viewers that are connected stay until they leave. */
  async set(home: HomeId, quota: HomeQuota): Promise<void> {
    await this.#parts.store.putQuota(home, quota);
    this.#parts.bus.publish(homeTopic(home), { t: 'quota' });
  }
}
