import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '@sealcam/protocol';
import { contexts, secrets } from '../test/arbitraries.ts';
import { nodeSuite } from '../test/node-suite.ts';
import { deriveKeyId, deriveOpenKeys, deriveSealKeys, frameNonce, importEpochSecret, sframeInfo } from './keys.ts';
import { RFC9605_SUITE5 as rfc } from './rfc9605.vectors.ts';

const { subtle } = globalThis.crypto;

describe('RFC 9605, cipher suite 5', () => {
  const kid = fromHex(rfc.kid);

  test('labels, key, salt and nonce are those of the vector', () => {
    expect(toHex(sframeInfo('key', kid))).toBe(rfc.keyLabel);
    expect(toHex(sframeInfo('salt', kid))).toBe(rfc.saltLabel);
    expect(toHex(nodeSuite.hkdf(fromHex(rfc.baseKey), sframeInfo('key', kid), 32))).toBe(rfc.key);
    expect(toHex(nodeSuite.hkdf(fromHex(rfc.baseKey), sframeInfo('salt', kid), 12))).toBe(rfc.salt);
    expect(toHex(frameNonce(fromHex(rfc.salt), rfc.ctr))).toBe(rfc.nonce);
  });

  test('the suite handed in seals to the cipher text of the vector', () => {
    const aad = concat(fromHex(rfc.header), fromHex(rfc.metadata));
    const body = nodeSuite.aead(fromHex(rfc.key))(fromHex(rfc.nonce), aad, [fromHex(rfc.plain)]);
    expect(toHex(concat(fromHex(rfc.header), ...body))).toBe(rfc.sealed);
  });
});

test('the agent and a viewer derive the same key, key id and salt', async () => {
  await fc.assert(
    fc.asyncProperty(contexts, secrets, async (context, secret) => {
      const mine = deriveSealKeys(context, secret, nodeSuite.hkdf);
      const imported = await importEpochSecret(secret, subtle);
      const theirs = await deriveOpenKeys(context, imported, subtle);
      expect(theirs.kid).toBe(mine.kid);
      expect(await deriveKeyId(context, imported, subtle)).toBe(mine.kid);
      expect(toHex(theirs.salt)).toBe(toHex(mine.salt));
      const iv = frameNonce(mine.salt, 7);
      const sealed = concat(...nodeSuite.aead(mine.key)(iv, new Uint8Array(1), [secret]));
      const opened = await subtle.decrypt(
        { name: 'AES-GCM', iv, additionalData: new Uint8Array(1) },
        theirs.key,
        sealed,
      );
      expect(toHex(new Uint8Array(opened))).toBe(toHex(secret));
    }),
    { numRuns: 30 },
  );
});

test('two contexts never share a key or a key id, even under one secret', () => {
  fc.assert(
    fc.property(
      contexts,
      contexts,
      secrets,
      fc.constantFrom('homeId', 'cameraId', 'streamId', 'epoch', 'sessionId'),
      (a, b, secret, field) => {
        const other = { ...a, [field]: b[field] };
        fc.pre(other[field] !== a[field]);
        const [one, two] = [deriveSealKeys(a, secret, nodeSuite.hkdf), deriveSealKeys(other, secret, nodeSuite.hkdf)];
        expect(one.kid).not.toBe(two.kid);
        expect(toHex(one.key)).not.toBe(toHex(two.key));
      },
    ),
  );
});

test('every key id has its top bit set', () => {
  fc.assert(
    fc.property(contexts, secrets, (context, secret) => {
      expect(deriveSealKeys(context, secret, nodeSuite.hkdf).kid >= '8').toBe(true);
    }),
  );
});

test('nonces differ for every counter below 2^40', () => {
  const counter = fc.integer({ min: 0, max: 2 ** 40 - 1 });
  fc.assert(
    fc.property(counter, counter, (a, b) => {
      const salt = fromHex(rfc.salt);
      expect(toHex(frameNonce(salt, a)) === toHex(frameNonce(salt, b))).toBe(a === b);
    }),
  );
});

test('a secret that is not 32 bytes is refused', async () => {
  const context = fc.sample(contexts, 1)[0];
  if (context === undefined) throw new RangeError('no sample');
  expect(() => deriveSealKeys(context, new Uint8Array(31), nodeSuite.hkdf)).toThrow(RangeError);
  await expect(importEpochSecret(new Uint8Array(0), subtle)).rejects.toThrow(RangeError);
});
