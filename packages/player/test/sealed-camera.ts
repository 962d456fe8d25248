/** A camera of a scripted home: one real Sealer a stream, epochs and sessions as an agent makes them. */
import { randomBytes } from 'node:crypto';
import {
  epoch,
  micros,
  sessionId,
  toHex,
  type CameraId,
  type Envelope,
  type HomeId,
  type SessionId,
  type StreamId,
} from '@sealcam/protocol';
import { importEpochSecret, Sealer } from '@sealcam/seal';
import { nodeSuite } from '../../seal/test/node-suite.ts';
import type { CameraKey } from '../src/viewer/key-index.ts';

export class SealedCamera {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  sessionId: SessionId = newSession();
  epoch = 0;
  secret: Uint8Array = new Uint8Array(0);
  /** Unix microseconds of the next unit. */
  timeUs: number;
  readonly #sealers = new Map<StreamId, Sealer>();

  constructor(homeId: HomeId, cameraId: CameraId, timeUs = 1_795_000_000_000_000) {
    this.homeId = homeId;
    this.cameraId = cameraId;
    this.timeUs = timeUs;
  }

  rekey(next: number, secret: Uint8Array = new Uint8Array(randomBytes(32))): void {
    this.epoch = next;
    this.secret = secret;
    for (const sealer of this.#sealers.values()) sealer.rekey(epoch(next), secret);
  }

  /** The agent restarts: another session, counters from 0. */
  restart(next: number): void {
    this.sessionId = newSession();
    this.#sealers.clear();
    this.rekey(next);
  }

  async key(): Promise<CameraKey> {
    const secret = await importEpochSecret(this.secret, globalThis.crypto.subtle);
    return { cameraId: this.cameraId, epoch: epoch(this.epoch), sessionId: this.sessionId, secret };
  }

  sealer(streamId: StreamId): Sealer {
    const known = this.#sealers.get(streamId);
    if (known !== undefined) return known;
    const sealer = new Sealer({ homeId: this.homeId, cameraId: this.cameraId, streamId }, this.sessionId, nodeSuite);
    sealer.rekey(epoch(this.epoch), this.secret);
    this.#sealers.set(streamId, sealer);
    return sealer;
  }

  /** One unit, 40 ms after the one before. Its bytes say which it is. */
  unit(keyframe: boolean, streamId: StreamId = 0, data?: Uint8Array): Envelope {
    this.timeUs += 40_000;
    const sealer = this.sealer(streamId);
    const body = data ?? new TextEncoder().encode(`${this.cameraId}/${streamId}/${sealer.nextCtr}`);
    const sealed = sealer.seal({
      captureUs: micros(this.timeUs),
      durationUs: 40_000,
      keyframe,
      discontinuity: false,
      config: undefined,
      unit: body,
    });
    const { homeId, cameraId } = this;
    return { homeId, cameraId, streamId, epoch: sealed.epoch, joinId: undefined, sealed: sealed.bytes };
  }

  /** A keyframe and its deltas. */
  gop(length: number, streamId: StreamId = 0): Envelope[] {
    return Array.from({ length }, (_, i) => this.unit(i === 0, streamId));
  }
}

function newSession(): SessionId {
  return sessionId(toHex(new Uint8Array(randomBytes(8))));
}
