/**
 * RFC 9180's vectors have no P-256 with AES-256-GCM. So: the library passes A.3 (same KEM and KDF, AES-128); a second implementation,
 * written here from the RFC on node:crypto, passes A.3 too; and that second one opens what `hpkeSeal` sealed with AES-256.
 */
import { createDecipheriv, createECDH, createHmac } from 'node:crypto';
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { fromHex, toHex, utf8 } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportHpkeKeys, generateHpkeKeys } from './device-keys.ts';
import { RFC9180_A3_BASE as A3 } from './hpke-rfc9180.vectors.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';

const KEM_P256 = 0x0010;
const KDF_SHA256 = 0x0001;
const AEAD = {
  aes128: { id: 1, keyBytes: 16, name: 'aes-128-gcm' },
  aes256: { id: 2, keyBytes: 32, name: 'aes-256-gcm' },
} as const;

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const extract = (salt: Uint8Array, ikm: Uint8Array) => createHmac('sha256', salt).update(ikm).digest();

function expand(prk: Uint8Array, info: Uint8Array, length: number): Buffer {
  let out = Buffer.alloc(0);
  let block = Buffer.alloc(0);
  for (let i = 1; out.length < length; i += 1) {
    block = createHmac('sha256', prk)
      .update(block)
      .update(info)
      .update(Buffer.from([i]))
      .digest();
    out = Buffer.concat([out, block]);
  }
  return out.subarray(0, length);
}

/** RFC 9180 section 4: LabeledExtract and LabeledExpand under one suite id. */
function labeled(suite: Uint8Array) {
  const front = Buffer.concat([utf8('HPKE-v1'), suite]);
  return {
    extract: (salt: Uint8Array, label: string, ikm: Uint8Array) =>
      extract(salt, Buffer.concat([front, utf8(label), ikm])),
    expand: (prk: Uint8Array, label: string, info: Uint8Array, length: number) =>
      expand(prk, Buffer.concat([u16(length), front, utf8(label), info]), length),
  };
}

/** RFC 9180 section 4.1 Decap, section 5.1 KeySchedule with mode_base, section 5.2 Open at sequence 0. */
function secondOpen(
  secretKey: Uint8Array,
  enc: Uint8Array,
  sealed: { info: Uint8Array; aad: Uint8Array; ct: Uint8Array },
  aead: (typeof AEAD)[keyof typeof AEAD],
) {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secretKey);
  const kem = labeled(Buffer.concat([utf8('KEM'), u16(KEM_P256)]));
  const prk = kem.extract(Buffer.alloc(0), 'eae_prk', ecdh.computeSecret(enc));
  const sharedSecret = kem.expand(prk, 'shared_secret', Buffer.concat([enc, ecdh.getPublicKey()]), 32);
  const hpke = labeled(Buffer.concat([utf8('HPKE'), u16(KEM_P256), u16(KDF_SHA256), u16(aead.id)]));
  const none = Buffer.alloc(0);
  const context = Buffer.concat([
    Buffer.from([0]),
    hpke.extract(none, 'psk_id_hash', none),
    hpke.extract(none, 'info_hash', sealed.info),
  ]);
  const secret = hpke.extract(sharedSecret, 'secret', none);
  const key = hpke.expand(secret, 'key', context, aead.keyBytes);
  const decipher = createDecipheriv(aead.name, key, hpke.expand(secret, 'base_nonce', context, 12));
  decipher.setAAD(sealed.aad).setAuthTag(sealed.ct.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.ct.subarray(0, -16)), decipher.final()]);
  return { sharedSecret: toHex(sharedSecret), key: toHex(key), plain: toHex(plain) };
}

describe('HPKE', () => {
  it('is RFC 9180 A.3 in the library: KEM, key schedule, three messages and three exports', async () => {
    const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
    const recipientKey = await suite.kem.deriveKeyPair(fromHex(A3.ikmR).buffer);
    const ekm = await suite.kem.deriveKeyPair(fromHex(A3.ikmE).buffer);
    const info = fromHex(A3.info);
    const sender = await suite.createSenderContext({ recipientPublicKey: recipientKey.publicKey, info, ekm });
    expect(toHex(new Uint8Array(sender.enc))).toBe(A3.pkEm);
    const recipient = await suite.createRecipientContext({ recipientKey, enc: sender.enc, info });
    for (const { aad, ct } of A3.sealed) {
      expect(toHex(new Uint8Array(await sender.seal(fromHex(A3.pt), fromHex(aad))))).toBe(ct);
      expect(toHex(new Uint8Array(await recipient.open(fromHex(ct), fromHex(aad))))).toBe(A3.pt);
    }
    for (const { context, value } of A3.exports) {
      expect(toHex(new Uint8Array(await recipient.export(fromHex(context), 32)))).toBe(value);
    }
  });

  it('is RFC 9180 A.3 in the second implementation', () => {
    const [first] = A3.sealed;
    const sealed = { info: fromHex(A3.info), aad: fromHex(first.aad), ct: fromHex(first.ct) };
    expect(secondOpen(fromHex(A3.skRm), fromHex(A3.pkEm), sealed, AEAD.aes128)).toEqual({
      sharedSecret: A3.sharedSecret,
      key: A3.key,
      plain: A3.pt,
    });
  });

  it('with AES-256-GCM is opened by the second implementation', async () => {
    const keys = await generateHpkeKeys(1, { extractable: true });
    const { d } = await crypto.subtle.exportKey('jwk', keys.privateKey);
    const info = utf8('what it is for');
    const sealed = await hpkeSeal(keys.hpkePub, info, utf8('a secret of thirty-two bytes'));
    const parts = { info, aad: new Uint8Array(), ct: sealed.subarray(65) };
    const opened = secondOpen(Buffer.from(d ?? '', 'base64url'), sealed.subarray(0, 65), parts, AEAD.aes256);
    expect(opened.plain).toBe(toHex(utf8('a secret of thirty-two bytes')));
    expect((await exportHpkeKeys(keys)).keySeq).toBe(1);
  });

  it('opens with keys that cannot be exported, and for nothing but the same key, info and bytes', async () => {
    const keys = await generateHpkeKeys(1);
    const other = await generateHpkeKeys(1);
    const info = utf8('info');
    const sealed = await hpkeSeal(keys.hpkePub, info, Uint8Array.of(1, 2, 3));
    expect(await hpkeOpen(keys, info, sealed)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await hpkeOpen(other, info, sealed)).toBeUndefined();
    expect(await hpkeOpen(keys, utf8('infp'), sealed)).toBeUndefined();
    for (let i = 0; i < sealed.length; i += 1) {
      const mutant = Uint8Array.from(sealed);
      mutant[i] = (mutant[i] ?? 0) ^ 1;
      expect(await hpkeOpen(keys, info, mutant)).toBeUndefined();
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async (noise) => {
        expect(await hpkeOpen(keys, info, noise)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});
