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

/** A marked unit whose marker is not proven, or is known to be wrong, or stands within a fragmented NAL unit, is whole when nothing has come for so long. */
const MARKED_US = { unproven: 300_000, wrong: 1_000_000, right: 0 } as const;
/** Two fields of one picture share a timestamp; a third first slice says that the camera's timestamps stand still. */
const FIELDS = 2;

interface OpenUnit {
  /** Of its first packet with a slice: some stamp parameter sets, or each packet, anew. */
  timestamp: number;
  arrivalUs: number;
  /** A unit with this timestamp was handed on before, at a marker. */
  readonly again: boolean;
  /** Packets are missing right before it; they may have been its parameter sets. */
  readonly afterGap: boolean;
  hasSlice: boolean;
  /** So many NAL units are known to be no slices. */
  looked: number;
  firstSlices: number;
  /** A packet with a slice, or one behind it, said that it is the last one. */
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
  #broken = 0;

  constructor(track: VideoTrack) {
    this.#rules = rulesOf(track.codec);
    this.#builder = new PictureBuilder(track.codec, track.parameterSets);
    this.#depacketizer = new NalDepacketizer(track.codec, track.donPresent);
  }

  get dropped(): number {
    return this.#dropped;
  }

  get broken(): number {
    return this.#broken;
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
    if (!this.#hasSlice(open)) [open.timestamp, open.arrivalUs] = [packet.timestamp, arrivalUs];
    this.#note(open, nal, arrivalUs);
    this.#depacketizer.push(packet.payload, this.#nals);
    if (!packet.marker) return out;
    this.#wasEverMarked = true;
    // Some mark each of the parameter sets as well: they belong to what follows.
    open.isMarked ||= this.#hasSlice(open);
    if (this.#marker === 'right' && open.isMarked && !this.#depacketizer.awaitsEnd) out.push(...this.#finish());
    return out;
  }

  poll(nowUs: number): TimedUnit[] {
    const open = this.#open;
    if (open?.isMarked !== true) return [];
    const waitUs = MARKED_US[this.#depacketizer.awaitsEnd ? 'wrong' : this.#marker];
    if (Math.abs(nowUs - open.lastUs) < waitUs) return [];
    this.#endedByTime = true;
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
      looked: 0,
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
    const isNewTime = timestamp !== open.timestamp && !this.#goesOn(open, nal);
    const isDue = open.isMarked || (this.#timeStands && this.#hasSlice(open));
    const begins = nal !== undefined && this.#rules.beginsPicture(nal);
    if (open.isMarked && nal !== undefined && this.#isWhole(open)) this.#prove(isNewTime || begins);
    return isNewTime || (isDue && begins);
  }

  /** Under another timestamp: what stands before the first slice, more of a fragment, another slice. Where something is missing nobody knows. */
  #goesOn(open: OpenUnit, nal: Uint8Array | undefined): boolean {
    if (this.#nals.isSpoiled || (open.isMarked && this.#marker !== 'wrong')) return false;
    return !this.#hasSlice(open) || nal === undefined || !this.#rules.beginsPicture(nal);
  }

  /** An aggregate, or one unit with start codes, begins with parameter sets and may hold slices. */
  #hasSlice(open: OpenUnit): boolean {
    if (!open.hasSlice) {
      const nals = this.#nals.nals(open.looked);
      open.looked += nals.length;
      open.hasSlice = nals.flatMap(takeApart).some(this.#rules.isSlice);
    }
    return open.hasSlice;
  }

  /** Of a picture that lacks something, its beginning too, the true end may be what is missing: it proves nothing. */
  #isWhole(open: OpenUnit): boolean {
    if (this.#marker !== 'unproven' || open.afterGap || this.#nals.isSpoiled) return false;
    const slice = this.#nals.nals().flatMap(takeApart).find(this.#rules.isSlice);
    return open.firstSlices > 0 || (slice !== undefined && this.#rules.isFirstSlice(slice));
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
      return this.#drop(true);
    }
    const built = this.#builder.build(this.#nals.nals());
    if (built.kind === 'empty') return [];
    if (built.kind === 'headless' && open.again && !open.afterGap) this.#marker = 'wrong';
    if (built.kind !== 'picture') return this.#drop(true);
    if (this.#waiting && !built.keyframe) return this.#drop(false);
    if (built.keyframe && open.afterGap && this.#setsInStream && !built.ownSets) return this.#drop(true);
    this.#setsInStream ||= built.ownSets;
    const discontinuity = this.#discontinuity || built.changed;
    this.#waiting = false;
    this.#discontinuity = false;
    this.#emitted = open.timestamp;
    const { timestamp, arrivalUs } = open;
    const { keyframe, data, config } = built;
    return [{ timestamp, arrivalUs, keyframe, data, ...(config && { config }), discontinuity }];
  }

  #drop(isBroken: boolean): TimedUnit[] {
    this.#dropped += 1;
    if (isBroken) this.#broken += 1;
    this.#waiting = true;
    this.#discontinuity = true;
    return [];
  }
}
