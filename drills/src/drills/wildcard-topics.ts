/**
 * T15. DJI Romo (February 2026), UniFi's push (2023): a broker asked whether a token was good, never whether the topic was its
 * owner's: whoever subscribed to `#` was sent everybody's. The broker sits inside the relay, before its fan-out.
 */
import { trackKey, type Track } from '@sealcam/protocol';
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled, type Neighbor } from './neighborhood.ts';

const broker: MakeMiddle = ({ fixed }) => {
  const clients = new Map<string, Track>();
  /** One home, the first that is heard of, uses the token of its own vacuum to subscribe to everything. */
  const filterOf = (client: Track): string =>
    client.homeId === clients.values().next().value?.homeId ? '#' : trackKey(client);

  /** THE MISTAKE: a filter that matches is enough. Put right, a client is sent its own home's topics. */
  const mayReceive = (client: Track, topic: Track): boolean =>
    fixed ? client.homeId === topic.homeId : filterOf(client) === '#' || trackKey(client) === trackKey(topic);

  return {
    at: 'inside',
    pass: (parcel, publish) => {
      const { track } = parcel;
      clients.set(trackKey(track), track);
      for (const client of clients.values())
        if (mayReceive(client, track) && client.streamId === track.streamId) publish(client, parcel);
    },
  };
};

export const wildcardTopics: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'wildcard-topics',
  replays: 'T15 · DJI Romo 2026, UniFi 2023',
  story:
    'A broker let any owner of any device subscribe to all topics at once, and sent thousands of homes to one hobbyist.',
  mistake: 'mayReceive',
  middle: broker,
  trials: { full: 2_000, quick: 80 },
  prepare: (stage) => neighborhood(stage, 4),
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
