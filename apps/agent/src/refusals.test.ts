/** What the agent refuses, with its code: one bad input each, beside the good one that shows that the way there is open. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SealcamError, type ErrorCode } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { CameraTrials } from './camera-trials.ts';
import { backoffMs } from './cameras/backoff.ts';
import { parseCameraAddress } from './cameras/index.ts';
import { readDurably, writeDurably } from './durable-file.ts';
import { HomeStore, readHome } from './home-store.ts';
import { loadIdentity, newIdentity, readIdentity } from './identity.ts';
import { startAgent } from './start.ts';

const refused = (code: ErrorCode): Error => expect.objectContaining({ code }) as Error;

describe('files', () => {
  it('that are there and cannot be read are corrupt, not absent', () => {
    const folder = folderForTest();
    expect(readDurably(join(folder, 'none'))).toBeUndefined();
    mkdirSync(join(folder, 'a-folder'));
    expect(() => readDurably(join(folder, 'a-folder'))).toThrow(refused('store.corrupt'));
  });

  it('that are not what was written are corrupt', () => {
    const folder = folderForTest();
    writeDurably(join(folder, 'file'), 'words');
    expect(readDurably(join(folder, 'file'))).toBe('words');
    writeFileSync(join(folder, 'file'), 'words');
    expect(() => readDurably(join(folder, 'file'))).toThrow(refused('store.corrupt'));
  });

  it('of another shape are corrupt: the record of the home', () => {
    const folder = folderForTest();
    new HomeStore(folder).nextEpoch(1, []);
    expect(readHome(folder)?.record.epoch).toBeGreaterThan(0);
    for (const text of ['{}', 'null', '{"version":1}', 'no JSON']) {
      writeDurably(join(folder, 'home'), text);
      expect(() => readHome(folder)).toThrow(refused('store.corrupt'));
    }
  });

  it('of another shape are corrupt: the identity', async () => {
    const folder = folderForTest();
    const { keys } = await newIdentity(folder);
    expect((await loadIdentity(folder))?.keys.deviceId).toBe(keys.deviceId);
    for (const text of ['{}', 'null', 'no JSON', '{"device":{},"hpke":{}}']) {
      writeDurably(join(folder, 'identity'), text);
      expect(() => readIdentity(folder)).toThrow(refused('store.corrupt'));
    }
  });
});

describe('a try of a camera', () => {
  const wanted = { main: [], sub: [], credentials: undefined, transport: 'auto' } as const;

  it('of which there is none, is over', async () => {
    const trials = new CameraTrials(() => 0);
    expect(await trials.run(wanted, () => undefined)).toMatchObject({ is: 'failed', code: 'rtsp.address' });
    expect(() => trials.take('a'.repeat(32))).toThrow(refused('command.refused'));
  });
});

describe('settings', () => {
  it.each(['http://relay', 'relay:8420', ''])('a relay at %j is none', async (relayUrl) => {
    const started = startAgent({
      dataDir: folderForTest(),
      relayUrl,
      demo: false,
      pagesUrl: 'http://x',
      logger: {} as never,
      onClaimLink: () => undefined,
    });
    await expect(started).rejects.toMatchObject({ code: 'config.invalid' });
  });

  it('an address is at most 2,048 characters', () => {
    const long = (length: number): string => `rtsp://h/${'x'.repeat(length - 9)}`;
    expect(parseCameraAddress(long(2_048)).address.host).toBe('h');
    expect(() => parseCameraAddress(long(2_049))).toThrow(refused('rtsp.address'));
    expect(() => parseCameraAddress(long(2_049))).toThrow(SealcamError);
  });
});

it('nobody is hammered, and nothing that comes back by itself is waited for long: floor, first and last wait of each pace', () => {
  const pace = (code: ErrorCode): number[] => [backoffMs(code, 1, 0), backoffMs(code, 1, 1), backoffMs(code, 99, 1)];
  expect(pace('rtsp.ended')).toEqual([250, 500, 30_000]);
  expect(pace('rtsp.not-found')).toEqual([1_000, 8_000, 120_000]);
  expect(pace('rtsp.password')).toEqual([60_000, 240_000, 900_000]);
});
