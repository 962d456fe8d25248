/**
 * T1. ChatGPT (March 2023), redis-py, redis-rs: a question is canceled after it was sent and before its answer was read; the
 * connection goes back to the pool with the answer still on its way, and whoever takes it next reads somebody else's.
 */
import { trackKey, type Track } from '@sealcam/protocol';
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle, Parcel } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { behind, type Way } from '../middles/ways.ts';
import { allLook, allLookAway, frames, look, lookAway, neighborhood, type Neighbor } from './neighborhood.ts';

/** A connection to where pictures are kept: answers come in the order of the questions, wanted or not. */
class Pooled {
  readonly #arrived: Parcel[] = [];
  #reader: ((answer: Parcel) => void) | undefined;

  arrive(answer: Parcel): void {
    this.#arrived.push(answer);
    this.#hand();
  }

  read(reader: (answer: Parcel) => void): void {
    this.#reader = reader;
    this.#hand();
  }

  /** The one who asked has gone. */
  cancel(): void {
    this.#reader = undefined;
  }

  #hand(): void {
    const reader = this.#reader;
    const answer = reader && this.#arrived.shift();
    if (answer === undefined) return;
    this.#reader = undefined;
    reader?.(answer);
  }
}

/** Answers take 0.1 to 2 s, as behind the delay proxy with which redis-py was caught. */
const LATE_MS = { least: 100, most: 2_000 };

const pool: MakeMiddle = ({ clock, random, fixed }) => {
  const free: Pooled[] = [];
  const asking = new Map<Way, { readonly track: Track; readonly over: Pooled }>();
  const waiting = new Map<Way, Parcel[]>();

  /** THE MISTAKE: a connection whose answer nobody read goes back to the pool. Put right, it is destroyed. */
  const giveBack = (canceled: Pooled): void => {
    canceled.cancel();
    if (!fixed) free.push(canceled);
  };

  const next = (way: Way): void => {
    const parcel = waiting.get(way)?.shift();
    if (parcel === undefined || asking.has(way)) return;
    const over = free.pop() ?? new Pooled();
    asking.set(way, { track: parcel.track, over });
    clock.after(LATE_MS.least + random.below(LATE_MS.most - LATE_MS.least), () => over.arrive(parcel));
    over.read((answer) => {
      asking.delete(way);
      free.push(over);
      way.give(parcel.track, answer);
      next(way);
    });
  };

  return behind({
    arrived: (way, parcel) => {
      // One question at a time and display; a newer picture takes the place of one that still waits.
      waiting.set(way, [parcel]);
      if (!asking.has(way)) next(way);
    },
    ended: (way, track) => {
      const asked = asking.get(way);
      waiting.delete(way);
      if (asked === undefined || trackKey(asked.track) !== trackKey(track)) return;
      asking.delete(way);
      giveBack(asked.over);
    },
  });
};

const SETTLED_MS = LATE_MS.most + 100;

export const leftoverReply: Drill = pictureDrill<readonly Neighbor[]>({
  name: 'leftover-reply',
  replays: 'T1 · ChatGPT 2023, redis-py, redis-rs',
  story: 'A canceled question left its answer in a pooled connection, and the next one who asked was given it.',
  mistake: 'giveBack',
  middle: pool,
  trials: { full: 10_000, quick: 120 },
  prepare: (stage) => neighborhood(stage, 4),
  async trial({ stage, cast, random }) {
    await allLook(stage, cast);
    for (let step = 4 + random.below(5); step > 0; step -= 1) {
      frames(cast);
      await stage.pass(20 + random.below(600));
      const one = random.pick(cast);
      lookAway(one);
      await stage.pass(random.below(50));
      look(random.chance(3) ? random.pick(cast) : one);
      await stage.pass(random.below(200));
    }
    await allLookAway(stage, cast, SETTLED_MS);
  },
});
