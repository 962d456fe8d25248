/** ECDSA P-256 signatures as r‖s, checked. There is nothing to sign with in here: the relay imports it. */
import { CodecError, concat, deviceId, idFromBytes, label, type DeviceId } from '@sealcam/protocol';
import { sha256 } from './digest.ts';

/** r‖s. */
export const SIGNATURE_BYTES = 64;
/** 0x04 ‖ x ‖ y. */
export const PUBLIC_KEY_BYTES = 65;

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const HASH = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** Whether `signature` (64 bytes) over `message` is by the key `sigPub` (65 bytes). Malformed keys and signatures are `false`, never an error. */
export async function verifySignature(
  sigPub: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = await importPoint(sigPub);
  if (key === undefined || signature.length !== SIGNATURE_BYTES) return false;
  return await crypto.subtle.verify(HASH, key, concat(signature), concat(message));
}

/** Whether 65 bytes are an uncompressed point of P-256, checked before anything is sealed or trusted to it. */
export async function isPublicKey(bytes: Uint8Array): Promise<boolean> {
  return (await importPoint(bytes)) !== undefined;
}

async function importPoint(bytes: Uint8Array): Promise<CryptoKey | undefined> {
  // Compressed points would be a second spelling of the same key, and so a second deviceId.
  if (bytes.length !== PUBLIC_KEY_BYTES || bytes[0] !== 4) return undefined;
  try {
    return await crypto.subtle.importKey('raw', concat(bytes), CURVE, false, ['verify']);
  } catch {
    return undefined;
  }
}

/** `SHA-256("sealcam/1 dev" ‖ sigPub)`, first 16 bytes. */
export async function deviceIdOf(sigPub: Uint8Array): Promise<DeviceId> {
  const hash = await sha256(label('sealcam/1 dev'), sigPub);
  return idFromBytes(deviceId, hash.subarray(0, 16));
}

/** Takes `body ‖ signature` apart. Views, not copies. @throws {CodecError} when there is no room for both */
export function splitSigned(bytes: Uint8Array): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const at = bytes.length - SIGNATURE_BYTES;
  if (at <= 0) throw new CodecError('too short for a signature');
  return { body: bytes.subarray(0, at), signature: bytes.subarray(at) };
}
