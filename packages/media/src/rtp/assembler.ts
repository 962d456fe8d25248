/** What stands between packets in order and access units; video-assembler.ts and audio-assembler.ts have this shape. */
import type { CodecConfig } from '../codec-config.ts';
import type { OrderedPacket } from './packet-order.ts';

/** An access unit that has its RTP time but not yet the agent's. */
export interface TimedUnit {
  readonly timestamp: number;
  /** Unix microseconds when its first packet came. */
  readonly arrivalUs: number;
  /** Length in ticks where the codec says so (audio). */
  readonly ticks?: number;
  readonly keyframe: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly config?: CodecConfig;
  readonly discontinuity: boolean;
}

export interface Assembler {
  /** Never throws for what a packet holds. */
  push(ordered: OrderedPacket): TimedUnit[];
  /** What is whole because nothing more came. @param nowUs as `arrivalUs` */
  poll(nowUs: number): TimedUnit[];
  /** Whether `poll` may have something to give. */
  readonly isPending: boolean;
  /** Units given up so far, and those of them that were not whole. */
  readonly dropped: number;
  readonly broken: number;
}
