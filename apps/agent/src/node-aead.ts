/** AES-256-GCM and HKDF-SHA512 of `node:crypto` for packages/seal: synchronous, about 10 us for a 10 KB frame. */
import { createCipheriv, createSecretKey, hkdfSync } from 'node:crypto';
import type { SealSuite } from '@sealcam/seal';

const NO_SALT = new Uint8Array(0);

export const NODE_SUITE: SealSuite = {
  aead: (key) => {
    const secret = createSecretKey(key);
    return (nonce, aad, plain) => {
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(aad);
      const parts = plain.map((part) => cipher.update(part));
      // GCM has no final block; calling it makes the tag.
      cipher.final();
      return [...parts, cipher.getAuthTag()];
    };
  },
  hkdf: (ikm, info, length) => new Uint8Array(hkdfSync('sha512', ikm, NO_SALT, info, length)),
};
