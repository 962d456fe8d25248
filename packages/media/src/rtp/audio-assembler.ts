/** Packets in order to whole audio frames: PCMU and PCMA (RFC 3551), Opus (RFC 7587), AAC (RFC 3640, AAC-hbr and AAC-lbr). */
import { aacFrameTicks } from '../aac-config.ts';
import { MEDIA_LIMITS } from '../media-limits.ts';
import type { AudioTrack } from '../track.ts';
import type { Assembler, TimedUnit } from './assembler.ts';
import { AacDepacketizer } from './depacketize-aac.ts';
import { opusTicks } from './opus-duration.ts';
import type { OrderedPacket } from './packet-order.ts';

export class AudioAssembler implements Assembler {
  readonly #track: AudioTrack;
  readonly #aac: AacDepacketizer | undefined;
  #discontinuity = true;
  #dropped = 0;

  constructor(track: AudioTrack) {
    this.#track = track;
    this.#aac = track.auHeader && new AacDepacketizer(track.auHeader);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** No frame hangs on another one. */
  get broken(): number {
    return this.#dropped;
  }

  /** A frame is whole when its packet is. */
  readonly isPending = false;

  poll(): TimedUnit[] {
    return [];
  }

  push({ packet, arrivalUs, gap }: OrderedPacket): TimedUnit[] {
    if (gap !== 0) {
      this.#discontinuity = true;
      this.#aac?.reset();
    }
    if (packet.payload.length === 0) return [];
    const frames =
      this.#aac === undefined ? [packet.payload] : this.#aac.push(packet.payload, packet.timestamp, packet.marker);
    if (frames === 'damaged' || frames.some((frame) => frame.length > MEDIA_LIMITS.audioFrameBytes)) {
      this.#dropped += 1;
      this.#discontinuity = true;
      return [];
    }
    let ahead = 0;
    return frames.map((frame) => {
      const ticks = this.#ticksOf(frame);
      const timestamp = (packet.timestamp + ahead) >>> 0;
      ahead += ticks;
      return this.#unit(frame, { timestamp, arrivalUs, ticks });
    });
  }

  #unit(frame: Uint8Array, time: { timestamp: number; arrivalUs: number; ticks: number }): TimedUnit {
    const discontinuity = this.#discontinuity;
    this.#discontinuity = false;
    return {
      ...time,
      keyframe: true,
      // A copy even of a Buffer, whose `slice` is a view of what is read into next.
      data: Uint8Array.from(frame),
      config: this.#track.config,
      discontinuity,
    };
  }

  #ticksOf(frame: Uint8Array): number {
    const { config, clockRate } = this.#track;
    if (config.codec === 'aac') return aacFrameTicks(config, clockRate);
    if (config.codec === 'opus') return opusTicks(frame);
    return Math.floor(frame.length / config.channels);
  }
}
