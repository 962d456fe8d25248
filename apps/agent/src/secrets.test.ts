import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cameraId, fromBase64Url, toBase64Url } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { parseCameraAddress } from './cameras/index.ts';
import { writeDurably } from './durable-file.ts';
import { Vault, type CameraSecrets } from './secrets.ts';

const porch = cameraId('a'.repeat(32));
const nursery = cameraId('b'.repeat(32));
const secrets: CameraSecrets = {
  main: { address: parseCameraAddress('rtsp://10.0.0.5/stream1').address, transport: 'tcp' },
  credentials: { user: 'admin', password: 'correct horse' },
};

describe('camera accounts at rest', () => {
  it('come back for their own camera, also after a restart, and hold nothing in clear', () => {
    const folder = folderForTest();
    const sealed = new Vault(folder).seal(porch, secrets);
    expect(new Vault(folder).open(porch, sealed)).toEqual(secrets);
    const clear = Buffer.from(fromBase64Url(sealed)).toString('latin1');
    for (const word of ['admin', 'correct', '10.0.0.5', 'stream1']) expect(clear).not.toContain(word);
    expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
  });

  it('are not opened, nor new ones sealed, under a key of another length', () => {
    const folder = folderForTest();
    new Vault(folder).seal(porch, secrets);
    for (const bytes of [0, 16, 31, 33, 64]) {
      writeDurably(join(folder, 'secrets.key'), toBase64Url(new Uint8Array(bytes)));
      expect(() => new Vault(folder).seal(porch, secrets)).toThrow(
        expect.objectContaining({ code: 'store.corrupt' }) as Error,
      );
    }
  });

  it('open for no other camera, under no other key, and with no bit changed', () => {
    const folder = folderForTest();
    const vault = new Vault(folder);
    const sealed = vault.seal(porch, secrets);
    expect(() => vault.open(nursery, sealed)).toThrow('store.corrupt');
    expect(() => new Vault(folderForTest()).open(porch, sealed)).toThrow('store.corrupt');
    const bytes = fromBase64Url(sealed);
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), (bit) => {
        const bad = Uint8Array.from(bytes);
        bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => vault.open(porch, toBase64Url(bad))).toThrow('store.corrupt');
      }),
    );
    expect(() => vault.open(porch, '')).toThrow('store.corrupt');
  });

  it('are sealed differently each time', () => {
    const vault = new Vault(folderForTest());
    expect(vault.seal(porch, secrets)).not.toBe(vault.seal(porch, secrets));
  });

  it('refuse a key file that was damaged', () => {
    const folder = folderForTest();
    new Vault(folder);
    const path = join(folder, 'secrets.key');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/.$/u, '!'));
    expect(() => new Vault(folder)).toThrow('store.corrupt');
  });
});
