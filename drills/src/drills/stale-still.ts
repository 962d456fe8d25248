/** T6, hypothesis 1 of 2020: a live picture misses its deadline and the cache's last good one is somebody else's. */
import { pictureDrill } from '../frame/picture-drill.ts';
import type { StageHome } from '../frame/stage.ts';
import { DEADLINE_MS, StaleStill } from '../middles/stale-still.ts';

const HOMES = 4;
const CAMERA = 'xiaomi mijia 1080p';
const HUB = 'nest hub';

export const staleStill = pictureDrill<readonly StageHome[]>({
  name: 'stale-still',
  replays: 'T6 · Xiaomi 2020, hypothesis 1',
  story:
    'A cache kept the last good picture by model of camera, and served it when a slow home’s own picture did not come in time.',
  mistake: 'StaleStill.#keyOfStill',
  middle: (parts) => new StaleStill(parts),
  trials: { full: 1_000, quick: 100 },

  async prepare(stage) {
    const homes: StageHome[] = [];
    for (let index = 0; index < HOMES; index += 1) {
      const display = { model: HUB, route: 'fixture' };
      const home = await stage.addHome({ cameras: [CAMERA], displays: [display] });
      homes.push(home);
      for (const each of home.displays) await each.connect();
    }
    await stage.pass(1_000);
    return homes;
  },

  async trial({ stage, cast, random }) {
    const poor = random.pick(cast);
    for (const { displays, cameras } of cast) for (const camera of cameras) displays[0]?.watch(camera.cameraId);
    await stage.pass(200);
    // The others' pictures flow; those of the home with the poor network come late, in bursts, or not at all.
    const { line } = poor;
    line.loss = 0.3;
    line.delayMs = 1_000;
    line.stalled = random.chance(2);
    for (let step = 0; step < 4; step += 1) {
      for (const { cameras } of cast) for (const camera of cameras) camera.frame();
      await stage.pass(random.below(400) + DEADLINE_MS / 2);
    }
    line.stalled = false;
    line.loss = 0;
    line.delayMs = 0;
    await stage.pass(2_000);
    for (const { displays, cameras } of cast) for (const camera of cameras) displays[0]?.unwatch(camera.cameraId);
    await stage.settle();
  },
});
