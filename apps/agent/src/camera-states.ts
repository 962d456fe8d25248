/** Stream 4 of a camera: what the agent says of it, sealed like a frame, again at each rotation. Beside the path. */
import { encodeCameraState, type CameraState } from '@sealcam/home';
import { micros, millis } from '@sealcam/protocol';
import { sendUnit, type Publisher } from './pipeline.ts';
import type { SealedTrack } from './sealed-track.ts';
import type { SourceState } from './source.ts';

export class CameraStates {
  readonly #track: SealedTrack;
  readonly #publisher: Publisher;
  readonly #clock: () => number;
  #state: CameraState | undefined;

  /** @param clock Unix ms */
  constructor(track: SealedTrack, publisher: Publisher, clock: () => number) {
    this.#track = track;
    this.#publisher = publisher;
    this.#clock = clock;
  }

  /** Undefined until the first try of the camera has come to something. */
  get state(): CameraState | undefined {
    return this.#state;
  }

  /** What its source says. While it only connects, what was said before holds. */
  follow({ state, code, awaited, everyMs = 0, sinceMs }: SourceState): void {
    if (state === 'connecting') return;
    this.#change({ state, code: awaited ?? code ?? '', everyMs }, sinceMs);
  }

  /** What somebody decided. */
  say(state: 'private' | 'asleep'): void {
    this.#change({ state, code: '', everyMs: 0 }, this.#clock());
  }

  /** What was so before. */
  set(state: CameraState): void {
    this.#state = state;
    this.send();
  }

  /** The same state again keeps its first moment. */
  #change(next: Omit<CameraState, 'sinceMs'>, sinceMs: number): void {
    const before = this.#state;
    if (before?.state === next.state && before.code === next.code && before.everyMs === next.everyMs) return;
    const first = before?.state === next.state ? before.sinceMs : undefined;
    this.set({ ...next, sinceMs: first ?? millis(Math.floor(sinceMs)) });
  }

  /** After a rotation or a new connection. */
  send(): void {
    if (this.#state === undefined || !this.#track.hasKey) return;
    const unit = encodeCameraState(this.#state);
    const captureUs = micros(Math.round(this.#clock() * 1000));
    sendUnit(
      this.#track,
      { captureUs, durationUs: 0, keyframe: true, discontinuity: false, config: undefined, unit },
      this.#publisher,
    );
  }
}
