/**
 * T2. memcache-plus: questions wait in a queue for answers that come in their order. The connection breaks, the answers on their way
 * are lost, the queue is kept: from then on everybody is given the neighbor's.
 */
import type { Track } from '@sealcam/protocol';
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled, type Neighbor } from './neighborhood.ts';

const ANSWER_MS = 40;
/** The connection breaks at one question in so many, after it has served for a while. */
const BREAKS = 12;
const SERVED = 10;

const queue: MakeMiddle = ({ clock, random, fixed }) => {
  let pending: { readonly way: Way; readonly track: Track }[] = [];
  let connection = 0;
  let asked = 0;

  /** THE MISTAKE: whoever waits goes on waiting, for answers that were lost. Put right, all of them have failed. */
  const reconnect = (): void => {
    connection += 1;
    if (fixed) pending = [];
  };

  return behind({
    arrived: (way, parcel) => {
      pending.push({ way, track: parcel.track });
      const sentOn = connection;
      clock.after(ANSWER_MS, () => {
        if (sentOn !== connection) return;
        const first = pending.shift();
        first?.way.give(first.track, parcel);
      });
      asked += 1;
      if (asked > SERVED && random.chance(BREAKS)) reconnect();
    },
  });
};

export const keptQueue: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'kept-queue',
  replays: 'T2 · memcache-plus',
  story:
    'A queue of questions outlived the connection that their answers were lost with, and everybody got the neighbor’s.',
  mistake: 'reconnect',
  middle: queue,
  trials: { full: 5_000, quick: 100 },
  prepare: (stage) => neighborhood(stage, 4),
  async trial({ stage, cast, random }) {
    const present = shuffled(cast, random).slice(0, 2 + random.below(3));
    await allLook(stage, present);
    for (let step = 5 + random.below(5); step > 0; step -= 1) {
      frames(present);
      await stage.pass(10 + random.below(120));
    }
    await allLookAway(stage, present, ANSWER_MS + 100);
  },
});
