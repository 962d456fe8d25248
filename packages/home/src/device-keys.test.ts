import { SealcamError } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import {
  exportDeviceKeys,
  exportHpkeKeys,
  generateDeviceKeys,
  generateHpkeKeys,
  importDeviceKeys,
  importHpkeKeys,
} from './device-keys.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';
import { sign } from './sign.ts';
import { deviceIdOf, isPublicKey, verifySignature } from './signature.ts';

const message = Uint8Array.of(1, 2, 3);

describe('device keys', () => {
  it('sign what verifies under their public half alone', async () => {
    const keys = await generateDeviceKeys();
    const other = await generateDeviceKeys();
    const signature = await sign(keys, message);
    expect(signature.length).toBe(64);
    expect(await verifySignature(keys.sigPub, message, signature)).toBe(true);
    expect(await verifySignature(other.sigPub, message, signature)).toBe(false);
    expect(await verifySignature(keys.sigPub, Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(keys.deviceId).toBe(await deviceIdOf(keys.sigPub));
  });

  it('do not leave a browser: neither export nor a file takes them', async () => {
    const keys = await generateDeviceKeys();
    expect(keys.signKey.extractable).toBe(false);
    expect((await generateHpkeKeys(1)).privateKey.extractable).toBe(false);
    await expect(exportDeviceKeys(keys)).rejects.toThrow(SealcamError);
  });

  it('survive a structured clone, as IndexedDB makes one', async () => {
    const keys = structuredClone(await generateDeviceKeys());
    expect(await verifySignature(keys.sigPub, message, await sign(keys, message))).toBe(true);
    const hpke = structuredClone(await generateHpkeKeys(3));
    expect(await hpkeOpen(hpke, message, await hpkeSeal(hpke.hpkePub, message, message))).toEqual(message);
  });

  it("come back from the agent's file, as JSON", async () => {
    const keys = await generateDeviceKeys({ extractable: true });
    const again = await importDeviceKeys(
      JSON.parse(JSON.stringify(await exportDeviceKeys(keys))) as Awaited<ReturnType<typeof exportDeviceKeys>>,
    );
    expect(again.deviceId).toBe(keys.deviceId);
    expect(await verifySignature(keys.sigPub, message, await sign(again, message))).toBe(true);
    const hpke = await generateHpkeKeys(4, { extractable: true });
    const opened = await importHpkeKeys(await exportHpkeKeys(hpke));
    expect(opened.keySeq).toBe(4);
    expect(await hpkeOpen(opened, message, await hpkeSeal(hpke.hpkePub, message, message))).toEqual(message);
  });

  it('of a damaged file are refused', async () => {
    const one = await exportDeviceKeys(await generateDeviceKeys({ extractable: true }));
    const two = await exportDeviceKeys(await generateDeviceKeys({ extractable: true }));
    const a = await exportHpkeKeys(await generateHpkeKeys(1, { extractable: true }));
    const b = await exportHpkeKeys(await generateHpkeKeys(1, { extractable: true }));
    const refused = [
      () => importDeviceKeys({ ...one, sigPub: two.sigPub }),
      () => importDeviceKeys({ ...one, pkcs8: one.pkcs8.slice(0, 20) }),
      () => importDeviceKeys({ ...one, sigPub: '=' }),
      () => importHpkeKeys({ ...a, hpkePub: b.hpkePub }),
      () => importHpkeKeys({ ...a, keySeq: 0 }),
      () => importHpkeKeys({ ...a, hpkePub: a.hpkePub.slice(0, 40) }),
    ];
    for (const each of refused) await expect(each()).rejects.toMatchObject({ code: 'store.corrupt' });
  });

  it('have one spelling: no compressed points, none off the curve', async () => {
    const { sigPub } = await generateDeviceKeys();
    expect(await isPublicKey(sigPub)).toBe(true);
    const off = Uint8Array.from(sigPub);
    off[64] = (off[64] ?? 0) ^ 1;
    const compressed = Uint8Array.from(sigPub.subarray(0, 33));
    compressed[0] = 2 + ((sigPub[64] ?? 0) & 1);
    for (const bad of [off, compressed, new Uint8Array(65), new Uint8Array()])
      expect(await isPublicKey(bad)).toBe(false);
  });
});
