/**
 * Reports (SEALING, rule 9): a viewer refused a unit and says which.
 *
 *   "sealcam/1 refused" ‖ homeId ‖ deviceId ‖ seq u64 ‖ timeMs u64 ‖ cameraId ‖ streamId u16 ‖ reason u8 ‖ KID 8 ‖ CTR u64 ‖ SHA-256(frame) 32 ‖ sig
 */
import type { CameraId, DeviceId, HomeId, Millis, StreamId } from '@sealcam/protocol';
import type { Head } from './verify-roster.ts';

/** malformed: no header of ours; foreign: key id of another subscription; unknown: key id of nobody; broken: the tag; replayed: counter or epoch. */
export type RefusalReason = 'malformed' | 'foreign' | 'unknown' | 'broken' | 'replayed';

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
  /** SHA-256 of the sealed frame, 32 bytes. */
  readonly frameHash: Uint8Array;
}

export declare function encodeReport(report: Report): Uint8Array<ArrayBuffer>;
/** @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` */
export declare function verifyReport(head: Head, bytes: Uint8Array): Promise<Report>;
