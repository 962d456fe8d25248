/** Packets in order to whole pictures: what is incomplete is dropped, and then everything until the next keyframe. */
import { PictureBuilder } from '../picture-builder.ts';
import type { VideoTrack } from '../track.ts';
import type { Assembler, TimedUnit } from './assembler.ts';
import { H264Depacketizer } from './depacketize-h264.ts';
import { H265Depacketizer } from './depacketize-h265.ts';
import { NalBuffer } from './nal-buffer.ts';
import type { OrderedPacket } from './packet-order.ts';

interface OpenUnit {
  readonly timestamp: number;
  readonly arrivalUs: number;
  /** A unit with this timestamp was handed on before, at a marker. */
  readonly again: boolean;
  /** Packets are missing right before it; they may have been its parameter sets. */
  readonly afterGap: boolean;
}

export class VideoAssembler implements Assembler {
  readonly #builder: PictureBuilder;
  readonly #depacketizer: H264Depacketizer | H265Depacketizer;
  readonly #nals = new NalBuffer();
  #open: OpenUnit | undefined;
  #emitted: number | undefined;
  /** Some cameras mark every slice; then only a new timestamp ends a unit, one frame later. */
  #trustMarker = true;
  /** Keyframes of this camera bring their parameter sets: one without them lost them. */
  #setsInStream = false;
  #waiting = true;
  #discontinuity = true;
  #dropped = 0;

  constructor(track: VideoTrack) {
    this.#builder = new PictureBuilder(track.codec, track.parameterSets);
    this.#depacketizer = track.codec === 'h264' ? new H264Depacketizer() : new H265Depacketizer(track.donPresent);
  }

  get dropped(): number {
    return this.#dropped;
  }

  push({ packet, arrivalUs, gap }: OrderedPacket): TimedUnit[] {
    const out: TimedUnit[] = [];
    if (gap !== 0) this.#lose();
    if (this.#open !== undefined && this.#open.timestamp !== packet.timestamp) out.push(...this.#finish());
    if (this.#open === undefined) this.#begin(packet.timestamp, arrivalUs, gap !== 0);
    this.#depacketizer.push(packet.payload, this.#nals);
    if (packet.marker && this.#trustMarker) out.push(...this.#finish());
    return out;
  }

  #begin(timestamp: number, arrivalUs: number, afterGap: boolean): void {
    this.#open = { timestamp, arrivalUs, again: timestamp === this.#emitted, afterGap };
    this.#nals.clear();
    this.#depacketizer.reset();
  }

  /** Packets are missing: the open unit lacks something, and every delta from here on hangs on a picture that may. */
  #lose(): void {
    this.#waiting = true;
    this.#discontinuity = true;
    if (this.#open !== undefined) this.#nals.damage();
  }

  #finish(): TimedUnit[] {
    const open = this.#open;
    if (open === undefined) return [];
    this.#open = undefined;
    if (this.#nals.damaged) {
      this.#builder.learn(this.#nals.nals());
      return this.#drop();
    }
    const built = this.#builder.build(this.#nals.nals());
    if (built.kind === 'empty') return [];
    if (built.kind === 'headless' && open.again) this.#trustMarker = false;
    if (built.kind !== 'picture') return this.#drop();
    if (this.#waiting && !built.keyframe) return this.#drop();
    if (built.keyframe && open.afterGap && this.#setsInStream && !built.ownSets) return this.#drop();
    this.#setsInStream ||= built.ownSets;
    const discontinuity = this.#discontinuity || built.changed;
    this.#waiting = false;
    this.#discontinuity = false;
    this.#emitted = open.timestamp;
    const { timestamp, arrivalUs } = open;
    const { keyframe, data, config } = built;
    return [{ timestamp, arrivalUs, keyframe, data, ...(config && { config }), discontinuity }];
  }

  #drop(): TimedUnit[] {
    this.#dropped += 1;
    this.#waiting = true;
    this.#discontinuity = true;
    return [];
  }
}
