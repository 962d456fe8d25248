/** A device's own keys: one to sign with for as long as it is a member, one a day to be sent secrets under (HPKE). */
import { concat, equalBytes, fromBase64Url, SealcamError, toBase64Url, utf8, type DeviceId } from '@sealcam/protocol';
import { deviceIdOf, isPublicKey, verifySignature } from './signature.ts';

/** Signing keys of one device in one home. A plain object: a browser stores it in IndexedDB as it is. */
export interface DeviceKeys {
  readonly deviceId: DeviceId;
  /** 65 bytes, uncompressed P-256 point. */
  readonly sigPub: Uint8Array<ArrayBuffer>;
  /** ECDSA P-256; not extractable in a browser. */
  readonly signKey: CryptoKey;
}

/** The key others seal to. Renewed every day; `keySeq` rises by 1 from 1. A plain object, storable in IndexedDB. */
export interface HpkeKeys {
  readonly keySeq: number;
  /** 65 bytes, uncompressed P-256 point. */
  readonly hpkePub: Uint8Array<ArrayBuffer>;
  readonly publicKey: CryptoKey;
  /** ECDH P-256; not extractable in a browser. */
  readonly privateKey: CryptoKey;
}

/** `extractable`: only for the agent, which keeps its keys in a file of mode 0600. Default false. */
export interface KeyOptions {
  readonly extractable?: boolean;
}

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SEALING = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** Fresh signing keys; a device makes new ones for each home. */
export async function generateDeviceKeys(options: KeyOptions = {}): Promise<DeviceKeys> {
  const pair = await crypto.subtle.generateKey(SIGNING, options.extractable ?? false, ['sign', 'verify']);
  return deviceKeys(await rawPublic(pair.publicKey), pair.privateKey);
}

/** Fresh HPKE keys. @param keySeq 1 for the first, the last one + 1 each day */
export async function generateHpkeKeys(keySeq: number, options: KeyOptions = {}): Promise<HpkeKeys> {
  const pair = await crypto.subtle.generateKey(SEALING, options.extractable ?? false, ['deriveBits']);
  return { keySeq, hpkePub: await rawPublic(pair.publicKey), publicKey: pair.publicKey, privateKey: pair.privateKey };
}

/** What the agent writes to its file: base64url strings, JSON-safe. Holds the private key. */
export interface StoredDeviceKeys {
  readonly sigPub: string;
  readonly pkcs8: string;
}

/** As `StoredDeviceKeys`, of an HPKE key. */
export interface StoredHpkeKeys {
  readonly keySeq: number;
  readonly hpkePub: string;
  readonly pkcs8: string;
}

/** @throws {SealcamError} `internal` for keys made without `extractable` */
export async function exportDeviceKeys(keys: DeviceKeys): Promise<StoredDeviceKeys> {
  return { sigPub: toBase64Url(keys.sigPub), pkcs8: await pkcs8Of(keys.signKey) };
}

/** @throws {SealcamError} `store.corrupt` when the private key is not that of `sigPub` or not a key at all */
export async function importDeviceKeys(stored: StoredDeviceKeys, options: KeyOptions = {}): Promise<DeviceKeys> {
  const sigPub = decoded(stored.sigPub);
  const signKey = await imported(stored.pkcs8, SIGNING, options, ['sign']);
  const probe = concat(utf8('sealcam/1 key check'));
  const signature = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signKey, probe));
  if (!(await verifySignature(sigPub, probe, signature))) throw corrupt();
  return deviceKeys(sigPub, signKey);
}

/** @throws {SealcamError} `internal` for keys made without `extractable` */
export async function exportHpkeKeys(keys: HpkeKeys): Promise<StoredHpkeKeys> {
  return { keySeq: keys.keySeq, hpkePub: toBase64Url(keys.hpkePub), pkcs8: await pkcs8Of(keys.privateKey) };
}

/** @throws {SealcamError} `store.corrupt` */
export async function importHpkeKeys(stored: StoredHpkeKeys, options: KeyOptions = {}): Promise<HpkeKeys> {
  const hpkePub = decoded(stored.hpkePub);
  const privateKey = await imported(stored.pkcs8, SEALING, options, ['deriveBits']);
  if (!Number.isSafeInteger(stored.keySeq) || stored.keySeq < 1 || !(await isPublicKey(hpkePub))) throw corrupt();
  const publicKey = await crypto.subtle.importKey('raw', hpkePub, SEALING, true, []);
  if (!(await isPair(publicKey, privateKey))) throw corrupt();
  return { keySeq: stored.keySeq, hpkePub, publicKey, privateKey };
}

async function deviceKeys(sigPub: Uint8Array<ArrayBuffer>, signKey: CryptoKey): Promise<DeviceKeys> {
  return { deviceId: await deviceIdOf(sigPub), sigPub, signKey };
}

async function rawPublic(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}

async function pkcs8Of(key: CryptoKey): Promise<string> {
  if (!key.extractable) throw new SealcamError('internal', 'key is not extractable');
  return toBase64Url(new Uint8Array(await crypto.subtle.exportKey('pkcs8', key)));
}

async function imported(
  pkcs8: string,
  algorithm: EcKeyImportParams,
  options: KeyOptions,
  usages: readonly KeyUsage[],
): Promise<CryptoKey> {
  const bytes = decoded(pkcs8);
  try {
    return await crypto.subtle.importKey('pkcs8', bytes, algorithm, options.extractable ?? false, [...usages]);
  } catch {
    throw corrupt();
  }
}

/** Both sides of one Diffie-Hellman with a throwaway pair agree only when the two keys belong together. */
async function isPair(publicKey: CryptoKey, privateKey: CryptoKey): Promise<boolean> {
  const other = await crypto.subtle.generateKey(SEALING, false, ['deriveBits']);
  const [a, b] = await Promise.all([
    crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, other.privateKey, 256),
    crypto.subtle.deriveBits({ name: 'ECDH', public: other.publicKey }, privateKey, 256),
  ]);
  return equalBytes(new Uint8Array(a), new Uint8Array(b));
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  try {
    return concat(fromBase64Url(text));
  } catch {
    throw corrupt();
  }
}

function corrupt(): SealcamError {
  return new SealcamError('store.corrupt', 'not the key that was stored');
}
