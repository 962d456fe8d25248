/**
 * A watermark in the bytes of a picture: who owns it and which one it is, as an SEI message that decoders pass over. Canary homes
 * and drills write it before sealing and read it at the decoder's input: there is no better witness of whose picture a screen got.
 *
 *   SEI user_data_unregistered (payload type 5) = UUID 16 ‖ homeId 16 ‖ cameraId 16 ‖ counter u64
 */
import { joinAnnexB, splitAnnexB } from './annex-b.ts';
import { escapeRbsp, unescapeRbsp } from './bits.ts';
import type { VideoCodec } from './codec.ts';
import { MediaError } from './media-error.ts';
import { H264_NAL, h264NalType } from './nal-h264.ts';
import { H265_NAL, h265NalType } from './nal-h265.ts';

/** Ids are 32 lower-case hex digits, as everywhere in Sealcam; `counter` is an integer from 0 to 2^53 - 1. */
export interface Watermark {
  readonly homeId: string;
  readonly cameraId: string;
  readonly counter: number;
}

/** A picture, Annex B, and what it is coded with. */
export interface MarkedUnit {
  readonly codec: VideoCodec;
  readonly data: Uint8Array;
}

/** Random, ours, for ever. */
const UUID = Uint8Array.of(
  0x5e,
  0xa1,
  0xca,
  0x30,
  0x77,
  0x1d,
  0x4c,
  0x0e,
  0x9b,
  0x52,
  0x6d,
  0x61,
  0x72,
  0x6b,
  0x00,
  0x01,
);
const ID_BYTES = 16;
const PAYLOAD_BYTES = UUID.length + 2 * ID_BYTES + 8;
const USER_DATA_UNREGISTERED = 5;
const STOP_BIT = 0x80;
/** H.264: nal_unit_type 6. H.265: prefix SEI, type 39, layer 0, temporal id 1. */
const SEI_HEADER = { h264: [0x06], h265: [0x4e, 0x01] } as const;
/** More than any encoder puts into one SEI; what is above is not ours. */
const SEI_BYTES = 4096;

/**
 * @returns the unit with the mark in front of its first slice, in a fresh array
 * @throws {MediaError} `codec.malformed` for a mark out of range or a unit without a slice
 */
export function writeWatermark(unit: MarkedUnit, mark: Watermark): Uint8Array<ArrayBuffer> {
  const nals = splitAnnexB(unit.data);
  const at = nals.findIndex((nal) => isSlice(unit.codec, nal));
  if (at < 0) throw new MediaError('codec.malformed', 'no slice to mark');
  return joinAnnexB([...nals.slice(0, at), seiOf(unit.codec, mark), ...nals.slice(at)]);
}

/** @returns the first mark of ours in the unit; undefined where there is none. Never throws, whatever the bytes */
export function readWatermark(unit: MarkedUnit): Watermark | undefined {
  for (const nal of splitAnnexB(unit.data)) {
    if (isSlice(unit.codec, nal)) return undefined;
    const mark = isSei(unit.codec, nal) ? markIn(nal, SEI_HEADER[unit.codec].length) : undefined;
    if (mark !== undefined) return mark;
  }
  return undefined;
}

function isSlice(codec: VideoCodec, nal: Uint8Array): boolean {
  if (codec === 'h265') return h265NalType(nal) <= H265_NAL.lastSlice;
  const type = h264NalType(nal);
  return type >= H264_NAL.slice && type <= H264_NAL.idr;
}

function isSei(codec: VideoCodec, nal: Uint8Array): boolean {
  if (nal.length > SEI_BYTES) return false;
  return codec === 'h265' ? h265NalType(nal) === H265_NAL.prefixSei : h264NalType(nal) === H264_NAL.sei;
}

function seiOf(codec: VideoCodec, mark: Watermark): Uint8Array {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  payload.set(UUID);
  payload.set(hexBytes(mark.homeId), UUID.length);
  payload.set(hexBytes(mark.cameraId), UUID.length + ID_BYTES);
  if (!Number.isSafeInteger(mark.counter) || mark.counter < 0) throw new MediaError('codec.malformed', 'counter');
  new DataView(payload.buffer).setBigUint64(PAYLOAD_BYTES - 8, BigInt(mark.counter));
  const body = Uint8Array.of(USER_DATA_UNREGISTERED, PAYLOAD_BYTES, ...payload, STOP_BIT);
  return Uint8Array.of(...SEI_HEADER[codec], ...escapeRbsp(body));
}

/** An SEI may hold several messages; sizes and types are runs of 0xff and a last byte. */
function markIn(nal: Uint8Array, headerBytes: number): Watermark | undefined {
  const rbsp = unescapeRbsp(nal).subarray(headerBytes);
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (; rbsp[at] === 0xff; at += 1) value += 0xff;
    value += rbsp[at] ?? 0;
    at += 1;
    return value;
  };
  while (at + 1 < rbsp.length) {
    const type = number();
    const bytes = number();
    const payload = rbsp.subarray(at, at + bytes);
    at += bytes;
    if (type === USER_DATA_UNREGISTERED && isOurs(payload)) return decode(payload);
  }
  return undefined;
}

function isOurs(payload: Uint8Array): boolean {
  return payload.length === PAYLOAD_BYTES && UUID.every((byte, at) => payload[at] === byte);
}

function decode(payload: Uint8Array): Watermark | undefined {
  const counter = new DataView(payload.buffer, payload.byteOffset).getBigUint64(PAYLOAD_BYTES - 8);
  if (counter > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const id = (from: number): string =>
    Array.from(payload.subarray(from, from + ID_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { homeId: id(UUID.length), cameraId: id(UUID.length + ID_BYTES), counter: Number(counter) };
}

function hexBytes(id: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new MediaError('codec.malformed', 'id of a mark');
  return Uint8Array.from({ length: ID_BYTES }, (_, at) => Number.parseInt(id.slice(2 * at, 2 * at + 2), 16));
}
