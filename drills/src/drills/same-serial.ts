/**
 * T13. Swann, OzVision (2018): two cameras were made with the same serial number, and the cloud chose the feed by that number alone:
 * both owners see both cameras.
 */
import { trackKey, type Track } from '@sealcam/protocol';
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled, type Neighbor } from './neighborhood.ts';

const feeds: MakeMiddle = ({ fixed }) => {
  const ways = new Set<Way>();

  /** THE MISTAKE: the number that the factory printed. Put right, the home's own camera. */
  const feedOf = (way: Way, track: Track): string => (fixed ? trackKey(track) : way.line.cameraModel(track.cameraId));

  return behind({
    came: (way) => void ways.add(way),
    arrived: (way, parcel) => {
      const feed = feedOf(way, parcel.track);
      for (const other of ways)
        for (const track of other.asked) if (feedOf(other, track) === feed) other.give(track, parcel);
    },
    left: (way) => void ways.delete(way),
  });
};

export const sameSerial: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'same-serial',
  replays: 'T13 · Swann, OzVision 2018',
  story: 'Two cameras left the factory with the same number, and each owner was shown the other’s home.',
  mistake: 'feedOf',
  middle: feeds,
  trials: { full: 2_000, quick: 80 },
  // Four homes, two of which bought the same number.
  prepare: (stage) =>
    neighborhood(stage, 4, (index) => ({ cameraModel: `swn-${Math.max(1, index)}`, displayModel: 'phone' })),
  async trial({ stage, cast, random }) {
    const present = shuffled(cast, random);
    await allLook(stage, present);
    for (let step = 2 + random.below(4); step > 0; step -= 1) {
      frames(present);
      await stage.pass(20 + random.below(80));
    }
    await allLookAway(stage, present, 100);
  },
});
