/** HPKE (RFC 9180), Base mode, one suite and no negotiation: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. `sealed = enc 65 ‖ ct`. */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { concat, SealcamError } from '@sealcam/protocol';
import type { HpkeKeys } from './device-keys.ts';

const SUITE = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const ENC_BYTES = 65;
const TAG_BYTES = 16;

/**
 * @param to 65 bytes, checked to be a point when it was verified
 * @param info who, what and when: a seal for anything else does not open
 */
export async function hpkeSeal(to: Uint8Array, info: Uint8Array, plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const recipientPublicKey = await SUITE.kem.deserializePublicKey(concat(to));
    const { enc, ct } = await SUITE.seal({ recipientPublicKey, info: concat(info) }, concat(plain));
    return concat(new Uint8Array(enc), new Uint8Array(ct));
  } catch (error) {
    throw new SealcamError('internal', 'nothing could be sealed to that key', { cause: error });
  }
}

/** @returns undefined for whatever does not open; why is not told, it would be an oracle */
export async function hpkeOpen(
  keys: HpkeKeys,
  info: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (sealed.length < ENC_BYTES + TAG_BYTES) return undefined;
  const recipientKey = { publicKey: keys.publicKey, privateKey: keys.privateKey };
  const enc = concat(sealed.subarray(0, ENC_BYTES));
  try {
    return new Uint8Array(
      await SUITE.open({ recipientKey, enc, info: concat(info) }, concat(sealed.subarray(ENC_BYTES))),
    );
  } catch {
    return undefined;
  }
}
