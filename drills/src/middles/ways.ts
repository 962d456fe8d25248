/** What every component between relay and displays has to keep: who is connected, and what each of them has asked for. */
import { trackKey, type Track } from '@sealcam/protocol';
import type { BehindMiddle, MiddleLine, Parcel } from '../frame/middle.ts';

/** One display's way through the middle. */
export class Way {
  readonly line: MiddleLine;
  readonly #asked = new Map<string, Track>();
  #open = true;

  constructor(line: MiddleLine) {
    this.line = line;
  }

  /** What it asked for and was not cut from, oldest first. */
  get asked(): readonly Track[] {
    return [...this.#asked.values()];
  }

  wants(track: Track): boolean {
    return this.#open && this.#asked.has(trackKey(track));
  }

  /** An answer to this display's question for `track`, under that label, whosever picture it is. */
  give(track: Track, { epoch, body }: Omit<Parcel, 'track'>): void {
    if (this.wants(track)) this.line.deliver({ track, epoch, body });
  }

  ask(track: Track): void {
    this.#asked.set(trackKey(track), track);
  }

  end(track: Track): void {
    this.#asked.delete(trackKey(track));
  }

  close(): void {
    this.#open = false;
    this.#asked.clear();
  }
}

/** The part of a component that differs from one incident to the next. `parcel.body` is its own to keep. */
export interface Handling {
  came?(way: Way): void;
  asked?(way: Way, track: Track): void;
  granted?(way: Way, track: Track): void;
  arrived(way: Way, parcel: Parcel): void;
  /** It wants this track no more, or may not have it; also for each track of one that left. */
  ended?(way: Way, track: Track): void;
  left?(way: Way): void;
}

export function behind(handling: Handling): BehindMiddle {
  return {
    at: 'behind',
    connect: (line) => {
      const way = new Way(line);
      handling.came?.(way);
      const ended = (track: Track): void => {
        if (!way.wants(track)) return;
        way.end(track);
        handling.ended?.(way, track);
      };
      return {
        asked: (track) => {
          way.ask(track);
          handling.asked?.(way, track);
        },
        granted: (track) => {
          if (way.wants(track)) handling.granted?.(way, track);
        },
        arrived: (parcel) => handling.arrived(way, { ...parcel, body: Uint8Array.from(parcel.body) }),
        ended,
        closed: () => {
          for (const track of way.asked) ended(track);
          way.close();
          handling.left?.(way);
        },
      };
    },
  };
}
