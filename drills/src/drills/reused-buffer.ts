/**
 * T5. Cloudbleed (2017), Xiaomi's second hypothesis: one buffer for everybody. A read that is cut short leaves the earlier tenant's
 * bytes where this one's should be, and what is published is as long as it should have been. Cut at every byte in turn.
 */
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind } from '../middles/ways.ts';
import { allLook, allLookAway, neighborhood, type Neighbor } from './neighborhood.ts';

/** More than any picture of a drill. */
const BUFFER_BYTES = 64 * 1024;
const POOR = 'hub on a poor line';

const buffer: MakeMiddle = ({ fixed }) => {
  const shared = new Uint8Array(BUFFER_BYTES);
  let cutAt = 0;

  /** THE MISTAKE: what should have been read counts, not what was. Put right, half a frame is no frame. */
  const isPublishable = (read: number, declared: number): boolean => !fixed || read === declared;

  return behind({
    arrived: (way, { track, epoch, body }) => {
      const declared = body.length;
      const isPoor = way.line.displayModel === POOR;
      const read = isPoor ? cutAt % declared : declared;
      if (isPoor) cutAt += 1;
      shared.set(body.subarray(0, read));
      if (isPublishable(read, declared)) way.give(track, { epoch, body: shared.slice(0, declared) });
    },
  });
};

export const reusedBuffer: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'reused-buffer',
  replays: 'T5 · Cloudbleed 2017, Xiaomi 2020 (hypothesis 2)',
  story: 'A read that was cut short left the earlier tenant’s bytes in a buffer that everybody shared.',
  mistake: 'isPublishable',
  middle: buffer,
  // A sealed picture of a drill is under 500 bytes long: each trial cuts twice.
  trials: { full: 5_000, quick: 260 },
  trialsPerStage: 1_000,
  prepare: (stage) =>
    neighborhood(stage, 2, (index) => ({ cameraModel: 'basic 1080p', displayModel: index === 0 ? 'home hub' : POOR })),
  async trial({ stage, cast }) {
    await allLook(stage, cast);
    const [neighbor, poor] = cast;
    for (let cut = 0; cut < 2; cut += 1) {
      neighbor?.camera.frame();
      await stage.pass(20);
      poor?.camera.frame();
      await stage.pass(20);
    }
    await allLookAway(stage, cast, 100);
  },
});
