/**
 * Which track of this home a key id belongs to: to tell a frame of another of one's own cameras (foreign, reported) from one of
 * nobody. It holds no key, and nothing is ever opened by it.
 */
import {
  STREAM,
  trackKey,
  type CameraId,
  type Epoch,
  type HomeId,
  type KeyId,
  type SessionId,
  type StreamId,
  type TrackKey,
} from '@sealcam/protocol';
import { deriveKeyId } from '@sealcam/seal';

/** One camera's key material of the newest epoch, as a viewer keeps it. */
export interface CameraKey {
  readonly cameraId: CameraId;
  readonly epoch: Epoch;
  readonly sessionId: SessionId;
  /** HKDF key, not extractable. */
  readonly secret: CryptoKey;
}

const ALL_STREAMS: readonly StreamId[] = Object.values(STREAM);

export class KeyIndex {
  readonly #homeId: HomeId;
  readonly #subtle: SubtleCrypto;
  readonly #tracks = new Map<KeyId, TrackKey>();
  #cameras: readonly CameraKey[] = [];
  #complete = true;

  constructor(homeId: HomeId, subtle: SubtleCrypto) {
    this.#homeId = homeId;
    this.#subtle = subtle;
  }

  /** The cameras of the newest wrap. Their key ids are derived only when somebody asks for one that is unknown. */
  replace(cameras: readonly CameraKey[]): void {
    this.#tracks.clear();
    this.#cameras = cameras;
    this.#complete = cameras.length === 0;
  }

  /** Whether `kid` is known to belong to another track than this one. Cheap; knows only what `resolve` derived. */
  isForeign(kid: KeyId, track: TrackKey): boolean {
    const owner = this.#tracks.get(kid);
    return owner !== undefined && owner !== track;
  }

  /** Derives what is missing. @returns the track of this home that the key id belongs to */
  async resolve(kid: KeyId): Promise<TrackKey | undefined> {
    if (!this.#complete) await this.#derive(this.#cameras);
    return this.#tracks.get(kid);
  }

  async #derive(cameras: readonly CameraKey[]): Promise<void> {
    const tracks = cameras.flatMap((camera) =>
      ALL_STREAMS.map((streamId) => ({ homeId: this.#homeId, streamId, ...camera })),
    );
    const kids = await Promise.all(tracks.map((track) => deriveKeyId(track, track.secret, this.#subtle)));
    // Another bulletin came meanwhile: what was derived is of the past.
    if (cameras !== this.#cameras) return;
    for (const [i, track] of tracks.entries()) {
      const kid = kids[i];
      if (kid !== undefined) this.#tracks.set(kid, trackKey(track));
    }
    this.#complete = true;
  }
}
