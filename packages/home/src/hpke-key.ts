/** A device tells which HPKE key to seal to: `"sealcam/1 hpke" ‖ homeId ‖ deviceId ‖ keySeq u64 ‖ hpkePub ‖ sig`. The highest keySeq wins. */
import type { DeviceId, HomeId } from '@sealcam/protocol';
import type { Head } from './verify-roster.ts';

export interface HpkeKey {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  /** From 1. */
  readonly keySeq: number;
  /** 65 bytes. */
  readonly hpkePub: Uint8Array;
}

/** All but the signature. */
export declare function encodeHpkeKey(key: HpkeKey): Uint8Array<ArrayBuffer>;
/**
 * @param bytes message ‖ signature
 * @throws {SealcamError} `codec.malformed`, `device.unknown` when the device is not in the head's roster, `auth.refused` for a wrong home, signature or point
 */
export declare function verifyHpkeKey(head: Head, bytes: Uint8Array): Promise<HpkeKey>;
