/**
 * Receipts (SEALING, rule 10): what a viewer painted, signed, so that the ledger's "shown" is the display's own word.
 *
 *   "sealcam/1 shown" ‖ homeId ‖ deviceId ‖ seq u64 ‖ timeMs u64
 *     ‖ n u16 ‖ n × { cameraId, streamId u16, KID 8, fromCtr u64, toCtr u64, painted u32 } ‖ sig
 */
import { cameraId, CodecError, deviceId, homeId, keyId, millis, Reader, streamId, Writer } from '@sealcam/protocol';
import type { CameraId, DeviceId, HomeId, KeyId, Millis, StreamId } from '@sealcam/protocol';
import { mustAscend, readId, readList, writeId, writeList } from './codec.ts';
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

export interface Receipt {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  /** Rises strictly; `max(last + 1, Unix milliseconds)` will do. */
  readonly seq: number;
  readonly timeMs: Millis;
  /** Strictly ascending by camera, stream, kid, fromCtr (`sortRanges`); at most `RECEIPT_RANGES`. */
  readonly ranges: readonly ShownRange[];
}

export const RECEIPT_RANGES = 512;

const LABEL = 'sealcam/1 shown';
const rangeOrder = (range: ShownRange): string =>
  `${range.cameraId}${range.streamId}${range.kid}${range.fromCtr.toString(16).padStart(16, '0')}`;

/** All but the signature. @throws {CodecError} for ranges out of order or empty ones */
export function encodeReceipt(receipt: Receipt): Uint8Array<ArrayBuffer> {
  checkRanges(receipt.ranges);
  const writer = writeId(writeId(new Writer().label(LABEL), receipt.homeId), receipt.deviceId)
    .u64(receipt.seq)
    .u64(receipt.timeMs);
  return writeList(writer, receipt.ranges, RECEIPT_RANGES, writeRange).finish();
}

/** In the order that `encodeReceipt` wants. */
export function sortRanges(ranges: readonly ShownRange[]): readonly ShownRange[] {
  return ranges.toSorted((a, b) => (rangeOrder(a) < rangeOrder(b) ? -1 : 1));
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
  };
  reader.end();
  checkRanges(receipt.ranges);
  return receipt;
}

function checkRanges(ranges: readonly ShownRange[]): void {
  mustAscend(ranges, rangeOrder);
  for (const { fromCtr, toCtr, painted } of ranges) {
    if (toCtr < fromCtr || painted < 1 || painted > toCtr - fromCtr + 1) throw new CodecError('a range that cannot be');
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
    kid: readId(reader, keyId, 8),
    fromCtr: reader.u64(),
    toCtr: reader.u64(),
    painted: reader.u32(),
  };
}
