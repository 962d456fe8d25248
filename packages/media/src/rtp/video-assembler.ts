/** Packets in order to whole pictures: what is incomplete is dropped, and then everything until the next keyframe. */
import { takeApart } from '../annex-b.ts';
import type { NalRules } from '../nal-rules.ts';
import { PictureBuilder } from '../picture-builder.ts';
import { rulesOf } from '../rules-of.ts';
import type { VideoTrack } from '../track.ts';
import type { Assembler, TimedUnit } from './assembler.ts';
import { NalDepacketizer } from './depacketize-nal.ts';
import { NalBuffer } from './nal-buffer.ts';
import type { OrderedPacket } from './packet-order.ts';
import type { RtpPacket } from './packet.ts';

/** A marked unit whose marker is not proven, or is known to be wrong, is whole when nothing has come for so long. */
const MARKED_US = { unproven: 300_000, wrong: 1_000_000, right: 0 } as const;
/** Two fields of one picture share a timestamp; a third first slice says that the camera's timestamps stand still. */
const FIELDS = 2;

interface OpenUnit {
  readonly timestamp: number;
  readonly arrivalUs: number;
  /** A unit with this timestamp was handed on before, at a marker. */
  readonly again: boolean;
  /** Packets are missing right before it; they may have been its parameter sets. */
  readonly afterGap: boolean;
  hasSlice: boolean;
  firstSlices: number;
  /** A packet of it said that it is the last one. */
  isMarked: boolean;
  lastUs: number;
}

export class VideoAssembler implements Assembler {
  readonly #rules: NalRules;
  readonly #builder: PictureBuilder;
  readonly #depacketizer: NalDepacketizer;
  readonly #nals = new NalBuffer();
  #open: OpenUnit | undefined;
  #emitted: number | undefined;
  /**
   * What the marker is worth. Some cameras set it on every slice, and some never: until a picture has come whose next one shows that the
   * marker was right, only the next one ends it (first_mb_in_slice, first_slice_segment_in_pic_flag), or a moment without a packet.
   */
  #marker: keyof typeof MARKED_US = 'unproven';
  /** The last unit was handed on because nothing more came. */
  #endedByTime = false;
  #wasEverMarked = false;
  #timeStands = false;
  /** Keyframes of this camera bring their parameter sets: one without them lost them. */
  #setsInStream = false;
  #waiting = true;
  #discontinuity = true;
  #dropped = 0;

  constructor(track: VideoTrack) {
    this.#rules = rulesOf(track.codec);
    this.#builder = new PictureBuilder(track.codec, track.parameterSets);
    this.#depacketizer = new NalDepacketizer(track.codec, track.donPresent);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Whether a picture waits for the proof that it is whole: `poll` gives it after a moment. */
  get isPending(): boolean {
    return this.#open?.isMarked === true;
  }

  push({ packet, arrivalUs, gap }: OrderedPacket): TimedUnit[] {
    const out: TimedUnit[] = [];
    if (gap !== 0) this.#lose();
    const nal = this.#depacketizer.beginning(packet.payload);
    if (this.#open !== undefined && this.#endsBefore(this.#open, packet, nal)) out.push(...this.#finish());
    else if (this.#endedByTime && gap === 0 && nal !== undefined) this.#prove(this.#rules.beginsPicture(nal));
    this.#endedByTime = false;
    const open = (this.#open ??= this.#begin(packet.timestamp, arrivalUs, gap !== 0));
    this.#note(open, nal, arrivalUs);
    this.#depacketizer.push(packet.payload, this.#nals);
    if (!packet.marker) return out;
    this.#wasEverMarked = true;
    open.isMarked = true;
    // Some mark each of the parameter sets as well: they belong to what follows.
    if (this.#marker === 'right' && this.#hasSlice(open)) out.push(...this.#finish());
    return out;
  }

  poll(nowUs: number): TimedUnit[] {
    const open = this.#open;
    if (open?.isMarked !== true || Math.abs(nowUs - open.lastUs) < MARKED_US[this.#marker]) return [];
    this.#endedByTime = open.hasSlice;
    return this.#finish();
  }

  /** @param isRight what came after a marked picture begins another one */
  #prove(isRight: boolean): void {
    if (this.#marker === 'unproven') this.#marker = isRight ? 'right' : 'wrong';
  }

  #begin(timestamp: number, arrivalUs: number, afterGap: boolean): OpenUnit {
    this.#nals.clear();
    this.#depacketizer.reset();
    const again = timestamp === this.#emitted;
    return {
      timestamp,
      arrivalUs,
      again,
      afterGap,
      hasSlice: false,
      firstSlices: 0,
      isMarked: false,
      lastUs: arrivalUs,
    };
  }

  /** @param nal as far as it is here; undefined: more of the one before */
  #note(open: OpenUnit, nal: Uint8Array | undefined, arrivalUs: number): void {
    open.lastUs = arrivalUs;
    if (nal === undefined) return;
    open.hasSlice ||= this.#rules.isSlice(nal);
    if (!this.#rules.isFirstSlice(nal)) return;
    open.firstSlices += 1;
    if (open.firstSlices <= FIELDS || this.#wasEverMarked) return;
    this.#timeStands = true;
    this.#nals.damage();
  }

  #endsBefore(open: OpenUnit, { timestamp }: RtpPacket, nal: Uint8Array | undefined): boolean {
    const isNewTime = timestamp !== open.timestamp;
    const isDue = open.isMarked || this.#timeStands;
    const hasSlice = isDue && this.#hasSlice(open);
    const begins = nal !== undefined && this.#rules.beginsPicture(nal);
    if (open.isMarked && hasSlice && nal !== undefined) this.#prove(isNewTime || begins);
    return isNewTime || (isDue && hasSlice && begins);
  }

  /** An aggregate, or one unit with start codes, begins with parameter sets and may hold slices. */
  #hasSlice(open: OpenUnit): boolean {
    open.hasSlice ||= this.#nals.nals().flatMap(takeApart).some(this.#rules.isSlice);
    return open.hasSlice;
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
    this.#depacketizer.end(this.#nals);
    if (this.#nals.damaged) {
      this.#builder.learn(this.#nals.nals());
      return this.#drop();
    }
    const built = this.#builder.build(this.#nals.nals());
    if (built.kind === 'empty') return [];
    if (built.kind === 'headless' && open.again && !open.afterGap) this.#marker = 'wrong';
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
