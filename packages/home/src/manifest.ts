/**
 * The signed front of a bulletin: which roster and epoch, and the hash of every device's wrap. The relay verifies it; only viewers open wraps.
 *
 *   "sealcam/1 bulletin" ‖ homeId ‖ rosterVersion ‖ rosterHash ‖ epoch ‖ issuedAtMs u64 ‖ agentHpkePub ‖ n u16 ‖ n × { deviceId, keySeq, SHA-256(enc ‖ ct) }
 */
import type { DeviceId, Epoch, HomeId, Millis } from '@sealcam/protocol';
import type { Head } from './verify-roster.ts';

/** keySeq 0 and a zero hash: a member that never gave the agent a key. It is named, so that the list stays exact, and gets no wrap. */
export interface ManifestEntry {
  readonly deviceId: DeviceId;
  readonly keySeq: number;
  readonly wrapHash: Uint8Array;
}

export interface Manifest {
  readonly homeId: HomeId;
  readonly rosterVersion: number;
  readonly rosterHash: Uint8Array;
  readonly epoch: Epoch;
  readonly issuedAtMs: Millis;
  /** What commands are sealed to, 65 bytes. */
  readonly agentHpkePub: Uint8Array;
  /** Strictly ascending by deviceId. */
  readonly entries: readonly ManifestEntry[];
}

/** All but the signature. */
export declare function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer>;
/** Without any check of the signature. @param bytes manifest ‖ signature */
export declare function decodeManifest(bytes: Uint8Array): Manifest;
/**
 * Home, roster version and hash, the agent's signature, and the exact recipients: all that can be checked without a key.
 * @throws {SealcamError} `codec.malformed`, `roster.stale` for another roster version than the head's, `bulletin.invalid` for the rest
 */
export declare function verifyManifest(head: Head, bytes: Uint8Array): Promise<Manifest>;
/** SHA-256 of manifest ‖ signature without the signature: the identity of a bulletin. */
export declare function manifestHash(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
