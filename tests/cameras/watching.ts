/** A watched camera as a test wants it: await the next state or the next units instead of collecting callbacks. */
import { isVideo, type AccessUnit } from '@sealcam/media';
import { parseCameraAddress, watchCamera, type CameraState, type WatchOptions } from '@sealcam/agent/cameras';

export interface Watching {
  readonly states: readonly CameraState[];
  readonly units: readonly AccessUnit[];
  readonly pins: readonly string[];
  /** Resolves with the first state from now on (or the present one) that fits. */
  untilState(fits: (state: CameraState) => boolean): Promise<CameraState>;
  /** Resolves with the next units of a kind, from now on. */
  nextUnits(kind: 'video' | 'audio', count: number): Promise<AccessUnit[]>;
  /** Resolves with the first unit from now on that fits. */
  untilUnit(fits: (unit: AccessUnit) => boolean): Promise<AccessUnit>;
  stop(): void;
}

interface Waiter<T> {
  fits(value: T): boolean;
  resolve(value: T): void;
}

export function watching(
  camera: { readonly url: string; readonly user?: string; readonly password?: string },
  options: Partial<WatchOptions> = {},
): Watching {
  const states: CameraState[] = [];
  const units: AccessUnit[] = [];
  const pins: string[] = [];
  const stateWaiters = new Set<Waiter<CameraState>>();
  const unitWaiters = new Set<Waiter<AccessUnit>>();
  const stop = watchCamera({
    address: parseCameraAddress(camera.url).address,
    ...(camera.user === undefined ? {} : { credentials: { user: camera.user, password: camera.password ?? '' } }),
    // The dice always fall low: back-off waits its floor, so that tests do not wait for chance.
    random: () => 0,
    onPin: (pin) => pins.push(pin),
    ...options,
    onUnit: (unit) => {
      units.push(unit);
      settle(unitWaiters, unit);
      options.onUnit?.(unit);
    },
    onState: (state) => {
      states.push(state);
      settle(stateWaiters, state);
      options.onState?.(state);
    },
  });
  const untilUnit = (fits: (unit: AccessUnit) => boolean): Promise<AccessUnit> =>
    new Promise((resolve) => void unitWaiters.add({ fits, resolve }));
  return {
    states,
    units,
    pins,
    untilState: (fits) => {
      const now = states.at(-1);
      if (now !== undefined && fits(now)) return Promise.resolve(now);
      return new Promise((resolve) => void stateWaiters.add({ fits, resolve }));
    },
    untilUnit,
    nextUnits: async (kind, count) => {
      const found: AccessUnit[] = [];
      await untilUnit((unit) => isVideo(unit.codec) === (kind === 'video') && found.push(unit) === count);
      return found;
    },
    stop,
  };
}

function settle<T>(waiters: Set<Waiter<T>>, value: T): void {
  for (const waiter of waiters) {
    if (!waiter.fits(value)) continue;
    waiters.delete(waiter);
    waiter.resolve(value);
  }
}

export const live = (state: CameraState): boolean => state.state === 'live';
export const gone = (state: CameraState): boolean => state.state === 'gone';
