/**
 * One camera stream, for ever: connects, watches for silence, reconnects with back-off, and hands out access units.
 * Step 1 of the path as the pipeline sees it; everything below this file may fail, this file does not.
 */
import { isVideo, type AccessUnit } from '@sealcam/media';
import type { ErrorCode, SealcamError } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { backoffMs } from './backoff.ts';
import { CameraStream, type CameraClock, type StreamHealth } from './camera-stream.ts';
import type { Tap } from './recording.ts';
import { Rhythm } from './rhythm.ts';
import { otherWay, waysOf, type Transport, type Ways } from './ways.ts';

export interface CameraState {
  /** `connecting` until the first picture, `live` while pictures come, `gone` from a fault until the next picture. */
  readonly state: 'connecting' | 'live' | 'gone';
  /** Why it is gone; absent otherwise. */
  readonly code?: ErrorCode;
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
  /** Of each connection, when it is over. */
  readonly onHealth?: (health: StreamHealth) => void;
  /** For the log: each attempt that failed. Holds no credentials. */
  readonly onFault?: (fault: SealcamError, retryInMs: number) => void;
}

/** A connection that lasted this long was a good one: the next failure is a first one again. */
const SETTLED_MS = 10_000;

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
  #liveAtMs = 0;
  #pin: string | undefined;
  #ways: Ways;
  /** Once at once; from then on the ways take turns, and none is asked more often for that. */
  #triedOther = false;
  readonly #rhythm = new Rhythm();
  #afterUs = { video: 0, audio: 0 };

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#pin = options.pin;
    this.#ways = waysOf(options.address, options.transport);
    this.#state = { state: 'connecting', sinceMs: this.#clock.nowMs() };
    // In the next turn, so that whoever starts holds `stop` before anything is said.
    this.#retry = setTimeout(() => {
      this.#options.onState(this.#state);
      this.#attempt();
    }, 0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#stream?.close();
    this.#tellHealth();
  }

  #tellHealth(): void {
    if (this.#stream !== undefined) this.#options.onHealth?.(this.#stream.health);
    this.#stream = undefined;
  }

  #attempt(): void {
    if (this.#stopped) return;
    const { credentials, audio, tap } = this.#options;
    const stream = new CameraStream({
      ways: this.#ways,
      rhythm: this.#rhythm,
      ...(credentials === undefined ? {} : { credentials }),
      ...(this.#pin === undefined ? {} : { pin: this.#pin }),
      audio: audio ?? true,
      ...(tap && { tap }),
      clock: this.#clock,
      afterUs: this.#afterUs,
      onStep: (step) => {
        if (step === 'reached') this.#keepPin(stream.pin);
      },
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
    if (video && this.#state.state !== 'live') {
      this.#liveAtMs = this.#clock.monotonicMs();
      this.#say({ state: 'live', sinceMs: this.#clock.nowMs() });
      // Asked again: `stop` may have been the answer.
      if (this.#isStopped()) return;
    }
    this.#options.onUnit(unit);
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #onEnd(stream: CameraStream, fault: SealcamError): void {
    if (this.#stopped) return;
    if (this.#state.state === 'live' && this.#clock.monotonicMs() - this.#liveAtMs >= SETTLED_MS) this.#failures = 0;
    const { code } = fault;
    this.#tellHealth();
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
    const sinceMs = this.#state.state === 'gone' ? this.#state.sinceMs : this.#clock.nowMs();
    if (this.#state.state !== 'gone' || this.#state.code !== code) this.#say({ state: 'gone', code, sinceMs });
    this.#options.onFault?.(fault, waitMs);
  }

  /** What worked is tried first from now on; where nothing did, all is tried again from the beginning. */
  #waysAfter({ hadPicture, ways, transport }: CameraStream): Ways {
    const all = waysOf(this.#options.address, this.#options.transport);
    if (!hadPicture || transport === undefined) return all;
    return { ...ways, transports: [transport, ...all.transports.filter((each) => each !== transport)] };
  }

  #say(state: CameraState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
