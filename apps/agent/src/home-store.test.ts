import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { HomeStore } from './home-store.ts';

const child = fileURLToPath(new URL('../test/epoch-child.ts', import.meta.url));

/** @returns the epochs that a process was given before it was killed in the middle of taking the next */
async function takeEpochsAndDie(folder: string, atLeast: number): Promise<number[]> {
  const running = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  running.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > atLeast) running.kill('SIGKILL');
  });
  await new Promise((ended) => running.once('close', ended));
  return text.split('\n').slice(0, -1).map(Number);
}

describe('the record of the home', () => {
  it('never gives an epoch twice, however often the process is killed', async () => {
    const folder = folderForTest();
    const seen: number[] = [];
    for (let kill = 0; kill < 5; kill += 1) seen.push(...(await takeEpochsAndDie(folder, 3 + 7 * kill)));
    expect(seen.length).toBeGreaterThan(50);
    for (const [at, epoch] of seen.entries()) if (at > 0) expect(epoch).toBeGreaterThan(seen[at - 1] ?? Infinity);
    expect(new HomeStore(folder).record.epoch).toBeGreaterThanOrEqual(seen.at(-1) ?? Infinity);
  }, 60_000);

  it('has the epoch on disk before it hands it out', () => {
    const folder = folderForTest();
    const store = new HomeStore(folder);
    const epoch = store.nextEpoch(Date.now(), []);
    expect(readFileSync(join(folder, 'home'), 'utf8')).toContain(`"epoch":${epoch}`);
    expect(store.nextEpoch(0, [])).toBe(epoch + 1);
  });

  it('is refused with words when any byte of it is another, and is left as it is', () => {
    const folder = folderForTest();
    const path = join(folder, 'home');
    new HomeStore(folder).nextEpoch(5, []);
    const good = readFileSync(path);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ change;
        writeFileSync(path, cut ? good.subarray(0, at) : bad);
        const before = readFileSync(path);
        expect(() => new HomeStore(folder)).toThrow(SealcamError);
        expect(() => new HomeStore(folder)).toThrow('store.corrupt');
        expect(readFileSync(path)).toEqual(before);
      }),
      { numRuns: 60 },
    );
    writeFileSync(path, good);
    expect(new HomeStore(folder).record.epoch).toBe(5);
  });

  it('is for its owner alone, and leaves no half-written file', () => {
    const folder = folderForTest();
    new HomeStore(folder).nextEpoch(5, []);
    expect(statSync(join(folder, 'home')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'home.new'))).toBe(false);
  });

  it('stays as it was, in memory too, when it cannot be written', () => {
    const folder = folderForTest();
    const store = new HomeStore(folder);
    store.nextEpoch(7, []);
    const unwritable = { ...store.record, epoch: 1n as unknown as number };
    expect(() => store.update(() => unwritable)).toThrow();
    expect(store.record.epoch).toBe(7);
    expect(new HomeStore(folder).record.epoch).toBe(7);
  });
});
