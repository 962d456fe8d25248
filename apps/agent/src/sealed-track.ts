/**
 * Steps 3 and 4 of the path for one stream of one camera: the sealer, the sealed bytes of the current GOP, and the units that
 * wait while new keys are made.
 */
import {
  encodeEnvelope,
  encodeEnvelopeHead,
  SealcamError,
  STREAM,
  type Epoch,
  type SessionId,
  type Track,
} from '@sealcam/protocol';
import { Sealer, type PlainUnit, type SealedFrame } from '@sealcam/seal';
import { KeptGop } from './kept-gop.ts';
import { NODE_SUITE } from './node-aead.ts';
import type { SealedCounters } from './sealed-counters.ts';

/** While wraps are built units wait at most this long, then the track drops to a keyframe (SEALING.md, Rotation). */
export const HOLD_MS = 1_000;
/** A second of a camera at 128 Mbit/s; more is dropped to a keyframe. */
const HOLD_BYTES = 16 * 1024 * 1024;

export class SealedTrack {
  readonly track: Track;
  readonly #sealer: Sealer;
  readonly #clock: () => number;
  readonly #counters: Pick<SealedCounters, 'sealed'> | undefined;
  readonly #kept = new KeptGop();
  #held: PlainUnit[] = [];
  #heldBytes = 0;
  #stoppedAtMs: number | undefined;
  /** Deltas are of no use until the next keyframe: something before them was dropped. */
  #lost = false;

  /** One a (camera, stream, session), ever: two would repeat nonces. @param monotonicMs never jumps. @param counters told of each frame */
  constructor(track: Track, session: SessionId, monotonicMs: () => number, counters?: Pick<SealedCounters, 'sealed'>) {
    this.track = track;
    this.#sealer = new Sealer(track, session, NODE_SUITE);
    this.#clock = monotonicMs;
    this.#counters = counters;
    // The first keys are being made while the first picture comes.
    this.#stoppedAtMs = monotonicMs();
  }

  get sessionId(): SessionId {
    return this.#sealer.sessionId;
  }

  /** What a liveness answer says of this track; undefined while it has no key or sealed nothing yet. */
  get newest(): { readonly epoch: Epoch; readonly nextCtr: number; readonly gopCtr: number } | undefined {
    const { epoch, nextCtr, gopCtr } = this.#sealer;
    return epoch === undefined || gopCtr === undefined ? undefined : { epoch, nextCtr, gopCtr };
  }

  /** Whether a key is there: stills and states are sealed again at once when it comes. */
  get hasKey(): boolean {
    return this.#sealer.epoch !== undefined;
  }

  /**
   * @returns the unit, ready to be sealed now; nothing while it waits for keys or for a keyframe
   */
  admit(unit: PlainUnit): readonly PlainUnit[] {
    if (this.#lost && !unit.keyframe) return [];
    const admitted = this.#lost ? { ...unit, discontinuity: true } : unit;
    this.#lost = false;
    if (this.hasKey) return [admitted];
    this.#hold(admitted);
    return [];
  }

  /**
   * @returns the frame, its `message` a whole envelope; undefined for a unit that cannot be sealed: the track goes on at the next
   *   keyframe
   */
  seal(unit: PlainUnit): SealedFrame | undefined {
    try {
      const frame = this.#sealer.seal(unit);
      this.#counters?.sealed(frame.kid, frame.ctr);
      return frame;
    } catch (error) {
      // An exhausted counter must reach the one who can begin a new session.
      if (!(error instanceof SealcamError) || error.code === 'seal.exhausted') throw error;
      this.#lose();
      return undefined;
    }
  }

  keep(frame: SealedFrame): void {
    if (this.track.streamId > STREAM.audio) return;
    this.#kept.append(frame.epoch, frame.bytes, frame.keyframe);
  }

  /** For one join: the current GOP, or nothing when a rotation or a gap has emptied it. */
  replay(joinId: number): readonly Uint8Array[] {
    return this.#kept.frames.map(({ epoch, bytes }) => encodeEnvelope({ ...this.track, epoch, joinId, sealed: bytes }));
  }

  /** From this tick on nothing is sealed, and nothing sealed before is sent again. */
  stop(): void {
    this.#sealer.stop();
    this.#kept.clear();
    this.#stoppedAtMs ??= this.#clock();
  }

  /** @returns what waited, in order, to be sealed now */
  rekey(epoch: Epoch, secret: Uint8Array): readonly PlainUnit[] {
    this.#sealer.rekey(epoch, secret, encodeEnvelopeHead({ ...this.track, epoch, joinId: undefined }));
    const held = this.#waitedTooLong() ? [] : this.#held;
    if (held.length < this.#held.length) this.#lose();
    this.#clearHeld();
    this.#stoppedAtMs = undefined;
    return held;
  }

  /** The source stopped (privacy, no viewers): nothing of it is held, kept or waits. */
  forget(): void {
    this.#lose();
  }

  #hold(unit: PlainUnit): void {
    // Stills and states: the one who made them seals the newest again at the rekey.
    if (this.track.streamId > STREAM.audio || this.#stoppedAtMs === undefined) return this.#lose();
    if (this.#waitedTooLong() || this.#heldBytes + unit.unit.length > HOLD_BYTES) return this.#lose();
    this.#held.push(unit);
    this.#heldBytes += unit.unit.length;
  }

  #waitedTooLong(): boolean {
    return this.#stoppedAtMs !== undefined && this.#clock() - this.#stoppedAtMs > HOLD_MS;
  }

  #lose(): void {
    this.#clearHeld();
    this.#kept.clear();
    this.#lost = true;
  }

  #clearHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}
