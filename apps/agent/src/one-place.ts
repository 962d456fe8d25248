/**
 * Cameras with one or two places: main and sub of one camera must not throw each other out. The small stream is read where there is room for it;
 * where there is none, or it is gone, main's pictures are taken for it, so that a grid of small pictures shows a camera that is there.
 */
import { isVideo, type AccessUnit } from '@sealcam/media';
import type { ReadSource, SourceListener, SourceState } from './source.ts';

/** A camera without room is asked for its small stream again after this, then after twice as long. */
const AGAIN_MS = 10 * 60_000;
const AGAIN_MOST_MS = 24 * 60 * 60_000;
/** Main that goes so soon after sub came was thrown out by it; so often, and there is no room. */
const THROWN_OUT_MS = 3_000;
const THROWN_OUT = 2;

interface Tap {
  unit(unit: AccessUnit): void;
  mainGone(): void;
}

/** The main stream, once read, for whoever wants its pictures as well. */
export class SharedMain {
  readonly #main: ReadSource;
  readonly #taps = new Set<Tap>();

  constructor(main: ReadSource) {
    this.#main = main;
  }

  readonly read: ReadSource = (listener) =>
    this.#main({
      onUnit: (unit) => {
        if (isVideo(unit.codec)) for (const tap of [...this.#taps]) tap.unit(unit);
        listener.onUnit(unit);
      },
      onState: (state) => {
        if (state.state === 'gone') for (const tap of [...this.#taps]) tap.mainGone();
        listener.onState(state);
      },
    });

  /** @returns end. A unit is the main listener's own: what is kept of it must be a copy */
  tap(tap: Tap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }
}

export interface Clock {
  readonly monotonicMs: () => number;
}

/** @param sub is stopped for a while where the camera has no room for it, and goes on trying by itself where it is gone for another reason */
export function subOrMain(sub: ReadSource, main: SharedMain, { monotonicMs }: Clock): ReadSource {
  return (listener) => {
    const reader = new SubOrMain({ sub, main, listener, monotonicMs });
    return () => reader.stop();
  };
}

interface Parts extends Clock {
  readonly sub: ReadSource;
  readonly main: SharedMain;
  readonly listener: SourceListener;
}

class SubOrMain {
  readonly #parts: Parts;
  readonly #endTap: () => void;
  #stopSub: (() => void) | undefined;
  #again: NodeJS.Timeout | undefined;
  #againMs = AGAIN_MS;
  /** `joining`: from its next keyframe on. */
  #from: 'sub' | 'joining' | 'main' = 'sub';
  #liveAtMs = -Infinity;
  #thrownOut = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#endTap = parts.main.tap({ unit: (unit) => this.#mainUnit(unit), mainGone: () => this.#mainGone() });
    this.#start();
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#endTap();
    this.#stopSub?.();
  }

  #start(): void {
    this.#stopSub = this.#parts.sub({
      onUnit: (unit) => this.#subUnit(unit),
      onState: (state) => this.#subState(state),
    });
  }

  #subUnit(unit: AccessUnit): void {
    const returns = this.#from !== 'sub';
    if (returns && !unit.keyframe) return;
    this.#from = 'sub';
    this.#parts.listener.onUnit(returns ? { ...unit, discontinuity: true } : unit);
  }

  #subState(state: SourceState): void {
    if (state.state === 'live') {
      this.#liveAtMs = this.#parts.monotonicMs();
      this.#parts.listener.onState(state);
    } else if (state.state === 'gone') {
      if (state.code === 'rtsp.busy') this.#noRoom();
      if (this.#from === 'sub') this.#from = 'joining';
    }
  }

  #mainUnit(unit: AccessUnit): void {
    if (this.#from === 'sub') return;
    const joins = this.#from === 'joining';
    if (joins && !unit.keyframe) return;
    this.#from = 'main';
    const copy = { ...unit, data: unit.data.slice() };
    this.#parts.listener.onUnit(joins ? { ...copy, discontinuity: true } : copy);
  }

  #mainGone(): void {
    if (this.#stopSub === undefined || this.#parts.monotonicMs() - this.#liveAtMs > THROWN_OUT_MS) return;
    this.#thrownOut += 1;
    if (this.#thrownOut >= THROWN_OUT) this.#noRoom();
  }

  #noRoom(): void {
    this.#stopSub?.();
    this.#stopSub = undefined;
    this.#thrownOut = 0;
    if (this.#from === 'sub') this.#from = 'joining';
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#start(), this.#againMs);
    this.#againMs = Math.min(AGAIN_MOST_MS, 2 * this.#againMs);
  }
}
