/**
 * Cameras with one or two places: main and sub of one camera must not throw each other out. Each stream is read where there is room for it;
 * where there is none, or it is gone, the other one's pictures are taken for it, so that a camera that is there is shown.
 */
import { isVideo, type AccessUnit } from '@sealcam/media';
import type { ErrorCode } from '@sealcam/protocol';
import type { Places } from './places.ts';
import type { SharedStream } from './shared-stream.ts';
import type { ReadSource, SourceListener, SourceState } from './source.ts';

/** Main that goes so soon after sub came was thrown out by it; so often, and there is no room. */
const THROWN_OUT_MS = 3_000;
const THROWN_OUT = 2;
/** Main may be back by itself: a camera that restarts needs a moment. */
const FALL_BACK_AFTER_MS = 5_000;
/** While sub may be what holds main's only place, main is tried alone after this, then after twice as long. */
const MAIN_ALONE_MS = 10 * 60_000;
const MAIN_ALONE_MOST_MS = 24 * 60 * 60_000;
/** A camera with one place frees it first. */
const FREED_MS = 500;

/** The camera is there and this stream of it is not to be had: the other one may be. */
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  'rtsp.busy',
  'rtsp.codec',
  'rtsp.ended',
  'rtsp.malformed',
  'rtsp.no-keyframe',
  'rtsp.not-found',
  'rtsp.silent',
  'rtsp.transport',
]);

export interface Streams {
  readonly main: SharedStream;
  readonly sub: SharedStream;
  readonly places: Places;
  readonly monotonicMs: () => number;
}

/** Sub is stopped for a while where the camera has no room for it, and goes on trying by itself where it is gone for another reason. */
export function subOrMain(streams: Streams): ReadSource {
  return (listener) => {
    const reader = new SubOrMain(streams, listener);
    return () => reader.stop();
  };
}

class SubOrMain {
  readonly #streams: Streams;
  readonly #listener: SourceListener;
  readonly #endTap: () => void;
  #stopSub: (() => void) | undefined;
  #again: NodeJS.Timeout | undefined;
  /** `joining`: from its next keyframe on. */
  #from: 'sub' | 'joining' | 'main' = 'sub';
  #liveAtMs: number | undefined;
  #thrownOut = 0;

  constructor(streams: Streams, listener: SourceListener) {
    this.#streams = streams;
    this.#listener = listener;
    this.#endTap = streams.main.tap({
      onUnit: (unit) => this.#mainUnit(unit),
      onState: ({ state }) => {
        if (state === 'gone') this.#mainGone();
      },
    });
    this.#startWhenThereIsRoom();
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#endTap();
    this.#stopSub?.();
  }

  #startWhenThereIsRoom(): void {
    const { places, monotonicMs } = this.#streams;
    const waitMs = places.waitMs(monotonicMs());
    if (waitMs === 0) return this.#start();
    if (this.#from === 'sub') this.#from = 'joining';
    this.#again = setTimeout(() => this.#startWhenThereIsRoom(), waitMs);
  }

  #start(): void {
    this.#stopSub = this.#streams.sub.read({
      onUnit: (unit) => this.#subUnit(unit),
      onState: (state) => this.#subState(state),
    });
  }

  #subUnit(unit: AccessUnit): void {
    const returns = this.#from !== 'sub';
    if (returns && !unit.keyframe) return;
    this.#from = 'sub';
    if (this.#sinceLiveMs > THROWN_OUT_MS && this.#streams.main.state?.state === 'live') this.#streams.places.hasRoom();
    this.#listener.onUnit(returns ? { ...unit, discontinuity: true } : unit);
  }

  #subState(state: SourceState): void {
    if (state.state === 'live') {
      this.#liveAtMs ??= this.#streams.monotonicMs();
      this.#listener.onState(state);
    } else if (state.state === 'gone') {
      this.#liveAtMs = undefined;
      if (state.code === 'rtsp.busy') this.#noRoom();
      else if (this.#from === 'sub') this.#from = 'joining';
    }
  }

  #mainUnit(unit: AccessUnit): void {
    if (this.#from === 'sub' || !isVideo(unit.codec)) return;
    const joins = this.#from === 'joining';
    if (joins && !unit.keyframe) return;
    this.#from = 'main';
    const copy = { ...unit, data: unit.data.slice() };
    this.#listener.onUnit(joins ? { ...copy, discontinuity: true } : copy);
  }

  #mainGone(): void {
    if (this.#stopSub === undefined || this.#sinceLiveMs > THROWN_OUT_MS) return;
    this.#thrownOut += 1;
    if (this.#thrownOut >= THROWN_OUT) this.#noRoom();
  }

  get #sinceLiveMs(): number {
    return this.#liveAtMs === undefined ? 0 : this.#streams.monotonicMs() - this.#liveAtMs;
  }

  #noRoom(): void {
    const { places, monotonicMs } = this.#streams;
    this.#stopSub?.();
    this.#stopSub = undefined;
    this.#liveAtMs = undefined;
    this.#thrownOut = 0;
    places.noRoom(monotonicMs());
    clearTimeout(this.#again);
    this.#startWhenThereIsRoom();
  }
}

/** Sound is main's alone: while sub is shown for it there is none. */
export function mainOrSub(streams: Streams): ReadSource {
  return (listener) => {
    const reader = new MainOrSub(streams, listener);
    return () => reader.stop();
  };
}

class MainOrSub {
  readonly #streams: Streams;
  readonly #listener: SourceListener;
  #stopMain: () => void;
  #stopSub: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #fallBackAfterMs = FALL_BACK_AFTER_MS;
  #aloneMs = MAIN_ALONE_MS;
  /** Whose pictures are handed on. */
  #from: 'main' | 'sub' = 'main';

  constructor(streams: Streams, listener: SourceListener) {
    this.#streams = streams;
    this.#listener = listener;
    this.#stopMain = this.#readMain();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopMain();
    this.#stopSub?.();
  }

  #readMain(): () => void {
    return this.#streams.main.read({
      onUnit: (unit) => this.#mainUnit(unit),
      onState: (state) => this.#mainState(state),
    });
  }

  #mainUnit(unit: AccessUnit): void {
    const returns = this.#from === 'sub';
    if (returns && !isVideo(unit.codec)) return;
    this.#from = 'main';
    this.#listener.onUnit(returns ? { ...unit, discontinuity: true } : unit);
  }

  #mainState(state: SourceState): void {
    if (state.state === 'live') this.#mainIsBack();
    if (state.state === 'gone') this.#mainGone(state);
    if (this.#from === 'main' || state.state === 'live') this.#listener.onState(state);
  }

  #mainIsBack(): void {
    clearTimeout(this.#timer);
    this.#stopSub?.();
    this.#stopSub = undefined;
    this.#fallBackAfterMs = FALL_BACK_AFTER_MS;
    this.#aloneMs = MAIN_ALONE_MS;
  }

  #mainGone({ code }: SourceState): void {
    if (this.#stopSub !== undefined) return;
    clearTimeout(this.#timer);
    if (code !== undefined && REFUSED.has(code))
      this.#timer = setTimeout(() => this.#fallBack(code), this.#fallBackAfterMs);
  }

  #fallBack(code: ErrorCode): void {
    this.#fallBackAfterMs = 0;
    this.#stopSub = this.#streams.sub.read({
      onUnit: (unit) => this.#subUnit(unit),
      onState: (state) => {
        if (this.#from === 'sub') this.#listener.onState(state);
      },
    });
    if (code !== 'rtsp.busy') return;
    this.#timer = setTimeout(() => this.#tryMainAlone(), this.#aloneMs);
    this.#aloneMs = Math.min(MAIN_ALONE_MOST_MS, 2 * this.#aloneMs);
  }

  #subUnit(unit: AccessUnit): void {
    const begins = this.#from === 'main';
    if (begins && !unit.keyframe) return;
    this.#from = 'sub';
    if (begins && this.#streams.sub.state !== undefined) this.#listener.onState(this.#streams.sub.state);
    this.#listener.onUnit(begins ? { ...unit, discontinuity: true } : unit);
  }

  #tryMainAlone(): void {
    this.#stopSub?.();
    this.#stopSub = undefined;
    this.#stopMain();
    this.#timer = setTimeout(() => (this.#stopMain = this.#readMain()), FREED_MS);
  }
}
