/**
 * What an agent's units must be before anyone gets them: of the connection's own home, of an announced stream, of the newest
 * epoch (or the one before, for 2 s), with a sealed header that parses. The rest is dropped and counted. Header only: the relay
 * has nothing to look deeper with.
 */
import {
  CodecError,
  decodeEnvelope,
  isCachedStream,
  LIMITS,
  parseSealedHeader,
  STREAM,
  stripReplay,
  type CameraId,
  type Envelope,
  type Epoch,
  type HomeId,
  type SealedHeader,
} from '@sealcam/protocol';
import type { Unit } from '../bus.ts';
import type { StoredCamera } from '../store/store.ts';

export type DropReason = 'home' | 'unannounced' | 'private' | 'epoch' | 'header' | 'join';

export type Ingested =
  | { readonly at: 'unit'; readonly unit: Unit; readonly joinId: number | undefined }
  | { readonly at: 'dropped'; readonly reason: DropReason };

export class Ingest {
  readonly #home: HomeId;
  #cameras = new Map<CameraId, StoredCamera>();
  #epoch: { readonly newest: Epoch; readonly sinceMs: number } | undefined;

  constructor(home: HomeId) {
    this.#home = home;
  }

  announce(cameras: readonly StoredCamera[]): void {
    this.#cameras = new Map(cameras.map((camera) => [camera.cameraId, camera]));
  }

  /** @param nowMs monotonic: the hand-over from the epoch before begins */
  bulletin(newest: Epoch, nowMs: number): void {
    if (this.#epoch?.newest !== newest) this.#epoch = { newest, sinceMs: nowMs };
  }

  /** @throws {CodecError} for what is no envelope at all */
  check(message: Uint8Array, nowMs: number): Ingested {
    const envelope = decodeEnvelope(message);
    const reason = this.#refused(envelope, nowMs);
    if (reason !== undefined) return { at: 'dropped', reason };
    const header = headerOf(envelope.sealed);
    if (header === undefined) return { at: 'dropped', reason: 'header' };
    const { homeId, cameraId, streamId, epoch, joinId } = envelope;
    const unit = {
      homeId,
      cameraId,
      streamId,
      epoch,
      header,
      message: joinId === undefined ? message : stripReplay(message),
    };
    return { at: 'unit', unit, joinId };
  }

  #refused(envelope: Envelope, nowMs: number): DropReason | undefined {
    if (envelope.homeId !== this.#home) return 'home';
    const camera = this.#cameras.get(envelope.cameraId);
    if (camera === undefined || !camera.streams.includes(envelope.streamId)) return 'unannounced';
    if (camera.private && envelope.streamId !== STREAM.state) return 'private';
    if (!this.#isCurrent(envelope, nowMs)) return 'epoch';
    return isCachedStream(envelope.streamId) && envelope.joinId !== undefined ? 'join' : undefined;
  }

  /** An epoch above the newest bulletin's has no keys that anyone could have; one below it is good for the hand-over only. */
  #isCurrent({ epoch, streamId }: Envelope, nowMs: number): boolean {
    if (this.#epoch === undefined || epoch > this.#epoch.newest) return false;
    if (epoch === this.#epoch.newest) return true;
    return !isCachedStream(streamId) && nowMs - this.#epoch.sinceMs <= LIMITS.oldEpochMs;
  }
}

function headerOf(sealed: Uint8Array): SealedHeader | undefined {
  try {
    return parseSealedHeader(sealed);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
