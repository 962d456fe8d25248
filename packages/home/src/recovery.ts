/**
 * The recovery sheet: a printed seed that can make a new admin when all admins are lost. Its own export (`./recovery`): the word list
 * and the curve arithmetic weigh more than all the rest, and no display ever loads them.
 */
import { mapHashToField } from '@noble/curves/abstract/modular.js';
import { p256 } from '@noble/curves/nist.js';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { CodecError, concat, fromBase64Url, label, toBase64Url } from '@sealcam/protocol';
import type { DeviceKeys } from './device-keys.ts';
import { deviceIdOf } from './signature.ts';

export const RECOVERY_SEED_BYTES = 32;

/** RFC 9380 section 5: 48 bytes for P-256 keep the bias of the reduction below 2^-128. */
const SCALAR_BYTES = 48;
const QR_PREFIX = 'sealcam-recovery:1:';

/** 32 random bytes: on paper, nowhere else. */
export function newRecoverySeed(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(RECOVERY_SEED_BYTES));
}

/** The sheet's signing key, the same for the same seed; its `sigPub` goes into the roster with role recovery. Not extractable. */
export async function recoveryKeys(seed: Uint8Array): Promise<DeviceKeys> {
  mustBeSeed(seed);
  const ikm = await crypto.subtle.importKey('raw', concat(seed), 'HKDF', false, ['deriveBits']);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: concat(label('sealcam/1 recovery')) };
  const wide = new Uint8Array(await crypto.subtle.deriveBits(hkdf, ikm, SCALAR_BYTES * 8));
  const scalar = mapHashToField(wide, p256.Point.Fn.ORDER);
  // WebCrypto imports a private key only together with its point, and cannot compute one: that is what the curve library is for.
  const sigPub = concat(p256.getPublicKey(scalar, false));
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: toBase64Url(scalar),
    x: toBase64Url(sigPub.subarray(1, 33)),
    y: toBase64Url(sigPub.subarray(33)),
  };
  const signKey = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return { deviceId: await deviceIdOf(sigPub), sigPub, signKey };
}

/** 24 English words, BIP-39. */
export function recoveryWords(seed: Uint8Array): string {
  mustBeSeed(seed);
  return entropyToMnemonic(seed, wordlist);
}

/** Tolerates case and blanks. @throws {SealcamError} `codec.malformed` for a wrong word or check sum */
export function seedFromWords(words: string): Uint8Array<ArrayBuffer> {
  const normal = words.trim().toLowerCase().split(/\s+/u).join(' ');
  try {
    return mustBeSeed(mnemonicToEntropy(normal, wordlist));
  } catch {
    // The library's own words repeat what was typed.
    throw new CodecError('not the words of a recovery sheet');
  }
}

/** Words of a text that no sheet has, each once, in their order; of the last one only when it cannot become one. For whoever is typing. */
export function notOnSheets(text: string): readonly string[] {
  const words = text.toLowerCase().match(/\S+/gu) ?? [];
  const isTyping = !/\s$/u.test(text);
  const strange = words.filter((word, index) =>
    isTyping && index === words.length - 1
      ? !wordlist.some((known) => known.startsWith(word))
      : !wordlist.includes(word),
  );
  return [...new Set(strange)];
}

/** What the sheet's QR code holds: `sealcam-recovery:1:<base64url>`. */
export function recoveryQrText(seed: Uint8Array): string {
  return `${QR_PREFIX}${toBase64Url(mustBeSeed(seed))}`;
}

/** @throws {SealcamError} `codec.malformed` */
export function seedFromQrText(text: string): Uint8Array<ArrayBuffer> {
  if (!text.startsWith(QR_PREFIX)) throw new CodecError('not the code of a recovery sheet');
  return mustBeSeed(fromBase64Url(text.slice(QR_PREFIX.length).trim()));
}

function mustBeSeed(seed: Uint8Array): Uint8Array<ArrayBuffer> {
  if (seed.length !== RECOVERY_SEED_BYTES) throw new CodecError('a recovery seed has 32 bytes');
  return Uint8Array.from(seed);
}
