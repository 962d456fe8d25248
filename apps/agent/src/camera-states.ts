/** Stream 4 of a camera: what the agent says of it, sealed like a frame, again at each rotation. Beside the path. */
import { encodeCameraState, type CameraState } from '@sealcam/home';
import { micros, millis } from '@sealcam/protocol';
import { sendUnit, type Publisher } from './pipeline.ts';
import type { SealedTrack } from './sealed-track.ts';

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

  /** The same state again keeps its first moment. */
  set(state: CameraState['state'], code = '', sinceMs = this.#clock()): void {
    if (this.#state?.state === state && this.#state.code === code) return;
    const before = this.#state?.state === state ? this.#state.sinceMs : undefined;
    this.#state = { state, code, sinceMs: before ?? millis(Math.floor(sinceMs)) };
    this.send();
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
