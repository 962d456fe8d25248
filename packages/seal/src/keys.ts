/**
 * From an epoch secret to the key of one stream (SEALING.md, "Frame keys"; RFC 9605, section 4.4.2). One schedule, two thin
 * drivers: a synchronous HKDF is handed in on the agent (`node:crypto`), WebCrypto in a viewer.
 */
import { concat, fromHex, keyId, label, toHex, utf8, Writer, type KeyId } from '@sealcam/protocol';
import { contextBytes, SUITE, type SealContext } from './context.ts';

/** Bytes of an epoch secret, a base key and an AES-256 key. */
export const SECRET_BYTES = 32;
const KID_BYTES = 8;
const SALT_BYTES = 12;

/** HKDF-SHA512 (extract and expand) with the empty salt. @param length bytes wanted */
export type HkdfSync = (ikm: Uint8Array, info: Uint8Array, length: number) => Uint8Array;

/** The agent's side: the raw key is for its AEAD. */
export interface SealKeys {
  readonly kid: KeyId;
  /** 32 bytes, AES-256-GCM. */
  readonly key: Uint8Array;
  /** 12 bytes; nonce = salt XOR CTR. */
  readonly salt: Uint8Array;
}

/** A viewer's side: bound for good to the context it was derived for. */
export interface OpenKeys {
  readonly context: SealContext;
  readonly kid: KeyId;
  /** AES-256-GCM, decrypt only, not extractable. */
  readonly key: CryptoKey;
  readonly salt: Uint8Array;
}

function baseInfo(context: SealContext): Uint8Array<ArrayBuffer> {
  return concat(label('sealcam/1 base'), contextBytes(context));
}

function kidInfo(context: SealContext): Uint8Array<ArrayBuffer> {
  return concat(label('sealcam/1 kid'), contextBytes(context));
}

/** The top bit is set, so that a KID is 8 bytes in every SFrame header. */
function kidFrom(derived: Uint8Array): KeyId {
  const bytes = Uint8Array.from(derived);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return keyId(toHex(bytes));
}

/** RFC 9605, 4.4.2: `"SFrame 1.0 Secret key " ‖ KID u64 ‖ suite u16`, likewise `salt`. The RFC's labels end in a space, not in 0x00. */
export function sframeInfo(kind: 'key' | 'salt', kid: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Writer()
    .bytes(utf8(`SFrame 1.0 Secret ${kind} `))
    .bytes(kid)
    .u16(SUITE)
    .finish();
}

/**
 * @param secret the camera's epoch secret, 32 bytes
 * @throws {RangeError} for a secret of another length
 */
export function deriveSealKeys(context: SealContext, secret: Uint8Array, hkdf: HkdfSync): SealKeys {
  const checked = wholeSecret(secret);
  const base = hkdf(checked, baseInfo(context), SECRET_BYTES);
  const kid = deriveSealKeyId(context, checked, hkdf);
  const kidBytes = fromHex(kid);
  return {
    kid,
    key: hkdf(base, sframeInfo('key', kidBytes), SECRET_BYTES),
    salt: hkdf(base, sframeInfo('salt', kidBytes), SALT_BYTES),
  };
}

/** The KID alone: for what is announced before anything is sealed. @throws {RangeError} as `deriveSealKeys` */
export function deriveSealKeyId(context: SealContext, secret: Uint8Array, hkdf: HkdfSync): KeyId {
  return kidFrom(hkdf(wholeSecret(secret), kidInfo(context), KID_BYTES));
}

/**
 * An epoch secret as a WebCrypto HKDF key that nothing can read back: the form in which a viewer keeps it.
 * @param secret 32 bytes; the caller may overwrite them afterwards
 */
export async function importEpochSecret(secret: Uint8Array, subtle: SubtleCrypto): Promise<CryptoKey> {
  return subtle.importKey('raw', Uint8Array.from(wholeSecret(secret)), 'HKDF', false, ['deriveBits', 'deriveKey']);
}

/** @param secret of `importEpochSecret` */
export async function deriveOpenKeys(context: SealContext, secret: CryptoKey, subtle: SubtleCrypto): Promise<OpenKeys> {
  const [base, kid] = await Promise.all([
    subtle.deriveBits(hkdfParams(baseInfo(context)), secret, 8 * SECRET_BYTES),
    deriveKeyId(context, secret, subtle),
  ]);
  const baseKey = await subtle.importKey('raw', base, 'HKDF', false, ['deriveBits', 'deriveKey']);
  const kidBytes = fromHex(kid);
  const [key, salt] = await Promise.all([
    subtle.deriveKey(hkdfParams(sframeInfo('key', kidBytes)), baseKey, { name: 'AES-GCM', length: 256 }, false, [
      'decrypt',
    ]),
    subtle.deriveBits(hkdfParams(sframeInfo('salt', kidBytes)), baseKey, 8 * SALT_BYTES),
  ]);
  return { context, kid, key, salt: new Uint8Array(salt) };
}

/** The KID alone: enough to recognize a frame of another camera of the home. @param secret of `importEpochSecret` */
export async function deriveKeyId(context: SealContext, secret: CryptoKey, subtle: SubtleCrypto): Promise<KeyId> {
  return kidFrom(new Uint8Array(await subtle.deriveBits(hkdfParams(kidInfo(context)), secret, 8 * KID_BYTES)));
}

/** RFC 9605, 4.4.3: the salt with the counter XORed into its end. @param ctr below 2^40 */
export function frameNonce(salt: Uint8Array, ctr: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(salt);
  for (let at = nonce.length - 1, left = ctr; left > 0; at -= 1, left = Math.floor(left / 256)) {
    nonce[at] = (nonce[at] ?? 0) ^ (left % 256);
  }
  return nonce;
}

function hkdfParams(info: Uint8Array<ArrayBuffer>): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-512', salt: new Uint8Array(0), info };
}

function wholeSecret(secret: Uint8Array): Uint8Array {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`an epoch secret is ${SECRET_BYTES} bytes`);
  return secret;
}
