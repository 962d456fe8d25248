/**
 * Whether a camera that plays still sends. Silence is judged by its own rhythm: at half of what is usual it is asked whether it is there; one
 * that answers may be silent for longer, one that does not is gone.
 */
import { SealcamError } from '@sealcam/protocol';
import type { Rhythm } from './rhythm.ts';

const FIRST_PACKET_MS = 12_000;
const LEAST_PAUSE_MS = 50;
/** So long without a picture among packets, or two and a half of its own gaps: something was lost, and the next full picture is waited for. */
const STUCK_MS = 3_000;

export interface SilenceParts {
  readonly rhythm: Rhythm;
  readonly monotonicMs: () => number;
  /** @returns whether it answered in time */
  readonly ask: (withinMs: number) => Promise<boolean>;
}

/** State machine of one connection; `look` is called again after what it returns. */
export class SilenceWatch {
  readonly #parts: SilenceParts;
  #packetAtMs: number;
  #packets = 0;
  #pictureAtMs: number;
  #pictures = 0;
  /** When it last answered a question that was asked because it was silent. */
  #answeredAtMs = 0;
  #asking = false;

  /** Time counts from here: PLAY is about to be said. */
  constructor(parts: SilenceParts) {
    this.#parts = parts;
    this.#packetAtMs = this.#pictureAtMs = parts.monotonicMs();
    parts.rhythm.interrupted();
  }

  get hadPacket(): boolean {
    return this.#packets > 0;
  }

  get hadPicture(): boolean {
    return this.#pictures > 0;
  }

  /** Packets come, and after a loss no picture of them is whole. */
  get isStuck(): boolean {
    const { rhythm } = this.#parts;
    const sinceMs = this.#packetAtMs - this.#pictureAtMs;
    return this.hadPicture && sinceMs > Math.max(STUCK_MS, 2.5 * rhythm.slowEveryMs);
  }

  /** PLAY is answered: that may have taken long, and the first packets may have come before it. */
  playing(): void {
    const nowMs = this.#parts.monotonicMs();
    if (this.#packets === 0) this.#packetAtMs = nowMs;
    if (this.#pictures === 0) this.#pictureAtMs = nowMs;
  }

  packet(): void {
    const nowMs = this.#parts.monotonicMs();
    if (this.#packets > 0) this.#parts.rhythm.packet(nowMs, nowMs - this.#packetAtMs);
    this.#packets += 1;
    this.#packetAtMs = nowMs;
  }

  picture(isKeyframe: boolean): void {
    this.#pictures += 1;
    this.#pictureAtMs = this.#packetAtMs;
    this.#parts.rhythm.picture(this.#packetAtMs, isKeyframe);
  }

  /** @returns ms until the next look. @throws {SealcamError} `rtsp.silent`, `rtsp.no-keyframe`: it is over */
  look(): number {
    const { rhythm } = this.#parts;
    const { silenceMs } = rhythm;
    const nowMs = this.#parts.monotonicMs();
    const silentMs = nowMs - this.#packetAtMs;
    if (silentMs >= this.#mayBeSilentMs(nowMs)) throw new SealcamError('rtsp.silent', 'no packet');
    if (silentMs < silenceMs && nowMs - this.#pictureAtMs >= rhythm.noPictureMs)
      throw new SealcamError('rtsp.no-keyframe', 'packets, but no picture');
    if (silentMs >= silenceMs / 2) void this.#ask(silenceMs / 2);
    const untilAskedMs = silenceMs / 2 - silentMs;
    return Math.max(LEAST_PAUSE_MS, untilAskedMs > 0 ? untilAskedMs : silenceMs / 4);
  }

  #mayBeSilentMs(nowMs: number): number {
    const { silenceMs, longestSilenceMs } = this.#parts.rhythm;
    // Before its first packet it may be busy with itself, and answer nothing.
    if (this.#packets === 0) return FIRST_PACKET_MS;
    const isThere = this.#answeredAtMs > this.#packetAtMs && nowMs - this.#answeredAtMs < silenceMs;
    return isThere ? longestSilenceMs : silenceMs;
  }

  async #ask(withinMs: number): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    if (await this.#parts.ask(withinMs)) this.#answeredAtMs = this.#parts.monotonicMs();
    this.#asking = false;
  }
}
