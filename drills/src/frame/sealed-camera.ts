/** A camera of a drill in Sealcam: pictures with a mark in their bytes, sealed by the real Sealer, and known to the truth. */
import { randomBytes } from 'node:crypto';
import { NODE_SUITE } from '@sealcam/agent/seal-suite';
import type { LiveTrack } from '@sealcam/home';
import {
  cameraId,
  encodeEnvelope,
  micros,
  sessionId,
  STREAM,
  type CameraId,
  type Epoch,
  type HomeId,
  type KeyId,
  type StreamId,
} from '@sealcam/protocol';
import { Sealer, type SealedFrame } from '@sealcam/seal';
import { markedPicture } from './marked-picture.ts';
import type { StageCamera } from './stage.ts';
import type { Truth } from './truth.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface SealedCameraParts {
  readonly clock: VirtualClock;
  readonly truth: Truth;
  readonly send: (message: Uint8Array) => void;
  /** Of each new unit, for an agent that answers for what it sealed. */
  readonly sealed?: (kid: KeyId, ctr: number) => void;
  /** A camera that was somewhere already: the id it has, and the number of its next picture. */
  readonly known?: { readonly cameraId: CameraId; readonly counter: number };
}

/** Units of a GOP: a keyframe and three deltas. */
const GOP = 4;
const STREAMS = [STREAM.main, STREAM.still] as const;

export class SealedCamera implements StageCamera {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  readonly sessionId = sessionId(randomBytes(8).toString('hex'));
  readonly model: string;
  readonly #parts: SealedCameraParts;
  readonly #sealers: ReadonlyMap<StreamId, Sealer>;
  readonly #viewers = new Map<StreamId, number>();
  readonly #made = new Map<StreamId, number>();
  readonly #kept = new Map<StreamId, SealedFrame[]>();
  #epoch: Epoch | undefined;
  #counter: number;

  constructor(home: HomeId, model: string, parts: SealedCameraParts) {
    this.homeId = home;
    this.model = model;
    this.cameraId = parts.known?.cameraId ?? cameraId(randomBytes(16).toString('hex'));
    this.#counter = parts.known?.counter ?? 0;
    this.#parts = parts;
    this.#sealers = new Map(
      STREAMS.map((streamId) => [
        streamId,
        new Sealer({ homeId: home, cameraId: this.cameraId, streamId }, this.sessionId, NODE_SUITE),
      ]),
    );
  }

  get watched(): number {
    return [...this.#viewers.values()].reduce((sum, viewers) => sum + viewers, 0);
  }

  get streams(): readonly StreamId[] {
    return STREAMS;
  }

  /** The relay's word on who watches. */
  watch(stream: StreamId, viewers: number): void {
    this.#viewers.set(stream, viewers);
  }

  /** For one join: the current GOP, as an agent keeps it. */
  replay(stream: StreamId, joinId: number): readonly Uint8Array[] {
    return (this.#kept.get(stream) ?? []).map((frame) => this.#envelope(stream, frame, joinId));
  }

  rekey(epoch: Epoch, secret: Uint8Array): void {
    this.#epoch = epoch;
    this.#kept.clear();
    this.#made.clear();
    for (const sealer of this.#sealers.values()) sealer.rekey(epoch, secret);
  }

  newest(): LiveTrack[] {
    return [...this.#sealers].flatMap(([streamId, { nextCtr, gopCtr }]) => {
      if (gopCtr === undefined || this.#epoch === undefined) return [];
      const { cameraId: id, sessionId: session } = this;
      return [{ cameraId: id, streamId, epoch: this.#epoch, sessionId: session, nextCtr, gopCtr }];
    });
  }

  frame(stream: StreamId = STREAM.main): void {
    const sealer = this.#sealers.get(stream);
    if (sealer?.epoch === undefined) return;
    const { homeId, cameraId: id } = this;
    const made = this.#made.get(stream) ?? 0;
    const owner = { homeId, cameraId: id, counter: this.#counter };
    const keyframe = stream === STREAM.still || made % GOP === 0;
    this.#made.set(stream, made + 1);
    this.#counter += 1;
    const frame = sealer.seal({
      captureUs: micros(this.#parts.clock.wallMs() * 1000),
      durationUs: 40_000,
      keyframe,
      discontinuity: false,
      config: undefined,
      unit: markedPicture(owner, keyframe),
    });
    this.#parts.truth.made(`${frame.kid}/${frame.ctr}`, owner);
    this.#parts.sealed?.(frame.kid, frame.ctr);
    this.#kept.set(stream, keyframe ? [frame] : [...(this.#kept.get(stream) ?? []), frame]);
    this.#parts.send(this.#envelope(stream, frame));
  }

  #envelope(streamId: StreamId, { epoch, bytes }: SealedFrame, joinId?: number): Uint8Array {
    const { homeId, cameraId: id } = this;
    return encodeEnvelope({ homeId, cameraId: id, streamId, epoch, joinId, sealed: bytes });
  }
}
