/**
 * T13b. Android TV (March 2019): every television of a model had the same name, and what was linked to one was linked to all. Here:
 * displays are addressed by model and serial, and all of a series report the same.
 */
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled, type Neighbor } from './neighborhood.ts';

const registry: MakeMiddle = ({ fixed }) => {
  const registered = new Map<string, Way>();

  /** THE MISTAKE: what is printed on the back. Put right, what the unit alone can prove. */
  const addressOf = ({ line }: Way): string => (fixed ? line.deviceId : line.displayModel);

  return behind({
    asked: (way) => void registered.set(addressOf(way), way),
    arrived: (way, parcel) => {
      const addressed = registered.get(addressOf(way));
      const [asked] = addressed?.asked ?? [];
      if (asked !== undefined) addressed?.give(addressed === way ? parcel.track : asked, parcel);
    },
    left: (way) => {
      if (registered.get(addressOf(way)) === way) registered.delete(addressOf(way));
    },
  });
};

export const sameDisplay: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'same-display',
  replays: 'T13b · Android TV 2019',
  story: 'All televisions of a model had one name, and one of them was shown what was meant for the others.',
  mistake: 'addressOf',
  middle: registry,
  trials: { full: 2_000, quick: 80 },
  prepare: (stage) =>
    neighborhood(stage, 4, (index) => ({
      cameraModel: 'any',
      displayModel: index < 3 ? 'tv, serial 0000' : 'tablet 17',
    })),
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
