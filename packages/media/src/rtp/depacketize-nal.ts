/**
 * RTP payloads to NAL units, H.264 (RFC 6184, non-interleaved) and H.265 (RFC 7798): single units, aggregates, fragments. Both formats say
 * the same with other numbers, so there is one machine and two tables.
 *
 * What is whole is taken and what is not is dropped. A dropped piece spoils its picture only where it could have been part of one.
 * Sequence numbers tell what is lost (packet-order.ts), so that without a gap a fragment that never says that it ends is whole all the same.
 */
import type { VideoCodec } from '../codec.ts';
import type { NalRules } from '../nal-rules.ts';
import { rulesOf } from '../rules-of.ts';
import type { NalBuffer } from './nal-buffer.ts';

interface PayloadFormat {
  /** Of a NAL unit, and of the payload that carries one or several. */
  readonly headerBytes: number;
  readonly typeOf: (payload: Uint8Array) => number;
  readonly aggregate: number;
  readonly fragment: number;
  /** Types that are said to be nobody's: whoever sends them means nothing that belongs to a picture. */
  readonly isReserved: (type: number) => boolean;
  /** Of the NAL unit that a fragment belongs to. */
  readonly header: (payload: Uint8Array) => Uint8Array;
}

const FORMATS: Readonly<Record<VideoCodec, PayloadFormat>> = {
  h264: {
    headerBytes: 1,
    typeOf: (payload) => (payload[0] ?? 0) & 0x1f,
    aggregate: 24,
    fragment: 28,
    isReserved: (type) => type === 0 || type >= 30,
    header: ([indicator = 0, fu = 0]) => Uint8Array.of((indicator & 0xe0) | (fu & 0x1f)),
  },
  h265: {
    headerBytes: 2,
    typeOf: (payload) => ((payload[0] ?? 0) >> 1) & 0x3f,
    aggregate: 48,
    fragment: 49,
    isReserved: (type) => type > 50,
    header: ([first = 0, second = 0, fu = 0]) => Uint8Array.of((first & 0x81) | ((fu & 0x3f) << 1), second),
  },
};

/** Bits of a fragment's own header: the same in both formats. */
const STARTS = 0x80;
const ENDS = 0x40;
const LENGTH_BYTES = 2;
/** DONL of H.265 (RFC 7798, 4.4): two bytes where a payload begins, one before each further unit of an aggregate. */
const DON_BYTES = 2;

export class NalDepacketizer {
  readonly #format: PayloadFormat;
  readonly #rules: NalRules;
  readonly #donBytes: number;
  /** A fragmented NAL unit is open. */
  #inFragment = false;
  #saysEnd = true;

  /** @param donPresent H.265 with sprop-max-don-diff above 0: decoding order numbers are in the payloads, and skipped */
  constructor(codec: VideoCodec, donPresent = false) {
    this.#format = FORMATS[codec];
    this.#rules = rulesOf(codec);
    this.#donBytes = donPresent ? DON_BYTES : 0;
  }

  /** What a payload is made of, for who only looks. `headerBytes`: of the payload, before the header of a fragment. */
  static shapeOf(
    codec: VideoCodec,
    payload: Uint8Array,
  ): { readonly kind: 'single' | 'aggregate' | 'fragment'; readonly headerBytes: number } {
    const { typeOf, aggregate, fragment, headerBytes } = FORMATS[codec];
    const type = typeOf(payload);
    return { kind: type === aggregate ? 'aggregate' : type === fragment ? 'fragment' : 'single', headerBytes };
  }

  /** A fragmented unit is open, and this camera is not known to leave it at that. */
  get awaitsEnd(): boolean {
    return this.#inFragment && this.#saysEnd;
  }

  /** A new access unit begins. */
  reset(): void {
    this.#inFragment = false;
  }

  /** What is open is all there is of it: the access unit ends. */
  end(unit: NalBuffer): void {
    if (!this.#inFragment) return;
    unit.endNal();
    this.#inFragment = false;
    if (!unit.isSpoiled) this.#saysEnd = false;
  }

  /** The NAL unit with which this payload begins, as far as it is here; undefined for the rest of one that began before, and for nobody's. */
  beginning(payload: Uint8Array): Uint8Array | undefined {
    const { aggregate, fragment, headerBytes, header } = this.#format;
    if (this.#isNobodys(payload)) return undefined;
    const type = this.#format.typeOf(payload);
    if (type === aggregate) return payload.subarray(headerBytes + this.#donBytes + LENGTH_BYTES);
    if (type !== fragment) return payload;
    if (((payload[headerBytes] ?? 0) & STARTS) === 0) return undefined;
    const body = payload.subarray(headerBytes + 1 + this.#donBytes, headerBytes + 9 + this.#donBytes);
    return Uint8Array.of(...header(payload), ...body);
  }

  /** A payload that does not fit what came before, or is no format of ours, damages the unit where it may have been part of a picture. */
  push(payload: Uint8Array, unit: NalBuffer): void {
    const { headerBytes, fragment, aggregate } = this.#format;
    // No end of a fragmented unit either.
    if (this.#isNobodys(payload)) return;
    const type = this.#format.typeOf(payload);
    if (type === fragment) return this.#fragment(payload, unit);
    this.end(unit);
    if (type === aggregate) this.#aggregate(payload, unit);
    else if (type < aggregate) this.#single(payload, unit);
    else if (payload.length > headerBytes) unit.damage();
  }

  /** A keep-alive of nothing but padding, or a type that has no meaning. */
  #isNobodys(payload: Uint8Array): boolean {
    return payload.length === 0 || (this.#format.isReserved(this.#format.typeOf(payload)) && !isStartCode(payload));
  }

  #single(payload: Uint8Array, unit: NalBuffer): void {
    const { headerBytes } = this.#format;
    if (payload.length <= headerBytes) return;
    if (this.#donBytes === 0) unit.append(payload);
    else {
      unit.append(payload.subarray(0, headerBytes));
      unit.append(payload.subarray(headerBytes + this.#donBytes));
    }
    unit.endNal();
  }

  #fragment(payload: Uint8Array, unit: NalBuffer): void {
    const { headerBytes, header } = this.#format;
    const fu = payload[headerBytes];
    if (fu === undefined) return unit.damage();
    const starts = (fu & STARTS) !== 0;
    if (starts) {
      this.end(unit);
      unit.append(header(payload));
    } else if (!this.#inFragment) {
      // Its beginning is not here, and no sequence number says so: only a slice is missed.
      if (this.#rules.isSlice(header(payload))) unit.damage();
      return;
    }
    unit.append(payload.subarray(headerBytes + 1 + (starts ? this.#donBytes : 0)));
    this.#inFragment = true;
    if ((fu & ENDS) === 0) return;
    unit.endNal();
    this.#inFragment = false;
    this.#saysEnd = true;
  }

  /** Whole units are taken. A rest of zeros is padding; of a unit that is cut off it matters only whether a picture needed it. */
  #aggregate(payload: Uint8Array, unit: NalBuffer): void {
    // Found once: a packet of empty units would otherwise be looked through for each of them (a second for 64 KB, found by fuzzing).
    const end = payload.findLastIndex((byte) => byte !== 0) + 1;
    let at = this.#format.headerBytes;
    for (let donBytes = this.#donBytes; at < end; donBytes = this.#donBytes === 0 ? 0 : 1) {
      at += donBytes;
      const length = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
      const nal = payload.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
      at += LENGTH_BYTES + length;
      if (length === 0) continue;
      if (nal.length < length) {
        if (nal.length > 0 && this.#rules.isSlice(nal)) unit.damage();
        return;
      }
      unit.append(nal);
      unit.endNal();
    }
  }
}

/** Some cameras put Annex B whole into a payload; the picture builder takes it apart. */
function isStartCode(payload: Uint8Array): boolean {
  return payload[0] === 0 && payload[1] === 0 && (payload[2] === 1 || (payload[2] === 0 && payload[3] === 1));
}
