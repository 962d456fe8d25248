/** The suite of `node:crypto`, as the agent hands it in; for tests of the packages, which reach no `node:*` themselves. */
import { createCipheriv, createSecretKey, hkdfSync } from 'node:crypto';
import type { AeadSync, HkdfSync, SealSuite } from '../src/index.ts';

const aead: AeadSync = (raw) => {
  const key = createSecretKey(raw);
  return (nonce, aad, plain) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    const sealed = plain.map((part) => cipher.update(part));
    return [...sealed, cipher.final(), cipher.getAuthTag()];
  };
};

const hkdf: HkdfSync = (ikm, info, length) => new Uint8Array(hkdfSync('sha512', ikm, new Uint8Array(0), info, length));

export const nodeSuite: SealSuite = { aead, hkdf };
