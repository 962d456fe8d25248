/** RTP packets of one track in, whole access units out (step 2 of the path). State machine: no socket, no clock. */
import type { AccessUnit } from '../access-unit.ts';
import type { TrackDescription } from '../sdp.ts';

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
  /** Units handed on; units dropped because bytes were missing, too large, or no keyframe had come yet. */
  readonly units: number;
  readonly dropped: number;
}

/** Hostile packets cost at most a unit: `push` never throws. */
export declare class TrackReceiver {
  constructor(track: TrackDescription, options?: ReceiverOptions);
  readonly track: TrackDescription;
  get stats(): ReceiverStats;
  /**
   * @param packet one RTP packet; may be reused by the caller afterwards
   * @param nowUs the agent's Unix time in microseconds at its arrival
   * @returns the units that became whole, in order; mostly none or one
   */
  push(packet: Uint8Array, nowUs: number): AccessUnit[];
  /** UDP: gives up on packets that are overdue. Worth calling when nothing has come for some 50 ms. */
  poll(nowUs: number): AccessUnit[];
}
