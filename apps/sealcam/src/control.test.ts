/** The control socket: how one command finds the process that runs on the same folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askControl, startControl } from './control.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sealcam-control-'));
});
afterEach(() => rm(data, { recursive: true }));

describe('the control socket', () => {
  it('says what runs, gives an invitation, and is gone afterwards', async () => {
    const end = await startControl(data, { command: 'relay', invite: () => Promise.resolve('abc') });
    expect(await askControl(data, 'who')).toBe('relay');
    expect(await askControl(data, 'invite')).toBe('abc');
    await end();
    expect(await askControl(data, 'who')).toBeUndefined();
  });

  it('of an agent refuses what only a relay can do', async () => {
    const end = await startControl(data, { command: 'agent' });
    await expect(askControl(data, 'invite')).rejects.toMatchObject({ code: 'command.refused' });
    await end();
  });

  it('refuses a second process on the folder', async () => {
    const end = await startControl(data, { command: 'up' });
    await expect(startControl(data, { command: 'up' })).rejects.toMatchObject({
      code: 'store.in-use',
      message: expect.stringMatching(
        new RegExp(
          `\\(process ${process.pid}\\) on ${data}\\. Stop it first, or start this one with another --data\\.$`,
        ),
      ) as string,
    });
    await end();
  });

  it('takes the place of one that was left by a killed process', async () => {
    await writeFile(join(data, 'sealcam.sock'), '');
    const end = await startControl(data, { command: 'up' });
    expect(await askControl(data, 'who')).toBe('up');
    await end();
  });

  it('is found under a folder whose name is too long for a socket', async () => {
    const deep = join(data, 'd'.repeat(120));
    const end = await startControl(deep, { command: 'up' });
    expect(await askControl(deep, 'who')).toBe('up');
    await end();
  });

  it('that answers without end is left, not believed', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.write('x'.repeat(10_000));
    });
    await new Promise<void>((done) => server.listen(join(data, 'sealcam.sock'), done));
    await expect(askControl(data, 'who')).rejects.toMatchObject({ code: 'protocol.too-large' });
    server.close();
  });
});
