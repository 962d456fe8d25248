/** What one stream of a camera sends, and what was lost or odd in the last day. State only: no socket, no timer, no clock of its own. */
import { isVideo, type AccessUnit, type AudioConfig, type VideoConfig } from '@sealcam/media';
import type { ErrorCode } from '@sealcam/protocol';
import type { CameraState } from './camera-source.ts';
import type { Playing, StreamHealth } from './camera-stream.ts';
import type { Transport } from './ways.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** What it sends is counted over the last minute, in steps. */
const SLOT_MS = 5_000;
const SLOTS = 12;
/** Reasons that are kept apart in one hour. */
const MOST_REASONS = 8;

/** Of the last day, or since the agent came up. */
export interface LostAndOdd {
  /** How long that is. */
  readonly overMs: number;
  readonly pictures: number;
  /** Pictures that were not whole. */
  readonly broken: number;
  /** Pictures that hang on one that is missing. */
  readonly skipped: number;
  /** RTP packets that are missing. */
  readonly lostPackets: number;
  readonly strayBytes: number;
  /** How often its pictures went away, by the first reason. */
  readonly gone: ReadonlyMap<ErrorCode, number>;
  readonly goneMs: number;
}

export interface Sends {
  readonly video?: VideoConfig;
  readonly sound?: AudioConfig;
  readonly transport?: Transport;
  /** What else it offers, in words. */
  readonly beside: readonly string[];
  /** Over the last minute, or less where it is not that long. */
  readonly picturesPerSecond: number;
  readonly kbitPerSecond: number;
  /** From one full picture to the next, as it was last; undefined before the second. */
  readonly keyframeEveryMs?: number;
  /** The camera's clock contradicts the arrival of its pictures, and is not used. */
  readonly ignoresClock: boolean;
}

export interface StreamReport extends Sends {
  readonly state: CameraState;
  readonly lastDay: LostAndOdd;
}

interface Hour {
  readonly hour: number;
  pictures: number;
  broken: number;
  skipped: number;
  lostPackets: number;
  strayBytes: number;
  goneMs: number;
  readonly gone: Map<ErrorCode, number>;
}

interface Slot {
  readonly slot: number;
  pictures: number;
  bytes: number;
}

export class Logbook {
  readonly #sinceMs: number;
  readonly #hours: Hour[] = [];
  readonly #slots: Slot[] = [];
  #video: VideoConfig | undefined;
  #sound: AudioConfig | undefined;
  #playing: Playing | undefined;
  #keyframeAtMs: number | undefined;
  #keyframeEveryMs: number | undefined;
  #ignoresClock = false;
  #state: CameraState;
  #goneFromMs: number | undefined;

  /**
   * @param nowMs here and below of a clock that never jumps
   * @param wallMs Unix ms
   */
  constructor(nowMs: number, wallMs: number) {
    this.#sinceMs = nowMs;
    this.#state = { state: 'connecting', sinceMs: wallMs };
  }

  unit({ codec, config, keyframe, data }: AccessUnit, nowMs: number): void {
    const slot = this.#slot(nowMs);
    slot.bytes += data.length;
    if (config !== undefined && 'parameterSets' in config) this.#video = config;
    else if (config !== undefined) this.#sound = config;
    if (!isVideo(codec)) return;
    slot.pictures += 1;
    this.#hour(nowMs).pictures += 1;
    if (!keyframe) return;
    if (this.#keyframeAtMs !== undefined) this.#keyframeEveryMs = nowMs - this.#keyframeAtMs;
    this.#keyframeAtMs = nowMs;
  }

  /** @param lost since it was told before */
  health(lost: StreamHealth, nowMs: number): void {
    const hour = this.#hour(nowMs);
    hour.broken += lost.broken;
    hour.skipped += lost.skipped;
    hour.lostPackets += lost.lost;
    hour.strayBytes += lost.strayBytes;
    this.#ignoresClock = lost.ignoresClock;
  }

  playing(playing: Playing): void {
    this.#playing = playing;
  }

  state(state: CameraState, nowMs: number): void {
    this.#state = state;
    if (state.state === 'live') this.#endGone(nowMs);
    if (state.state !== 'gone') return;
    this.#keyframeAtMs = undefined;
    // Another reason meanwhile is not another time.
    if (this.#goneFromMs !== undefined) return;
    this.#goneFromMs = nowMs;
    const { gone } = this.#hour(nowMs);
    const code = state.code ?? 'rtsp.ended';
    const before = gone.get(code) ?? 0;
    if (before === 0 && gone.size >= MOST_REASONS) return;
    // The newest reason stands last.
    gone.delete(code);
    gone.set(code, before + 1);
  }

  /** Entries in memory. */
  get kept(): { readonly hours: number; readonly slots: number } {
    return { hours: this.#hours.length, slots: this.#slots.length };
  }

  report(nowMs: number): StreamReport {
    return { state: this.#state, ...this.#sends(nowMs), lastDay: this.#lastDay(nowMs) };
  }

  #sends(nowMs: number): Sends {
    this.#slot(nowMs);
    const fromMs = Math.max(this.#sinceMs, (this.#slots[0]?.slot ?? 0) * SLOT_MS);
    const seconds = Math.max(1, (nowMs - fromMs) / 1000);
    const sum = (of: (slot: Slot) => number): number => this.#slots.reduce((total, slot) => total + of(slot), 0);
    return {
      ...(this.#video && { video: this.#video }),
      ...(this.#sound && { sound: this.#sound }),
      ...(this.#playing && { transport: this.#playing.transport }),
      ...(this.#keyframeEveryMs !== undefined && { keyframeEveryMs: this.#keyframeEveryMs }),
      beside: this.#playing?.tracks.beside ?? [],
      picturesPerSecond: sum(({ pictures }) => pictures) / seconds,
      kbitPerSecond: (sum(({ bytes }) => bytes) * 8) / 1000 / seconds,
      ignoresClock: this.#ignoresClock,
    };
  }

  #lastDay(nowMs: number): LostAndOdd {
    this.#hour(nowMs);
    const sum = (of: (hour: Hour) => number): number => this.#hours.reduce((total, hour) => total + of(hour), 0);
    const gone = new Map<ErrorCode, number>();
    for (const hour of this.#hours) {
      for (const [code, count] of hour.gone) {
        const before = gone.get(code) ?? 0;
        gone.delete(code);
        gone.set(code, before + count);
      }
    }
    const overMs = nowMs - Math.max(this.#sinceMs, nowMs - HOURS * HOUR_MS);
    const goneMs = sum((hour) => hour.goneMs) + nowMs - (this.#goneFromMs ?? nowMs);
    return {
      overMs,
      pictures: sum(({ pictures }) => pictures),
      broken: sum(({ broken }) => broken),
      skipped: sum(({ skipped }) => skipped),
      lostPackets: sum(({ lostPackets }) => lostPackets),
      strayBytes: sum(({ strayBytes }) => strayBytes),
      goneMs: Math.min(overMs, goneMs),
      gone,
    };
  }

  #endGone(nowMs: number): void {
    if (this.#goneFromMs !== undefined) this.#hour(nowMs).goneMs += nowMs - this.#goneFromMs;
    this.#goneFromMs = undefined;
  }

  #hour(nowMs: number): Hour {
    const hour = Math.floor(nowMs / HOUR_MS);
    while ((this.#hours[0]?.hour ?? hour) <= hour - HOURS) this.#hours.shift();
    const last = this.#hours.at(-1);
    if (last?.hour === hour) return last;
    const next: Hour = {
      hour,
      pictures: 0,
      broken: 0,
      skipped: 0,
      lostPackets: 0,
      strayBytes: 0,
      goneMs: 0,
      gone: new Map(),
    };
    this.#hours.push(next);
    return next;
  }

  #slot(nowMs: number): Slot {
    const slot = Math.floor(nowMs / SLOT_MS);
    while ((this.#slots[0]?.slot ?? slot) <= slot - SLOTS) this.#slots.shift();
    const last = this.#slots.at(-1);
    if (last?.slot === slot) return last;
    const next: Slot = { slot, pictures: 0, bytes: 0 };
    this.#slots.push(next);
    return next;
  }
}
