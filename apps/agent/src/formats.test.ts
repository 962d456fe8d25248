/** From one version of the agent's files to the next: upgraded whole, kept beside, and never touched when they are from a newer Sealcam. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cameraId } from '@sealcam/protocol';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { parseCameraAddress } from './cameras/index.ts';
import { readDurably, writeDurably } from './durable-file.ts';
import { upgraded } from './file-version.ts';
import { agentFormats } from './formats.ts';
import { HomeStore, HOME_VERSION } from './home-store.ts';
import { loadIdentity, newIdentity } from './identity.ts';
import { Vault } from './secrets.ts';
import { startAgent } from './start.ts';

/** The file of the home as commit e9c0e9a wrote it, of an agent that had a home once. */
const OLD = {
  version: 1,
  epoch: 1_764_000_000_000,
  cameras: [
    {
      cameraId: 'a'.repeat(32),
      name: 'Porch',
      room: 'Outside',
      private: false,
      hasSub: true,
      hasAudio: false,
      mainCodec: 'h264',
      model: 'Acme C1',
      sealed: 'AAAA',
    },
  ],
  demoRemoved: true,
  endings: [],
};

const parts = { relayUrl: 'ws://127.0.0.1:9', demo: true, pagesUrl: 'http://127.0.0.1:9' };
const start = (dataDir: string) => startAgent({ ...parts, dataDir, logger: pino({ level: 'silent' }) });

/** What is in the folder, by content; the lock says nothing. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('lock'));
  const sums = names.map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);
  return Object.fromEntries(sums) as Record<string, string>;
}

function changed(folder: string, name: string, change: (value: Record<string, unknown>) => unknown): void {
  const value = JSON.parse(readDurably(join(folder, name)) ?? '') as Record<string, unknown>;
  writeDurably(join(folder, name), JSON.stringify(change(value)));
}

describe('a file of the version before', () => {
  it('goes on with all that was in it, and is kept as it was', () => {
    const folder = folderForTest();
    writeDurably(join(folder, 'home'), JSON.stringify(OLD));
    const before = readFileSync(join(folder, 'home'));
    const { record } = new HomeStore(folder);
    expect(record).toEqual({ ...OLD, version: HOME_VERSION });
    expect(readFileSync(join(folder, `home.before-${HOME_VERSION}`)).equals(before)).toBe(true);
    expect(JSON.parse(readDurably(join(folder, 'home')) ?? '')).toMatchObject({ version: HOME_VERSION });
  });

  it('is copied once, and a new one not at all', () => {
    const folder = folderForTest();
    writeDurably(join(folder, 'home'), JSON.stringify(OLD));
    new HomeStore(folder);
    const copy = readFileSync(join(folder, `home.before-${HOME_VERSION}`));
    new HomeStore(folder).nextEpoch(Date.now(), []);
    expect(readFileSync(join(folder, `home.before-${HOME_VERSION}`)).equals(copy)).toBe(true);
    const fresh = folderForTest();
    new HomeStore(fresh);
    new HomeStore(fresh);
    expect(readdirSync(fresh)).toEqual(['home']);
  });

  it('stays as it is where no copy can be made', () => {
    const folder = folderForTest();
    writeDurably(join(folder, 'home'), JSON.stringify(OLD));
    mkdirSync(join(folder, `home.before-${HOME_VERSION}`));
    const before = readFileSync(join(folder, 'home'));
    expect(() => new HomeStore(folder)).toThrow();
    expect(readFileSync(join(folder, 'home')).equals(before)).toBe(true);
  });
});

describe('steps from version to version', () => {
  const upgrades = [
    (one: object) => ({ ...one, version: 2, two: 'added' }),
    (two: object) => ({ ...two, version: 3, three: 'added' }),
  ];

  it.each([
    [{ a: 1 }, 1],
    [{ a: 1, version: 1 }, 1],
    [{ a: 1, version: 2, two: 'there' }, 2],
  ])('of %j end at the newest', (value, found) => {
    const done = upgraded(value, 'file', upgrades);
    expect(done.found).toBe(found);
    expect(done.value).toMatchObject({ a: 1, version: 3, three: 'added' });
  });

  it('of a later version are refused as such', () => {
    expect(() => upgraded({ version: 4 }, 'file', upgrades)).toThrow('store.newer');
  });

  it.each([null, [[]], 'x', { version: 0 }, { version: '2' }, { version: 1.5 }])('of %j are none', (value) => {
    expect(() => upgraded(value, 'file', upgrades)).toThrow('store.corrupt');
  });
});

describe('files of a newer Sealcam', () => {
  const newer = [
    ['home', (value: Record<string, unknown>) => ({ ...value, version: HOME_VERSION + 1, of: 'tomorrow' })],
    ['identity', (value: Record<string, unknown>) => ({ ...value, version: 2, of: 'tomorrow' })],
  ] as const;

  it.each(newer)('are refused with words, and not a byte of any changes: %s', async (name, change) => {
    const folder = folderForTest();
    await (await start(folder)).close();
    // Were the others written before this one is looked at, they would be upgraded.
    changed(folder, 'home', (value) => ({ ...value, version: 1 }));
    changed(folder, name, change);
    const before = contents(folder);
    await expect(start(folder)).rejects.toMatchObject({ code: 'store.newer' });
    expect(() => agentFormats(folder)).toThrow('store.newer');
    expect(contents(folder)).toEqual(before);
  });

  it('the key of the vault, too', async () => {
    const folder = folderForTest();
    await (await start(folder)).close();
    writeDurably(join(folder, 'secrets.key'), JSON.stringify({ version: 2, key: 'of tomorrow' }));
    const before = contents(folder);
    await expect(start(folder)).rejects.toMatchObject({ code: 'store.newer' });
    expect(contents(folder)).toEqual(before);
  });
});

it('says the versions of what is there, and of what is not', async () => {
  const folder = folderForTest();
  expect(agentFormats(folder).map(({ found }) => found)).toEqual([undefined, undefined, undefined]);
  writeDurably(join(folder, 'home'), JSON.stringify(OLD));
  await newIdentity(folder);
  new Vault(folder);
  expect(agentFormats(folder).map(({ name, found }) => [name, found])).toEqual([
    ['home', 1],
    ['identity', 1],
    ['secrets.key', 1],
  ]);
  expect(existsSync(join(folder, `home.before-${HOME_VERSION}`))).toBe(false);
});

it('an identity and a camera’s account of version 1 say none, and are read', async () => {
  const folder = folderForTest();
  const made = await newIdentity(folder);
  expect(readDurably(join(folder, 'identity'))).not.toContain('version');
  expect((await loadIdentity(folder))?.keys.deviceId).toBe(made.keys.deviceId);
  const vault = new Vault(folder);
  const camera = cameraId('a'.repeat(32));
  const secrets = {
    main: { address: parseCameraAddress('rtsp://10.0.0.5/s').address, transport: 'tcp' as const },
  };
  expect(vault.open(camera, vault.seal(camera, secrets))).toEqual(secrets);
  const later = vault.seal(camera, { ...secrets, version: 2 } as never);
  expect(() => vault.open(camera, later)).toThrow('store.newer');
});
