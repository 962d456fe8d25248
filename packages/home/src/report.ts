/**
 * Reports (SEALING, rule 9): a viewer refused a unit and says which.
 *
 *   "sealcam/1 refused" ‖ homeId ‖ deviceId ‖ seq u64 ‖ timeMs u64 ‖ cameraId ‖ streamId u16 ‖ reason u8 ‖ KID 8 ‖ CTR u64 ‖ SHA-256(frame) 32 ‖ sig
 */
import {
  cameraId,
  CodecError,
  deviceId,
  fromHex,
  homeId,
  millis,
  Reader,
  streamId,
  toHex,
  Writer,
} from '@sealcam/protocol';
import type { CameraId, DeviceId, HomeId, Millis, StreamId } from '@sealcam/protocol';
import { readCopy, readId, words, writeExactly, writeId } from './codec.ts';
import { HASH_BYTES } from './digest.ts';
import { verifyMember } from './verify-member.ts';
import type { Head } from './verify-roster.ts';

/**
 * malformed: no header of ours; foreign: key id of another subscription; unknown: key id of nobody; broken: the tag; replayed: our own
 * camera's, but older than a join, a renewal, a rotation or a reconnect could bring; stray: no picture at all, but a list of members or
 * a bulletin that is not this home's, or older than one that came before. Camera, stream, KID and CTR are zeros then.
 */
export type RefusalReason = 'malformed' | 'foreign' | 'unknown' | 'broken' | 'replayed' | 'stray';

export interface Report {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  /** Rises strictly. */
  readonly seq: number;
  readonly timeMs: Millis;
  /** The subscription on which it came. */
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  readonly reason: RefusalReason;
  /** 16 hex digits as they came; zeros where no header could be read. */
  readonly kid: string;
  /** 0 where no header could be read. */
  readonly ctr: number;
  /** SHA-256 of the sealed frame, or of the stray message, 32 bytes. */
  readonly frameHash: Uint8Array;
}

const LABEL = 'sealcam/1 refused';
const KID_BYTES = 8;
/** The reasons on the wire; receipts have them too. */
export const REFUSAL_REASON = words<RefusalReason>({
  ...{ malformed: 1, foreign: 2, unknown: 3 },
  ...{ broken: 4, replayed: 5, stray: 6 },
});

/** All but the signature. */
export function encodeReport(report: Report): Uint8Array<ArrayBuffer> {
  const kid = fromHex(report.kid);
  if (kid.length !== KID_BYTES) throw new CodecError('a key id has 8 bytes');
  const writer = writeId(writeId(new Writer().label(LABEL), report.homeId), report.deviceId)
    .u64(report.seq)
    .u64(report.timeMs);
  REFUSAL_REASON.write(writeId(writer, report.cameraId).u16(report.streamId), report.reason);
  return writeExactly(writer.bytes(kid).u64(report.ctr), report.frameHash, HASH_BYTES).finish();
}

/** By a member, for this home. It counts only where it matches the relay's own send record. @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` */
export async function verifyReport(head: Head, bytes: Uint8Array): Promise<Report> {
  return (await verifyMember(head, bytes, decodeReport)).message;
}

function decodeReport(body: Uint8Array): Report {
  const reader = new Reader(body);
  reader.label(LABEL);
  const report: Report = {
    homeId: readId(reader, homeId),
    deviceId: readId(reader, deviceId),
    seq: reader.u64(),
    timeMs: millis(reader.u64()),
    cameraId: readId(reader, cameraId),
    streamId: streamId(reader.u16()),
    reason: REFUSAL_REASON.read(reader),
    kid: toHex(reader.bytes(KID_BYTES)),
    ctr: reader.u64(),
    frameHash: readCopy(reader, HASH_BYTES),
  };
  reader.end();
  return report;
}
