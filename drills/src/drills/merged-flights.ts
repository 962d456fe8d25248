/**
 * T7. Xiaomi (2020), third hypothesis: equal questions at the same moment are asked once, and one answer is given to all who asked.
 * Equal is what has the same path and model, since that is what the address looks like.
 */
import { trackKey, type Track } from '@sealcam/protocol';
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle, Parcel } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, neighborhood, type Neighbor } from './neighborhood.ts';

/** How long a question is under way, and others may join it. */
const FLIGHT_MS = 15;

export const coalescer: MakeMiddle = ({ clock, fixed }) => {
  const flights = new Map<string, Parcel>();

  /** THE MISTAKE: the address without the home, the camera and who asks. Put right, all of them are in the key. */
  const flightKey = ({ line }: Way, track: Track): string =>
    fixed ? `${trackKey(track)}/${line.deviceId}` : `/snapshot?model=${line.cameraModel(track.cameraId)}`;

  return behind({
    arrived: (way, parcel) => {
      const key = flightKey(way, parcel.track);
      const flight = flights.get(key) ?? parcel;
      if (flight === parcel) {
        flights.set(key, parcel);
        clock.after(FLIGHT_MS, () => void flights.delete(key));
      }
      way.give(parcel.track, flight);
    },
  });
};

export const mergedFlights: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'merged-flights',
  replays: 'T7 · Xiaomi 2020 (hypothesis 3)',
  story:
    'Two hubs asked at the same moment for a picture of the same model of camera, and both were given the first answer.',
  mistake: 'flightKey',
  middle: coalescer,
  trials: { full: 5_000, quick: 120 },
  prepare: (stage) =>
    neighborhood(stage, 4, (index) => ({ cameraModel: `model ${index % 2}`, displayModel: 'home hub' })),
  async trial({ stage, cast, random }) {
    await allLook(stage, cast);
    for (let step = 3 + random.below(3); step > 0; step -= 1) {
      frames(cast);
      await stage.pass(FLIGHT_MS + 5 + random.below(40));
    }
    await allLookAway(stage, cast, 100);
  },
});
