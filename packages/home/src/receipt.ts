/**
 * Receipts (SEALING, rule 10): what a viewer painted, and what it refused without a report of its own, signed, so that the ledger's
 * "shown" and "refused" are the display's own word and exact.
 *
 *   "sealcam/1 shown" ‖ homeId ‖ deviceId ‖ seq u64 ‖ timeMs u64
 *     ‖ n u16 ‖ n × { cameraId, streamId u16, KID 8, fromCtr u64, toCtr u64, painted u32 }
 *     ‖ [ m u16 ‖ m × { cameraId, streamId u16, KID 8, reason u8, fromCtr u64, toCtr u64, count u32 }, m ≥ 1 ] ‖ sig
 */
import {
  cameraId,
  CodecError,
  deviceId,
  fromHex,
  homeId,
  keyId,
  millis,
  Reader,
  streamId,
  toHex,
  Writer,
} from '@sealcam/protocol';
import type { CameraId, DeviceId, HomeId, KeyId, Millis, StreamId } from '@sealcam/protocol';
import { mustAscend, readId, readList, writeId, writeList } from './codec.ts';
import { REFUSAL_REASON, type RefusalReason } from './report.ts';
import { verifyMember } from './verify-member.ts';
import type { Head } from './verify-roster.ts';

/** Frames painted between two counters, both inclusive. The key id is what the relay can match: it sees no session. */
export interface ShownRange {
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  readonly kid: KeyId;
  readonly fromCtr: number;
  readonly toCtr: number;
  /** 1 to `toCtr - fromCtr + 1`: a slow screen decodes all and paints the newest. */
  readonly painted: number;
}

/** Frames refused between two counters of one key id, both inclusive, that no report names one by one. */
export interface RefusedRange {
  /** The subscription on which they came. */
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  /** 16 hex digits as they came. */
  readonly kid: string;
  readonly reason: RefusalReason;
  readonly fromCtr: number;
  readonly toCtr: number;
  /** At least 1; more than there are counters where a frame came again and again. */
  readonly count: number;
}

export interface Receipt {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  /** Rises strictly; `max(last + 1, Unix milliseconds)` will do. */
  readonly seq: number;
  readonly timeMs: Millis;
  /** Strictly ascending by camera, stream, kid, fromCtr (`sortRanges`); at most `RECEIPT_RANGES`. */
  readonly ranges: readonly ShownRange[];
  /** Strictly ascending by camera, stream, kid, reason (`sortRefused`); at most `RECEIPT_REFUSED`. */
  readonly refused: readonly RefusedRange[];
}

export const RECEIPT_RANGES = 512;
export const RECEIPT_REFUSED = 64;

const LABEL = 'sealcam/1 shown';
const KID_BYTES = 8;
const rangeOrder = (range: ShownRange): string =>
  `${range.cameraId}${range.streamId}${range.kid}${range.fromCtr.toString(16).padStart(16, '0')}`;
const refusedOrder = ({ cameraId, streamId, kid, reason }: RefusedRange): string =>
  `${cameraId}${streamId}${kid}${reason}`;

/** All but the signature. @throws {CodecError} for ranges out of order or empty ones */
export function encodeReceipt(receipt: Receipt): Uint8Array<ArrayBuffer> {
  checkRanges(receipt.ranges);
  checkRefused(receipt.refused);
  const writer = writeId(writeId(new Writer().label(LABEL), receipt.homeId), receipt.deviceId)
    .u64(receipt.seq)
    .u64(receipt.timeMs);
  writeList(writer, receipt.ranges, RECEIPT_RANGES, writeRange);
  // One encoding a receipt: where nothing was refused there is no list.
  if (receipt.refused.length > 0) writeList(writer, receipt.refused, RECEIPT_REFUSED, writeRefused);
  return writer.finish();
}

/** In the order that `encodeReceipt` wants. */
export function sortRanges(ranges: readonly ShownRange[]): readonly ShownRange[] {
  return ranges.toSorted((a, b) => (rangeOrder(a) < rangeOrder(b) ? -1 : 1));
}

/** As `sortRanges`, for the refused ones. */
export function sortRefused(ranges: readonly RefusedRange[]): readonly RefusedRange[] {
  return ranges.toSorted((a, b) => (refusedOrder(a) < refusedOrder(b) ? -1 : 1));
}

/** By a member, for this home. Sequence and spans are for the relay to match. @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` */
export async function verifyReceipt(head: Head, bytes: Uint8Array): Promise<Receipt> {
  return (await verifyMember(head, bytes, decodeReceipt)).message;
}

function decodeReceipt(body: Uint8Array): Receipt {
  const reader = new Reader(body);
  reader.label(LABEL);
  const receipt: Receipt = {
    homeId: readId(reader, homeId),
    deviceId: readId(reader, deviceId),
    seq: reader.u64(),
    timeMs: millis(reader.u64()),
    ranges: readList(reader, RECEIPT_RANGES, readRange),
    refused: reader.left === 0 ? [] : readSome(reader),
  };
  reader.end();
  checkRanges(receipt.ranges);
  checkRefused(receipt.refused);
  return receipt;
}

function checkRanges(ranges: readonly ShownRange[]): void {
  mustAscend(ranges, rangeOrder);
  for (const { fromCtr, toCtr, painted } of ranges) {
    if (toCtr < fromCtr || painted < 1 || painted > toCtr - fromCtr + 1) throw new CodecError('a range that cannot be');
  }
}

function checkRefused(ranges: readonly RefusedRange[]): void {
  mustAscend(ranges, refusedOrder);
  for (const { kid, fromCtr, toCtr, count } of ranges) {
    if (kid.length !== 2 * KID_BYTES || toCtr < fromCtr || count < 1) throw new CodecError('a range that cannot be');
  }
}

function writeRange(writer: Writer, range: ShownRange): void {
  writeId(writeId(writer, range.cameraId).u16(range.streamId), range.kid);
  writer.u64(range.fromCtr).u64(range.toCtr).u32(range.painted);
}

function readRange(reader: Reader): ShownRange {
  return {
    cameraId: readId(reader, cameraId),
    streamId: streamId(reader.u16()),
    kid: readId(reader, keyId, KID_BYTES),
    fromCtr: reader.u64(),
    toCtr: reader.u64(),
    painted: reader.u32(),
  };
}

function writeRefused(writer: Writer, range: RefusedRange): void {
  writeId(writer, range.cameraId).u16(range.streamId).bytes(fromHex(range.kid));
  REFUSAL_REASON.write(writer, range.reason).u64(range.fromCtr).u64(range.toCtr).u32(range.count);
}

function readRefused(reader: Reader): RefusedRange {
  return {
    cameraId: readId(reader, cameraId),
    streamId: streamId(reader.u16()),
    kid: toHex(reader.bytes(KID_BYTES)),
    reason: REFUSAL_REASON.read(reader),
    fromCtr: reader.u64(),
    toCtr: reader.u64(),
    count: reader.u32(),
  };
}

function readSome(reader: Reader): RefusedRange[] {
  const refused = readList(reader, RECEIPT_REFUSED, readRefused);
  if (refused.length === 0) throw new CodecError('a list of nothing');
  return refused;
}
