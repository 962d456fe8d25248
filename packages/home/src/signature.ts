/** ECDSA P-256 signatures as r‖s, checked. There is nothing to sign with in here: the relay imports it. */
import type { DeviceId } from '@sealcam/protocol';

/** r‖s. */
export const SIGNATURE_BYTES = 64;
/** 0x04 ‖ x ‖ y. */
export const PUBLIC_KEY_BYTES = 65;

/** Whether `signature` (64 bytes) over `message` is by the key `sigPub` (65 bytes). Malformed keys and signatures are `false`, never an error. */
export declare function verifySignature(sigPub: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;

/** `SHA-256("sealcam/1 dev" ‖ sigPub)`, first 16 bytes. */
export declare function deviceIdOf(sigPub: Uint8Array): Promise<DeviceId>;
