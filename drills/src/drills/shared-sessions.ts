/**
 * T12. eufy (May 2021), UniFi (December 2023): the old and the new version of a server keep sessions in the same place, each numbers
 * its own from 1, and a session of one version is somebody else's in the other. Rolled forward, back and forward again.
 */
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, neighborhood, shuffled, type Neighbor } from './neighborhood.ts';

/** Every so many sign-ins the other version is rolled out. */
const SIGN_INS = 3;

const sessions: MakeMiddle = ({ fixed }) => {
  const stored = new Map<string, Way>();
  const mine = new Map<Way, string>();
  const signedIn = { N: 0, 'N+1': 0 };
  let since = 0;
  let version: keyof typeof signedIn = 'N';

  /** THE MISTAKE: the number alone, which the other version gives out as well. Put right, the version is part of it. */
  const sessionKey = (of: keyof typeof signedIn, number: number): string =>
    fixed ? `${of}/${number}` : `session/${number}`;

  return behind({
    came: (way) => {
      signedIn[version] += 1;
      const key = sessionKey(version, signedIn[version]);
      mine.set(way, key);
      stored.set(key, way);
      since += 1;
      if (since % SIGN_INS === 0) version = version === 'N' ? 'N+1' : 'N';
    },
    arrived: (way, parcel) => {
      const user = stored.get(mine.get(way) ?? '');
      const [asked] = user?.asked ?? [];
      if (asked !== undefined) user?.give(user === way ? parcel.track : asked, parcel);
    },
    left: (way) => {
      const key = mine.get(way) ?? '';
      mine.delete(way);
      if (stored.get(key) === way) stored.delete(key);
    },
  });
};

export const sharedSessions: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'shared-sessions',
  replays: 'T12 · eufy 2021, UniFi 2023',
  story:
    'Two versions of a server shared their session storage during an update, and people were signed in as strangers.',
  mistake: 'sessionKey',
  middle: sessions,
  trials: { full: 2_000, quick: 80 },
  prepare: (stage) => neighborhood(stage, 4),
  async trial({ stage, cast, random }) {
    // The update: everybody is thrown out and signs in again, in some order.
    for (const { display } of cast) display.disconnect();
    for (const { display } of shuffled(cast, random)) await display.connect();
    await stage.pass(1_000);
    await allLook(stage, cast);
    for (let step = 2 + random.below(3); step > 0; step -= 1) {
      frames(cast);
      await stage.pass(20 + random.below(80));
    }
    await allLookAway(stage, cast, 100);
  },
});
