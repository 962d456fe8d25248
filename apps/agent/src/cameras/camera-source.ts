/**
 * One camera stream, for ever: connects, watches for silence, reconnects with back-off, and hands out access units.
 * Step 1 of the path as the pipeline sees it; everything below this file may fail, this file does not.
 */
import { isVideo, type AccessUnit } from '@sealcam/media';
import type { ErrorCode, SealcamError } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { backoffMs } from './backoff.ts';
import { CameraStream, type Awaited, type CameraClock, type Playing, type StreamHealth } from './camera-stream.ts';
import type { Tap } from './recording.ts';
import { Rhythm } from './rhythm.ts';
import {
  firstOf,
  isSameLearned,
  learnedFrom,
  otherWay,
  waysOf,
  type Learned,
  type Transport,
  type Ways,
} from './ways.ts';

export interface CameraState {
  /**
   * `connecting` until the first picture, `waiting` while it shows signs of life and no picture, `live` while pictures come, `gone` from a
   * fault until the next picture.
   */
  readonly state: 'connecting' | 'waiting' | 'live' | 'gone';
  /** Why it is gone; absent otherwise. */
  readonly code?: ErrorCode;
  /** What is waited for; absent otherwise. */
  readonly awaited?: Awaited;
  /** How often a slow camera sends a picture (`live`), or a full one (`waiting`); absent where it is quick, or not known. */
  readonly everyMs?: number;
  /** Wall clock ms since when it is so. Repeated failures keep the first moment, also when the reason changes. */
  readonly sinceMs: number;
}

export interface WatchOptions {
  readonly address: CameraAddress;
  readonly credentials?: Credentials;
  /** Carry the camera's sound as well, where it has one Sealcam can carry. Default true. */
  readonly audio?: boolean;
  /**
   * `auto` (default): TCP interleaved first, UDP where the camera refuses it (461) or TCP brings no picture; for `rtsps://` TCP
   * alone, since UDP would be in the clear.
   */
  readonly transport?: 'auto' | Transport;
  /** `rtsps://` only: SHA-256 of the certificate seen at first sight, hex; absent at first sight. */
  readonly pin?: string;
  /** How it wanted to be asked before: tried first. */
  readonly learned?: Learned;
  /** Called when a way brought pictures that is another than `learned`: keep it with the camera. */
  readonly onWays?: (learned: Learned) => void;
  /** Called once when a certificate is seen for the first time: keep it with the camera. */
  readonly onPin?: (pin: string) => void;
  readonly clock?: CameraClock;
  /** 0 ≤ random < 1, for the jitter. */
  readonly random?: () => number;
  /**
   * Video and audio as they come, whole. `unit.discontinuity` is set on the first of each after a (re)connect or a loss;
   * the first video unit of a connection is a keyframe.
   */
  readonly onUnit: (unit: AccessUnit) => void;
  readonly onState: (state: CameraState) => void;
  /** Hears all that goes over each connection. */
  readonly tap?: Tap;
  /** Every 5 s, and when a connection is over: what was lost or odd since it was told before. */
  readonly onHealth?: (health: StreamHealth) => void;
  readonly onPlaying?: (playing: Playing) => void;
  /** For the log: each attempt that failed. Holds no credentials. */
  readonly onFault?: (fault: SealcamError, retryInMs: number) => void;
}

/** A connection that lasted this long was a good one: the next failure is a first one again. */
const SETTLED_MS = 10_000;

const HEALTH_EVERY_MS = 5_000;
/** What a slow camera does is said again when it changed so much. */
const PACE_CHANGED = 2;

/** A camera with one place frees ours first (measured: refused with 503 where the second try came at once). */
export const OTHER_WAY_MS = 500;

export const SYSTEM_CLOCK: CameraClock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * Watches one RTSP stream until stopped. Main and sub of a camera are two watches.
 * @returns stop: closes the sockets; no `onUnit` or `onState` after it was called, not even in the same tick
 */
export function watchCamera(options: WatchOptions): () => void {
  const watch = new Watch(options);
  return () => watch.stop();
}

class Watch {
  readonly #options: WatchOptions;
  readonly #clock: CameraClock;
  #stream: CameraStream | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  #state: CameraState;
  #failures = 0;
  /** First picture of this connection. */
  #liveAtMs: number | undefined;
  /** Since when without a picture, whatever was waited for meanwhile. */
  #goneSinceMs: number | undefined;
  #told: StreamHealth = NOTHING_LOST;
  readonly #healthTimer: NodeJS.Timeout;
  /** What was waited for without a picture: said once, and then that the camera is gone. */
  readonly #inVain = new Set<Awaited>();
  #pin: string | undefined;
  #ways: Ways;
  /** As it was found out before, or as each is asked first. */
  #learned: Learned;
  /** Once at once; from then on the ways take turns, and none is asked more often for that. */
  #triedOther = false;
  readonly #rhythm = new Rhythm();
  #afterUs = { video: 0, audio: 0 };

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#pin = options.pin;
    this.#ways = waysOf(options.address, options.transport, options.learned);
    this.#learned = learnedFrom(this.#ways, this.#ways.transports[0] ?? 'tcp');
    this.#state = { state: 'connecting', sinceMs: this.#clock.nowMs() };
    this.#healthTimer = setInterval(() => this.#tellHealth(), HEALTH_EVERY_MS);
    // In the next turn, so that whoever starts holds `stop` before anything is said.
    this.#retry = setTimeout(() => {
      this.#options.onState(this.#state);
      this.#attempt();
    }, 0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#healthTimer);
    this.#stream?.close();
    this.#endStream();
  }

  #endStream(): void {
    this.#tellHealth();
    this.#stream = undefined;
    this.#told = NOTHING_LOST;
  }

  #tellHealth(): void {
    if (this.#stream === undefined) return;
    const { health } = this.#stream;
    this.#options.onHealth?.(lostSince(this.#told, health));
    this.#told = health;
  }

  #attempt(): void {
    if (this.#stopped) return;
    const { credentials, audio, tap, onPlaying } = this.#options;
    this.#liveAtMs = undefined;
    const stream = new CameraStream({
      ways: this.#ways,
      rhythm: this.#rhythm,
      ...(credentials === undefined ? {} : { credentials }),
      ...(this.#pin === undefined ? {} : { pin: this.#pin }),
      audio: audio ?? true,
      ...{ ...(tap && { tap }), ...(onPlaying && { onPlaying }) },
      clock: this.#clock,
      afterUs: this.#afterUs,
      onStep: (step) => {
        if (step === 'reached') this.#keepPin(stream.pin);
      },
      onWait: (awaited) => this.#onWait(awaited),
      onUnit: (unit) => this.#onUnit(unit),
      onEnd: (fault) => this.#onEnd(stream, fault),
    });
    this.#stream = stream;
  }

  #keepPin(pin: string | undefined): void {
    if (pin === undefined || pin === this.#pin) return;
    this.#pin = pin;
    this.#options.onPin?.(pin);
  }

  #onUnit(unit: AccessUnit): void {
    if (this.#stopped) return;
    const video = isVideo(unit.codec);
    this.#afterUs = { ...this.#afterUs, [video ? 'video' : 'audio']: unit.captureUs };
    if (video) this.#onPicture();
    // Asked again: `stop` may have been the answer.
    if (this.#isStopped()) return;
    this.#options.onUnit(unit);
  }

  #onPicture(): void {
    if (this.#liveAtMs === undefined) this.#keepWays();
    this.#liveAtMs ??= this.#clock.monotonicMs();
    this.#goneSinceMs = undefined;
    this.#inVain.clear();
    const { slowEveryMs } = this.#rhythm;
    const { state, sinceMs, everyMs = 0 } = this.#state;
    if (state === 'live' && !isOtherPace(slowEveryMs, everyMs)) return;
    const since = state === 'live' ? sinceMs : this.#clock.nowMs();
    this.#say({ state: 'live', sinceMs: since, ...(slowEveryMs > 0 && { everyMs: slowEveryMs }) });
  }

  #keepWays(): void {
    const { ways, transport } = this.#stream ?? {};
    if (ways === undefined || transport === undefined) return;
    const learned = learnedFrom(ways, transport);
    if (isSameLearned(this.#learned, learned)) return;
    this.#learned = learned;
    this.#options.onWays?.(learned);
  }

  #onWait(awaited: Awaited): void {
    if (this.#inVain.has(awaited) || (this.#state.state === 'waiting' && this.#state.awaited === awaited)) return;
    this.#inVain.add(awaited);
    const { keyframeEveryMs } = this.#rhythm;
    const sinceMs = this.#clock.nowMs();
    this.#say({
      state: 'waiting',
      awaited,
      sinceMs,
      ...(keyframeEveryMs !== undefined && { everyMs: keyframeEveryMs }),
    });
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #onEnd(stream: CameraStream, fault: SealcamError): void {
    if (this.#stopped) return;
    if (this.#clock.monotonicMs() - (this.#liveAtMs ?? Infinity) >= SETTLED_MS) this.#failures = 0;
    const { code } = fault;
    this.#endStream();
    if (stream.hadPicture) this.#triedOther = false;
    const other = otherWay(stream.ways, stream.attempt(code));
    this.#ways = other ?? this.#waysAfter(stream);
    if (other !== undefined && !this.#triedOther) {
      this.#triedOther = true;
      this.#retry = setTimeout(() => this.#attempt(), OTHER_WAY_MS);
      return;
    }
    this.#failures += 1;
    const waitMs = backoffMs(code, this.#failures, (this.#options.random ?? Math.random)());
    this.#retry = setTimeout(() => this.#attempt(), waitMs);
    const sinceMs = (this.#goneSinceMs ??= this.#clock.nowMs());
    if (this.#state.state !== 'gone' || this.#state.code !== code) this.#say({ state: 'gone', code, sinceMs });
    this.#options.onFault?.(fault, waitMs);
  }

  /** What worked is tried first from now on; where nothing did, all is tried again from the beginning. */
  #waysAfter({ hadPicture, ways, transport }: CameraStream): Ways {
    const all = waysOf(this.#options.address, this.#options.transport);
    if (!hadPicture || transport === undefined) return all;
    return { ...ways, transports: firstOf(all.transports, transport) };
  }

  #say(state: CameraState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}

const NOTHING_LOST: StreamHealth = { broken: 0, skipped: 0, lost: 0, strayBytes: 0, ignoresClock: false };

function lostSince(before: StreamHealth, now: StreamHealth): StreamHealth {
  return {
    broken: now.broken - before.broken,
    skipped: now.skipped - before.skipped,
    lost: now.lost - before.lost,
    strayBytes: now.strayBytes - before.strayBytes,
    ignoresClock: now.ignoresClock,
  };
}

function isOtherPace(nowMs: number, toldMs: number): boolean {
  if (nowMs === 0 || toldMs === 0) return nowMs !== toldMs;
  return nowMs > PACE_CHANGED * toldMs || toldMs > PACE_CHANGED * nowMs;
}
