/**
 * What the cache update of 26 December 2019 may have done: nobody ever said. Three hypotheses that fit what people saw, each a
 * component with one named mistake, live from the moment the update goes out.
 */
import { STREAM, trackKey, type Track } from '@sealcam/protocol';
import type { BehindMiddle, MakeMiddle, MiddleParts, Parcel } from '../../frame/middle.ts';
import { StaleStill } from '../../middles/stale-still.ts';
import { behind, type Way } from '../../middles/ways.ts';

export interface Hypothesis {
  readonly id: 'H1' | 'H2' | 'H3';
  /** For people. */
  readonly title: string;
  readonly words: string;
  /** The named function. */
  readonly mistake: string;
  readonly make: (parts: MiddleParts) => BehindMiddle;
}

const BUFFER_BYTES = 64 * 1024;
/** Of the reads over a very poor line, this share ends early. */
const SHORT_READS = 0.5;

export const HYPOTHESES: readonly Hypothesis[] = [
  {
    id: 'H1',
    title: 'The last good picture',
    words:
      'The cache kept the last good picture to show when a slow home’s own did not arrive in time, and filed it by model of camera instead of by camera.',
    mistake: 'StaleStill.#keyOfStill',
    make: (parts) => new StaleStill(parts),
  },
  {
    id: 'H2',
    title: 'The half-read picture',
    words:
      'Pictures were read into a buffer that all homes shared. Where a poor line broke off, the rest of the picture was what another home had left there. It would explain why the pictures were partly corrupted.',
    mistake: 'isPublishable',
    make: shortRead,
  },
  {
    id: 'H3',
    title: 'The shared question',
    words:
      'While one home’s question was under way on a slow line, others with the same camera model were not asked anew: all got the one answer that came first.',
    mistake: 'flightKey',
    make: sharedQuestion,
  },
];

function shortRead({ random, fixed }: MiddleParts): BehindMiddle {
  const shared = new Uint8Array(BUFFER_BYTES);

  /** THE MISTAKE: as long as it should be, whatever was read. Put right, half a picture is none. */
  const isPublishable = (read: number, declared: number): boolean => !fixed || read === declared;

  return behind({
    arrived: ({ line }, { track, epoch, body }) => {
      const declared = body.length;
      const isShort = line.source.loss > 0 && random.fraction() < SHORT_READS;
      // Half of those break off before the first byte.
      const read = isShort ? Math.max(0, random.below(2 * declared) - declared) : declared;
      shared.set(body.subarray(0, read));
      if (isPublishable(read, declared)) line.deliver({ track, epoch, body: shared.slice(0, declared) });
    },
  });
}

function sharedQuestion({ fixed }: MiddleParts): BehindMiddle {
  const flights = new Map<string, { way: Way; track: Track }[]>();

  /** THE MISTAKE: equal is what has the same model. Put right, only the same camera's same stream is. */
  const flightKey = ({ line }: Way, track: Track): string =>
    fixed ? trackKey(track) : `/still?model=${line.cameraModel(track.cameraId)}&stream=${track.streamId}`;

  const land = (key: string, parcel: Parcel): void => {
    const waiting = flights.get(key) ?? [];
    flights.delete(key);
    for (const { way, track } of waiting) way.give(track, parcel);
  };
  return behind({
    granted: (way, track) => {
      if (track.streamId === STREAM.state) return;
      const key = flightKey(way, track);
      flights.set(key, [...(flights.get(key) ?? []), { way, track }]);
    },
    arrived: (way, parcel) => {
      const key = flightKey(way, parcel.track);
      const isAwaited = flights.get(key)?.some((each) => each.way === way) ?? false;
      // Who takes part in a flight gets the flight's answer; after that, what comes for it.
      if (isAwaited) land(key, parcel);
      else way.give(parcel.track, parcel);
    },
    ended: (way, track) => {
      const key = flightKey(way, track);
      const left = (flights.get(key) ?? []).filter((each) => each.way !== way);
      if (left.length === 0) flights.delete(key);
      else flights.set(key, left);
    },
  });
}

export function hypothesisOf(id: Hypothesis['id']): Hypothesis {
  const found = HYPOTHESES.find((each) => each.id === id);
  if (found === undefined) throw new TypeError(`no hypothesis ${id}`);
  return found;
}

/** Before the update: pictures pass. */
const plain: BehindMiddle = behind({ arrived: (way, parcel) => way.give(parcel.track, parcel) });

/** The component of a hypothesis, and the switch that lets the update go out to whoever connects from then on. */
export function withUpdate(hypothesis: Hypothesis): { readonly middle: MakeMiddle; goOut(): void } {
  let isOut = false;
  return {
    goOut: () => (isOut = true),
    middle: (parts) => {
      const updated = hypothesis.make(parts);
      return { at: 'behind', connect: (line) => (isOut ? updated : plain).connect(line) };
    },
  };
}
