/**
 * Receipts (SEALING, rule 10): what a viewer painted, signed, so that the ledger's "shown" is the display's own word.
 *
 *   "sealcam/1 shown" ‖ homeId ‖ deviceId ‖ seq u64 ‖ timeMs u64 ‖ n u16 ‖ n × { cameraId, streamId u16, KID 8, fromCtr u64, toCtr u64, painted u32 } ‖ sig
 */
import type { CameraId, DeviceId, HomeId, KeyId, Millis, StreamId } from '@sealcam/protocol';
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
  /** Strictly ascending by camera, stream, kid, fromCtr; at most `RECEIPT_RANGES`. */
  readonly ranges: readonly ShownRange[];
}

export const RECEIPT_RANGES = 512;
export declare function encodeReceipt(receipt: Receipt): Uint8Array<ArrayBuffer>;
/** By a member, for this home. Sequence and spans are for the relay to match. @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` */
export declare function verifyReceipt(head: Head, bytes: Uint8Array): Promise<Receipt>;
