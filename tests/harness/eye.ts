/** Somebody who watches: every unit that a client opens is taken for painted at once, and kept. */
import type { HomeClient, PictureState, ResetReason, ViewerUnit, Watch } from '@sealcam/player/viewer';
import { STREAM, type CameraId, type StreamId } from '@sealcam/protocol';
import { until } from './until.ts';

export class Eye {
  readonly units: ViewerUnit[] = [];
  readonly states: PictureState[] = [];
  readonly resets: ResetReason[] = [];
  readonly watch: Watch;
  readonly #waiting = new Set<() => void>();

  constructor(client: HomeClient, camera: CameraId, stream: StreamId = STREAM.main) {
    this.watch = client.watch(camera, stream, {
      unit: (unit) => {
        this.units.push(unit);
        // A kept GOP is fed while `watch` still runs.
        queueMicrotask(() => this.watch.painted(unit));
        for (const look of [...this.#waiting]) look();
      },
      reset: (reason) => this.resets.push(reason),
    });
    this.watch.picture.subscribe((state) => this.states.push(state));
  }

  /** Resolves when so many more units were opened. */
  async more(count: number, ms = 30_000): Promise<readonly ViewerUnit[]> {
    const from = this.units.length;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(look);
        reject(
          new Error(`${this.units.length - from} of ${count} pictures, ${JSON.stringify(this.watch.picture.get())}`),
        );
      }, ms);
      const look = (): void => {
        if (this.units.length < from + count) return;
        clearTimeout(late);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
    return this.units.slice(from);
  }

  async live(ms = 30_000): Promise<void> {
    await until(this.watch.picture, ({ state }) => state === 'live', ms);
  }
}

/** The demo, or whichever camera the home has first. */
export async function firstCamera(client: HomeClient): Promise<CameraId> {
  const { names } = await until(client.home, (home) => (home.names?.cameras.length ?? 0) > 0);
  const [camera] = names?.cameras ?? [];
  if (camera === undefined) throw new Error('a home without a camera');
  return camera.cameraId;
}
