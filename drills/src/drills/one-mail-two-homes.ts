/**
 * T14b. Vivint (August 2018): an installer typed his own e-mail for a second customer, and two homes were one account. A stranger
 * wrote a letter; nobody acted on it.
 */
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled, type Neighbor } from './neighborhood.ts';

const accounts: MakeMiddle = ({ fixed }) => {
  const ways = new Set<Way>();

  /** THE MISTAKE: the e-mail that somebody typed (a display brings it as its model). Put right, the home itself. */
  const accountOf = ({ line }: Way): string => (fixed ? line.homeId : line.displayModel);

  return behind({
    came: (way) => void ways.add(way),
    arrived: (way, parcel) => {
      for (const other of ways) {
        if (accountOf(other) !== accountOf(way)) continue;
        const [asked] = other.asked;
        if (asked !== undefined) other.give(other === way ? parcel.track : asked, parcel);
      }
    },
    left: (way) => void ways.delete(way),
  });
};

export const oneMailTwoHomes: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'one-mail-two-homes',
  replays: 'T14b · Vivint 2018',
  story: 'An installer used one e-mail for two customers, and each was shown the other’s home.',
  mistake: 'accountOf',
  middle: accounts,
  trials: { full: 2_000, quick: 80 },
  prepare: (stage) =>
    neighborhood(stage, 4, (index) => ({
      cameraModel: 'any',
      displayModel: index < 2 ? 'installer@example.org' : `customer${index}@example.org`,
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
