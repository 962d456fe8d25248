/**
 * Hypothesis 1 of 2020: a cache in front of the displays that keeps the last good picture and serves it when the live one misses its
 * deadline. Keeping one is no mistake; what it is kept under is.
 */
import { STREAM, trackKey, type Track } from '@sealcam/protocol';
import type { BehindMiddle, MiddleEnd, MiddleLine, MiddleParts, Parcel } from '../frame/middle.ts';

/** Without a live picture for so long, the display gets the last good one. */
export const DEADLINE_MS = 2_000;
/** How often it is looked at. */
const LOOK_MS = 500;

interface Waiting {
  readonly track: Track;
  servedMs: number;
}

export class StaleStill implements BehindMiddle {
  readonly at = 'behind';
  readonly #parts: MiddleParts;
  readonly #kept = new Map<string, Parcel>();

  constructor(parts: MiddleParts) {
    this.#parts = parts;
  }

  connect(line: MiddleLine): MiddleEnd {
    const { clock } = this.#parts;
    const waiting = new Map<string, Waiting>();
    const stop = clock.every(LOOK_MS, () => {
      for (const each of waiting.values()) {
        if (clock.monoMs() - each.servedMs < DEADLINE_MS) continue;
        each.servedMs = clock.monoMs();
        this.#serveStale(line, each.track);
      }
    });
    return {
      asked: () => undefined,
      granted: (track) => {
        if (isPicture(track)) waiting.set(trackKey(track), { track, servedMs: clock.monoMs() });
      },
      arrived: (parcel) => {
        const mine = waiting.get(trackKey(parcel.track));
        if (mine !== undefined) mine.servedMs = clock.monoMs();
        if (isPicture(parcel.track))
          this.#kept.set(this.#keyOfStill(line, parcel.track), { ...parcel, body: Uint8Array.from(parcel.body) });
        line.deliver(parcel);
      },
      ended: (track) => waiting.delete(trackKey(track)),
      closed: () => {
        stop();
        waiting.clear();
      },
    };
  }

  /** What was kept under this key goes out as what was asked for. */
  #serveStale(line: MiddleLine, track: Track): void {
    const kept = this.#kept.get(this.#keyOfStill(line, track));
    if (kept !== undefined) line.deliver({ ...kept, track });
  }

  /** THE MISTAKE: the key is the model, a worker's slot; one camera of that model is as good as another. */
  #keyOfStill(line: MiddleLine, track: Track): string {
    if (this.#parts.fixed) return trackKey(track);
    return `${line.cameraModel(track.cameraId)}/${line.displayModel}/${track.streamId}`;
  }
}

function isPicture({ streamId }: Track): boolean {
  return streamId === STREAM.main || streamId === STREAM.still;
}
