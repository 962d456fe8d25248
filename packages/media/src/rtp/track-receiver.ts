/** RTP packets of one track in, whole access units out (step 2 of the path). State machine: no socket, no clock. */
import type { AccessUnit } from '../access-unit.ts';
import type { TrackDescription } from '../track.ts';
import type { Assembler, TimedUnit } from './assembler.ts';
import { AudioAssembler } from './audio-assembler.ts';
import { CaptureClock } from './capture-clock.ts';
import { PacketOrder, type OrderedPacket } from './packet-order.ts';
import { parseRtpPacket, type RtpPacket } from './packet.ts';
import { VideoAssembler } from './video-assembler.ts';

export interface ReceiverOptions {
  /** True for UDP: packets may come out of order and are held for a moment. False (TCP): a gap is a loss at once. */
  readonly reorder?: boolean;
  /** captureUs of the last unit of the receiver before this one (reconnect): times go on rising from there. */
  readonly afterUs?: number;
}

export interface ReceiverStats {
  /** Packets taken, packets that were not RTP of this track, packets missing. */
  readonly packets: number;
  readonly ignored: number;
  readonly lost: number;
  /** The camera's clock contradicts the arrival of its pictures, and is not used. */
  readonly ignoresClock: boolean;
  /** Units handed on; units dropped because bytes were missing, too large, or no keyframe had come yet. */
  readonly units: number;
  readonly dropped: number;
  /** Of the dropped: those that were not whole themselves. */
  readonly broken: number;
}

/** A duration above this is a pause, not a frame. */
const LONGEST_DURATION_US = 10_000_000;

/** Hostile packets cost at most a unit: `push` never throws. */
export class TrackReceiver {
  readonly track: TrackDescription;
  readonly #reorder: boolean;
  readonly #assembler: Assembler;
  readonly #clock: CaptureClock;
  #order: PacketOrder;
  #ssrc: number | undefined;
  /** UDP: the first packet of another sender; it needs a second in sequence (RFC 3550, A.1). */
  #probation: { readonly ssrc: number; readonly next: number } | undefined;
  #senderChanged = false;
  #lastTimestamp: number | undefined;
  #packets = 0;
  #ignored = 0;
  #lost = 0;
  #units = 0;

  constructor(track: TrackDescription, { reorder = false, afterUs = 0 }: ReceiverOptions = {}) {
    this.track = track;
    this.#reorder = reorder;
    this.#assembler = track.media === 'video' ? new VideoAssembler(track) : new AudioAssembler(track);
    this.#clock = new CaptureClock(track.clockRate, afterUs);
    this.#order = new PacketOrder(reorder);
  }

  get stats(): ReceiverStats {
    const { dropped, broken } = this.#assembler;
    const counts = { packets: this.#packets, ignored: this.#ignored, lost: this.#lost, units: this.#units };
    return { ...counts, dropped, broken, ignoresClock: this.#clock.isIgnored };
  }

  /**
   * @param bytes one RTP packet; may be reused by the caller afterwards
   * @param nowUs the agent's Unix time in microseconds at its arrival
   * @returns the units that became whole, in order; mostly none or one
   */
  push(bytes: Uint8Array, nowUs: number): AccessUnit[] {
    const packet = parseRtpPacket(bytes);
    if (packet === undefined || packet.payloadType !== this.track.payloadType || !this.#isOurSender(packet)) {
      this.#ignored += 1;
      return [];
    }
    this.#packets += 1;
    return this.#assemble(this.#order.push(packet, nowUs));
  }

  /** Whether `poll` may have something to give later, without a packet more. */
  get isPending(): boolean {
    return this.#order.isWaiting || this.#assembler.isPending;
  }

  /** Gives up on packets that are overdue, and on more of a picture that says that it is whole. Worth calling while `isPending`. */
  poll(nowUs: number): AccessUnit[] {
    const units = this.#assemble(this.#order.poll(nowUs));
    // What waits behind a gap says that more belongs to the picture.
    if (this.#order.isWaiting) return units;
    for (const unit of this.#assembler.poll(nowUs)) units.push(this.#counted(unit));
    return units;
  }

  /** The agent's wall clock was set (a new session): the next unit is anchored anew, earlier times no longer bind. */
  resetClock(): void {
    this.#clock.reset(0);
  }

  /** On TCP whoever sends is the camera. On UDP a lone packet with another SSRC may be anyone's. */
  #isOurSender({ ssrc, sequence }: RtpPacket): boolean {
    if (this.#ssrc === undefined || this.#ssrc === ssrc) {
      this.#ssrc = ssrc;
      return true;
    }
    const confirmed = this.#probation?.ssrc === ssrc && this.#probation.next === sequence;
    if (this.#reorder && !confirmed) {
      this.#probation = { ssrc, next: (sequence + 1) & 0xffff };
      return false;
    }
    this.#probation = undefined;
    this.#ssrc = ssrc;
    this.#order = new PacketOrder(this.#reorder);
    this.#senderChanged = true;
    this.#clock.reset();
    return true;
  }

  #assemble(due: readonly OrderedPacket[]): AccessUnit[] {
    const units: AccessUnit[] = [];
    for (const ordered of due) {
      const packet = this.#senderChanged ? { ...ordered, gap: -1 } : ordered;
      this.#senderChanged = false;
      this.#lost += Math.max(packet.gap, 0);
      for (const unit of this.#assembler.push(packet)) units.push(this.#counted(unit));
    }
    return units;
  }

  #counted(unit: TimedUnit): AccessUnit {
    this.#units += 1;
    return this.#stamp(unit);
  }

  #stamp(unit: TimedUnit): AccessUnit {
    const { keyframe, data, config, discontinuity } = unit;
    const captureUs = this.#clock.captureUs(unit.timestamp, unit.arrivalUs);
    const ticks = unit.ticks ?? this.#ticksSinceLast(unit.timestamp);
    const durationUs = Math.round((ticks * 1_000_000) / this.track.clockRate);
    return {
      codec: this.track.codec,
      keyframe,
      captureUs,
      durationUs: durationUs > LONGEST_DURATION_US ? 0 : durationUs,
      data,
      ...(config && { config }),
      discontinuity,
    };
  }

  /** The next picture has not come yet; the step to the last one is the best guess of how long this one lasts. */
  #ticksSinceLast(timestamp: number): number {
    const step = this.#lastTimestamp === undefined ? 0 : (timestamp - this.#lastTimestamp) | 0;
    this.#lastTimestamp = timestamp;
    return Math.max(step, 0);
  }
}
