/** Step 4 of the path: an access unit becomes a sealed frame, once. One `Sealer` for each camera, stream and session. */
import {
  concat,
  encodeSealedFront,
  fromHex,
  letGo,
  LIMITS,
  MARK_BYTES,
  micros,
  SealcamError,
  STREAM,
  type Epoch,
  type KeyId,
  type Micros,
  type SessionId,
  type Track,
} from '@sealcam/protocol';
import { additionalData, contextBytes } from './context.ts';
import { Counter } from './counter.ts';
import { deriveSealKeys, frameNonce, type HkdfSync } from './keys.ts';
import { flagsOf, paddingFor, plainParts, type PlainUnit } from './plain.ts';

/**
 * AES-256-GCM with a 16-byte tag: given a key, the function that seals under it.
 * `plain` comes in parts and ciphertext ‖ tag goes back in parts, so that a 4 MB keyframe is copied once, not three times.
 * The parts given back become the sealer's, which empties them. With `node:crypto`: `createCipheriv`, `setAAD`, `update` for
 * each part, `final`, `getAuthTag`.
 */
export type AeadSync = (key: Uint8Array) => SealUnder;
export type SealUnder = (nonce: Uint8Array, aad: Uint8Array, plain: readonly Uint8Array[]) => readonly Uint8Array[];

/** The cryptography of the platform, handed in. */
export interface SealSuite {
  readonly aead: AeadSync;
  readonly hkdf: HkdfSync;
}

export interface SealedFrame {
  /** `head ‖ bytes` in one buffer, fresh: nobody else holds it. */
  readonly message: Uint8Array<ArrayBuffer>;
  /** The sealed bytes: a view into `message`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly epoch: Epoch;
  readonly kid: KeyId;
  readonly ctr: number;
  readonly gopCtr: number;
  readonly keyframe: boolean;
  /** As sealed: `unit.captureUs`, raised where the clock had stepped back. */
  readonly captureUs: Micros;
}

interface Current {
  readonly epoch: Epoch;
  readonly kid: KeyId;
  readonly kidBytes: Uint8Array;
  readonly ctx: Uint8Array;
  readonly salt: Uint8Array;
  readonly seal: SealUnder;
  readonly head: Uint8Array;
}

const NO_HEAD = new Uint8Array(0);

/**
 * The counter belongs to this object and to nothing else: a lost Sealer means a new session (SEALING.md, Rotation).
 * Two Sealers of one track and session would repeat nonces: never make a second one.
 */
export class Sealer {
  readonly track: Track;
  readonly sessionId: SessionId;
  readonly #suite: SealSuite;
  #current: Current | undefined;
  readonly #counter = new Counter();
  #gopCtr: number | undefined;
  #lastCaptureUs = 0;

  constructor(track: Track, sessionId: SessionId, suite: SealSuite) {
    this.track = { homeId: track.homeId, cameraId: track.cameraId, streamId: track.streamId };
    this.sessionId = sessionId;
    this.#suite = suite;
  }

  /** The CTR the next frame gets. */
  get nextCtr(): number {
    return this.#counter.next;
  }

  /** CTR of the keyframe that deltas hang on now; `undefined` until there is one. */
  get gopCtr(): number | undefined {
    return this.#gopCtr;
  }

  get epoch(): Epoch | undefined {
    return this.#current?.epoch;
  }

  /**
   * From now on frames are sealed under this epoch; the counter goes on. Good in mid-GOP.
   * @param secret the camera's epoch secret, 32 random bytes
   * @param head what the sender puts before each frame of this epoch (an envelope's head), so that a frame and its place on the
   *   wire are one buffer; it is neither sealed nor authenticated
   * @throws {SealcamError} `protocol.unexpected` for an epoch that does not rise
   */
  rekey(epoch: Epoch, secret: Uint8Array, head: Uint8Array = NO_HEAD): void {
    if (this.#current !== undefined && epoch <= this.#current.epoch) {
      throw new SealcamError('protocol.unexpected', 'the epoch of a sealer must rise');
    }
    const context = { ...this.track, epoch, sessionId: this.sessionId };
    const keys = deriveSealKeys(context, secret, this.#suite.hkdf);
    const ctx = contextBytes(context);
    this.#current = {
      epoch,
      kid: keys.kid,
      kidBytes: fromHex(keys.kid),
      ctx,
      salt: keys.salt,
      seal: this.#suite.aead(keys.key),
      head,
    };
  }

  /** Forgets the key: nothing is sealed until the next `rekey`. For the tick in which a roster changes. */
  stop(): void {
    this.#current = undefined;
  }

  /**
   * Seals one unit. The counter is taken before the cipher is called and stays taken if it fails; after a failure deltas
   * are refused until the next keyframe.
   * @throws {SealcamError} `seal.exhausted` at 2^40 frames, `protocol.too-large` above `LIMITS.accessUnitBytes`,
   *   `protocol.unexpected` without a key, for an empty unit, a time out of range, or a delta without its keyframe
   */
  seal(unit: PlainUnit): SealedFrame {
    const current = this.#current;
    if (current === undefined) throw new SealcamError('protocol.unexpected', 'no epoch to seal under');
    this.#check(unit);
    const ctr = this.#counter.take();
    const gopCtr = unit.keyframe ? ctr : (this.#gopCtr ?? 0);
    this.#gopCtr = undefined;
    const captureUs = this.#monotonic(unit.captureUs);
    const message = this.#encode(current, { ...unit, captureUs }, ctr, gopCtr);
    this.#gopCtr = gopCtr;
    const { epoch, kid, head } = current;
    const bytes = message.subarray(head.length);
    return { message, bytes, epoch, kid, ctr, gopCtr, keyframe: unit.keyframe, captureUs };
  }

  #check(unit: PlainUnit): void {
    const configBytes = unit.config?.length ?? 0;
    if (unit.unit.length > LIMITS.accessUnitBytes || configBytes > 0xffff) throw new SealcamError('protocol.too-large');
    if (!Number.isSafeInteger(unit.captureUs) || unit.captureUs < 0 || !isU32(unit.durationUs)) {
      throw new SealcamError('protocol.unexpected', 'a time that has no encoding');
    }
    if (unit.unit.length === 0) throw new SealcamError('protocol.unexpected', 'an empty access unit');
    if (unit.keyframe) return;
    const alone = this.track.streamId !== STREAM.main && this.track.streamId !== STREAM.sub;
    if (alone || unit.config !== undefined || this.#gopCtr === undefined) {
      throw new SealcamError('protocol.unexpected', 'a delta without its keyframe');
    }
  }

  /** Capture time never falls within a session, and rises strictly where a decoder tells frames apart by it. */
  #monotonic(captureUs: Micros): Micros {
    const cached = this.track.streamId === STREAM.still || this.track.streamId === STREAM.state;
    this.#lastCaptureUs = Math.max(captureUs, this.#lastCaptureUs + (cached ? 0 : 1));
    return micros(this.#lastCaptureUs);
  }

  #encode(current: Current, unit: PlainUnit, ctr: number, gopCtr: number): Uint8Array<ArrayBuffer> {
    const marks = { flags: flagsOf(unit), gopCtr };
    const front = encodeSealedFront(current.kidBytes, marks, ctr);
    const aad = additionalData(front.subarray(MARK_BYTES), current.ctx, marks);
    const plain = plainParts(unit, paddingFor(this.track.streamId, unit.unit.length));
    const sealed = current.seal(frameNonce(current.salt, ctr), aad, plain);
    const message = concat(current.head, front, ...sealed);
    for (const part of sealed) letGo(part);
    return message;
  }
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
