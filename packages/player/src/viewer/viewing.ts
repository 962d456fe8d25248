/**
 * One track that is watched: its subscription at the relay, its keys and its running GOP, shared by all screens of this page
 * that show it. Asks the relay anew after a cut, a break, or a gap that the kept GOP can fill.
 */
import { isErrorCode, LIMITS, SealcamError, STREAM, type ErrorCode, type Track } from '@sealcam/protocol';
import type { Opened, OpenKeys, Place } from '@sealcam/seal';
import { placeOf } from '../pipeline.ts';
import type { Request } from './connection.ts';
import type { Refusal } from './refusals.ts';
import type { ViewerUnit } from './sink.ts';
import { Subscription, type SubscriptionPorts } from './subscription.ts';

/** What a receipt, the floor and the age need to know of a unit; kept when its bytes are long gone. */
export interface Mark {
  readonly place: Place;
  readonly kid: OpenKeys['kid'];
  readonly captureUs: number;
}

/** An opened unit with its mark. */
export interface Shown {
  readonly unit: ViewerUnit;
  readonly mark: Mark;
}

/** One screen of this viewing. */
export interface Viewer {
  show(shown: Shown, fresh: boolean): void;
}

export interface ViewingPorts extends SubscriptionPorts {
  /** Unix milliseconds. */
  wall(): number;
  /** @throws {SealcamError} the relay's refusal, or `home.offline` */
  request(request: Request): Promise<unknown>;
  /** A frame that is not ours came; to be reported. */
  foreign(refusal: Refusal): void;
  /** The same, in the next receipt alone. */
  counted(refusal: Refusal): void;
}

const RETRY_MS = { first: 1_000, last: 10_000 } as const;
/** A missing delta is waited for this long before the kept GOP is asked for again, and no more often than that. */
const GAP_MS = 1_500;
const RENEW_MS = 10_000;

export class Viewing {
  readonly track: Track;
  readonly subscription: Subscription;
  readonly openedMs: number;
  readonly viewers = new Set<Viewer>();
  readonly #ports: ViewingPorts;
  #gop: Shown[] = [];
  #gopBytes = 0;
  #asked: 'no' | 'asking' | 'yes' = 'no';
  #attempt = 0;
  #retryMs = 0;
  #askedMs = -Infinity;
  #delayMs: number = RETRY_MS.first;
  #gapMs: number | undefined;
  #renewedMs = -Infinity;
  #cut: { readonly code: ErrorCode; readonly sinceMs: number } | undefined;
  #foreign: { readonly atMs: number; readonly sinceMs: number } | undefined;

  constructor(track: Track, ports: ViewingPorts) {
    this.track = track;
    this.#ports = ports;
    this.openedMs = ports.now();
    this.subscription = new Subscription(track, ports, {
      opened: (opened, keys, fresh) => this.#opened(opened, keys, fresh),
      foreign: (refusal) => this.#refused(refusal),
      suspect: (refusal) => ports.foreign(refusal),
      counted: (refusal) => ports.counted(refusal),
      gap: () => (this.#gapMs ??= ports.now()),
    });
  }

  /** Why the relay shows us nothing, until it does again. */
  get cut(): { readonly code: ErrorCode; readonly sinceMs: number } | undefined {
    return this.#cut;
  }

  /** The last frame on this subscription that was not ours. */
  get foreign(): { readonly atMs: number; readonly sinceMs: number } | undefined {
    return this.#foreign;
  }

  /**
   * The running GOP, oldest first; empty where it was too long to keep, or began under keys that are over: who begins to look then waits
   * for the next keyframe, as whoever joins does.
   */
  get gop(): readonly Shown[] {
    const [first] = this.#gop;
    return first === undefined || this.subscription.isOver(first.unit.epoch) ? [] : this.#gop;
  }

  /** The connection is there, or something changed that may turn a refusal: ask now. */
  subscribe(): void {
    if (this.#asked !== 'no') return;
    this.#asked = 'asking';
    this.#askedMs = this.#ports.now();
    this.#attempt += 1;
    const attempt = this.#attempt;
    const { cameraId, streamId } = this.track;
    this.#ports.request({ t: 'subscribe', cameraId, streamId }).then(
      () => {
        if (attempt !== this.#attempt) return;
        this.#asked = 'yes';
        this.#cut = undefined;
        this.#delayMs = RETRY_MS.first;
      },
      (error: unknown) => {
        if (attempt !== this.#attempt) return;
        if (error instanceof SealcamError) this.#refusedBy(error.code, error.sinceMs);
        else this.#refusedBy('internal');
      },
    );
  }

  /** The connection broke: the next one begins anew. */
  lost(): void {
    this.#attempt += 1;
    this.#asked = 'no';
    this.#retryMs = Infinity;
  }

  /** The relay ended it. @param code as it says. @param sinceMs Unix ms, where it says since when */
  cutOff(code: string, sinceMs?: number): void {
    this.#attempt += 1;
    this.#refusedBy(isErrorCode(code) ? code : 'internal', sinceMs);
  }

  /** The relay says that a suspension was lifted. Its word is a hint to ask now, and no oftener than after a first refusal. */
  lifted(): void {
    if (this.#asked !== 'no' || this.#cut?.code.startsWith('suspended.') !== true) return;
    const now = this.#ports.now();
    this.#delayMs = RETRY_MS.first;
    this.#retryMs = Math.min(this.#retryMs, this.#askedMs + RETRY_MS.first);
    if (now >= this.#retryMs) this.subscribe();
  }

  /** Called twice a second while connected. */
  async tick(): Promise<void> {
    const now = this.#ports.now();
    if (this.#asked === 'no' && now >= this.#retryMs) this.subscribe();
    if (this.#gapMs !== undefined && now - this.#gapMs > GAP_MS && now - this.#renewedMs > RENEW_MS) this.#renew(now);
    await this.subscription.tick();
  }

  close(): void {
    this.#attempt += 1;
    this.subscription.close();
    this.#unsubscribe();
  }

  #refusedBy(code: ErrorCode, sinceMs?: number): void {
    this.#asked = 'no';
    this.#retryMs = this.#ports.now() + this.#delayMs;
    this.#delayMs = Math.min(2 * this.#delayMs, RETRY_MS.last);
    // A broken connection is no refusal: the screen says that the device is offline.
    if (code !== 'home.offline')
      this.#cut = { code, sinceMs: sinceMs ?? (this.#cut?.code === code ? this.#cut.sinceMs : this.#ports.wall()) };
  }

  /** The relay sends the kept GOP to whoever subscribes: what is there already is dropped as a replay. */
  #renew(now: number): void {
    this.#renewedMs = now;
    this.#gapMs = undefined;
    if (this.#asked !== 'yes') return;
    this.#unsubscribe();
    this.#asked = 'no';
    this.subscribe();
  }

  #unsubscribe(): void {
    const { cameraId, streamId } = this.track;
    if (this.#asked !== 'no') this.#ports.request({ t: 'unsubscribe', cameraId, streamId }).catch(() => undefined);
  }

  #refused(refusal: Refusal): void {
    this.#foreign = { atMs: this.#ports.now(), sinceMs: this.#ports.wall() };
    this.#ports.foreign(refusal);
  }

  #opened(opened: Opened, keys: OpenKeys, fresh: boolean): void {
    // Held for a bulletin, or on its way, when the relay said that this is over: not shown any more.
    if (this.#cut !== undefined) return;
    this.#gapMs = undefined;
    const mark: Mark = { place: placeOf(opened), kid: keys.kid, captureUs: opened.captureUs };
    const shown: Shown = { unit: viewerUnit(opened), mark };
    this.#keep(shown);
    for (const viewer of this.viewers) viewer.show(shown, fresh);
  }

  #keep(shown: Shown): void {
    if (shown.unit.keyframe) {
      this.#gop = [];
      this.#gopBytes = 0;
    } else if (this.#gop.length === 0) return;
    this.#gop.push(shown);
    this.#gopBytes += shown.unit.data.length;
    if (this.track.streamId === STREAM.audio || this.#gopBytes > LIMITS.gopBytes || this.#gop.length > LIMITS.gopUnits)
      this.#gop = [];
  }
}

function viewerUnit(opened: Opened): ViewerUnit {
  const { keyframe, discontinuity, ctr, gopCtr, captureUs, durationUs, config, unit, context } = opened;
  const { epoch, sessionId } = context;
  return {
    keyframe,
    discontinuity,
    epoch,
    sessionId,
    ctr,
    gopCtr,
    captureUs,
    durationUs,
    ...(config && { config }),
    data: unit,
  };
}
