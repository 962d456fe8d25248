/** Pictures of the clip as a camera could send them: packed in any way, marked and timed by one habit, and what of them was lost. */
import { splitAnnexB, type VideoCodec } from '@sealcam/media';
import { aggregate, clipOf, fragments } from '../cameras/odd-camera.ts';
import { rulesOf } from '../../packages/media/src/rules-of.ts';
import type { Random } from './fuzz.ts';

export const CODECS = ['h264', 'h265'] as const;
export const CLIPS = { h264: clipOf('h264'), h265: clipOf('h265') };
export const PAYLOAD_TYPE = 96;
/** Wall clock at which all begins. */
export const START_US = 1_795_000_000_000_000;
/** From picture to picture. */
export const STEP_US = 100_000;
export const STEP_TICKS = 9_000;

export interface SentPacket {
  readonly payload: Buffer;
  readonly marker: boolean;
  readonly timestamp: number;
  /** Counted from 0; the clip again and again. */
  readonly picture: number;
  /** How many packets of the camera came before. */
  readonly number: number;
}

/** Single units, aggregates and fragments, as it comes. @param most units of one aggregate */
export function packed(codec: VideoCodec, nals: readonly Buffer[], random: Random, most = 3): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < nals.length;) {
    const how = random.below(3);
    const count = how === 0 ? 1 + random.below(most) : 1;
    const some = nals.slice(at, at + count);
    const [nal = Buffer.alloc(0)] = some;
    if (how === 0) out.push(aggregate(codec, some, Buffer.alloc(random.below(2) * random.below(6))));
    else if (how === 1) out.push(...fragments(codec, nal, 20 + random.below(400)));
    else out.push(nal);
    at += count;
  }
  return out;
}

/** Payloads that are nobody's, and must cost nothing wherever they stand. */
export function stray(codec: VideoCodec, random: Random): Buffer {
  if (random.chance(3)) return Buffer.alloc(0);
  const rest = random.bytes(random.below(30));
  return Buffer.from(
    codec === 'h264' ? [random.pick([0, 30, 31]), 7, ...rest] : [(51 + random.below(13)) << 1, 1, 7, ...rest],
  );
}

export interface Habits {
  readonly marks: 'right' | 'all' | 'none';
  /** `rising`: each packet has its own. */
  readonly time: 'right' | 'standing' | 'rising';
  readonly strays: boolean;
}

/** Where each packet is marked and has a time of its own, nothing tells a slice from a picture. */
export function habits(random: Random): Habits {
  const marks = random.pick(['right', 'right', 'all', 'none'] as const);
  const time = random.pick(['right', 'right', 'standing', marks === 'all' ? 'right' : 'rising'] as const);
  return { marks, time, strays: random.chance(3) };
}

export function sentBy(codec: VideoCodec, pictures: number, habit: Habits, random: Random): SentPacket[] {
  const out: SentPacket[] = [];
  const fromTicks = random.next();
  for (let picture = 0; picture < pictures; picture += 1) {
    const nals = CLIPS[codec][picture % CLIPS[codec].length] ?? [];
    // Who marks all, and has all slices of a picture in one packet, is not known from one who marks the last packet.
    const payloads = packed(codec, nals, random, habit.marks === 'all' ? 1 : 3);
    for (const [at, payload] of payloads.entries()) {
      const rising = habit.time === 'rising' ? at : 0;
      const timestamp = (fromTicks + (habit.time === 'standing' ? 0 : picture * STEP_TICKS + rising)) >>> 0;
      const isLast = at === payloads.length - 1;
      const marker = habit.marks === 'all' || (habit.marks === 'right' && isLast);
      if (habit.strays && random.chance(8))
        out.push({ payload: stray(codec, random), marker: false, timestamp, picture, number: out.length });
      out.push({ payload, marker, timestamp, picture, number: out.length });
    }
  }
  return out;
}

export function rtp({ payload, marker, timestamp, number }: SentPacket, first: number, ssrc = 0x0dd): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8((marker ? 0x80 : 0) | PAYLOAD_TYPE, 1);
  head.writeUInt16BE((first + number) & 0xffff, 2);
  head.writeUInt32BE(timestamp, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, payload]);
}

/** What a decoder needs of a picture: a message beside it may be lost without harm. */
const slicesOf = (codec: VideoCodec, nals: readonly Uint8Array[]): string =>
  nals
    .filter(rulesOf(codec).isSlice)
    .map((nal) => Buffer.from(nal).toString('latin1'))
    .join('|');
const PICTURES = Object.fromEntries(
  CODECS.map((codec) => [codec, new Map(CLIPS[codec].map((nals, at) => [slicesOf(codec, nals), at]))]),
);

/** Which picture of the clip a unit is, whole and nothing else. @throws where it is none */
export function pictureOf(codec: VideoCodec, data: Uint8Array): number {
  const at = PICTURES[codec]?.get(slicesOf(codec, splitAnnexB(data)));
  if (at === undefined) throw new Error(`a unit of ${data.length} bytes that is no whole picture`);
  return at;
}

/** Whole pictures alone; the first and each after a break a keyframe; a delta only right behind the picture it hangs on. */
export class WholePictures {
  readonly #codec: VideoCodec;
  #last: number | undefined;
  count = 0;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  see(unit: { readonly keyframe: boolean; readonly discontinuity: boolean; readonly data: Uint8Array }): void {
    const at = pictureOf(this.#codec, unit.data);
    const clip = CLIPS[this.#codec].length;
    if ((this.#last === undefined || unit.discontinuity) && !unit.keyframe)
      throw new Error('a break without a keyframe');
    if (this.#last !== undefined && !unit.discontinuity && at !== (this.#last + 1) % clip)
      throw new Error(`picture ${at} right behind ${this.#last}, and no break`);
    this.#last = at;
    this.count += 1;
  }
}
