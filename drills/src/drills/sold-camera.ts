/**
 * T14. Nest Cam by way of Wink (June 2019): a camera is reset and sold. The maker forgets the old owner; the partner's link, by the
 * camera's number, stays, and the old owner goes on seeing it in its new home.
 */
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { look, lookAway, neighborhood, type Neighbor } from './neighborhood.ts';

const links: MakeMiddle = ({ fixed }) => {
  const linked = new Map<string, Set<Way>>();
  const owners = new Map<string, string>();

  /** THE MISTAKE: the owner changes, the links stay. Put right, a reset ends every link there was. */
  const reset = (serial: string, owner: string): void => {
    owners.set(serial, owner);
    if (fixed) linked.delete(serial);
  };

  return behind({
    asked: (way, { cameraId, homeId }) => {
      const serial = way.line.cameraModel(cameraId);
      if (owners.get(serial) !== homeId) reset(serial, homeId);
      linked.set(serial, (linked.get(serial) ?? new Set()).add(way));
    },
    arrived: (way, parcel) => {
      const serial = way.line.cameraModel(parcel.track.cameraId);
      for (const other of linked.get(serial) ?? [])
        for (const track of other.asked)
          if (other.line.cameraModel(track.cameraId) === serial) other.give(track, parcel);
    },
    left: (way) => {
      for (const ways of linked.values()) ways.delete(way);
    },
  });
};

export const soldCamera: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'sold-camera',
  replays: 'T14 · Nest Cam and Wink 2019',
  story: 'A camera was reset and sold, and its old owner’s link to a partner went on showing it, in its new home.',
  mistake: 'reset',
  middle: links,
  trials: { full: 2_000, quick: 80 },
  // The same camera, as the home of one owner and then of the next knows it.
  prepare: (stage) => neighborhood(stage, 4, (index) => ({ cameraModel: `cam ${index >> 1}`, displayModel: 'phone' })),
  async trial({ stage, cast, random }) {
    const pair = random.below(2);
    const [seller, buyer] = random.chance(2)
      ? [cast[2 * pair], cast[2 * pair + 1]]
      : [cast[2 * pair + 1], cast[2 * pair]];
    if (seller === undefined || buyer === undefined) return;
    look(seller);
    await stage.pass(100);
    for (let step = random.below(3); step >= 0; step -= 1) {
      seller.camera.frame();
      await stage.pass(30);
    }
    // Sold: from here on the camera sends to its new home alone. The old owner goes on looking.
    look(buyer);
    await stage.pass(100);
    for (let step = 1 + random.below(4); step > 0; step -= 1) {
      buyer.camera.frame();
      await stage.pass(20 + random.below(100));
    }
    lookAway(seller);
    lookAway(buyer);
    await stage.pass(100);
  },
});
