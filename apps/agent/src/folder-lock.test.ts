import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { lockFolder } from './folder-lock.ts';

const holder = `
  import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
  lockFolder(process.argv[1]);
  console.log('held');
  setInterval(() => {}, 1000);`;

describe('the lock of a data folder', () => {
  it('refuses a second process, and dies with the first one, however it ends', async () => {
    const folder = folderForTest();
    const first = spawn(process.execPath, ['--input-type=module', '-e', holder, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void first.kill('SIGKILL'));
    await once(first.stdout, 'data');
    expect(() => lockFolder(folder)).toThrow(
      `store.in-use: It is process ${first.pid ?? 0} on ${folder}. Stop it first, or start this one with another --data.`,
    );
    first.kill('SIGKILL');
    await once(first, 'close');
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow('store.in-use');
    release();
    lockFolder(folder)();
  });
});
