import { createConnection } from 'node:net';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { connectControl, serveControl, type Answers } from './control.ts';

const answers: Answers = {
  status: () => ({ at: 'online', cameras: [] }),
  resetHome: () => Promise.reject(new SealcamError('store.full')),
  confirmRecovery: () => Promise.resolve(true),
  claimLink: () => undefined,
};

async function serve(folder = folderForTest(), given = answers): Promise<string> {
  const close = await serveControl(folder, given);
  onTestFinished(close);
  return folder;
}

describe('the control socket', () => {
  it('answers each question, with the code where it failed', async () => {
    const control = await connectControl(await serve());
    const [status, confirmed, link] = await Promise.all([
      control?.status(),
      control?.confirmRecovery(),
      control?.claimLink(),
    ]);
    expect([status?.at, confirmed, link]).toEqual(['online', true, undefined]);
    await expect(control?.resetHome()).rejects.toMatchObject({ code: 'store.full' });
    control?.close();
  });

  it('is for the owner alone, and takes the place of one that a killed process left', async () => {
    const folder = await serve();
    expect(statSync(join(folder, 'control.sock')).mode & 0o777).toBe(0o600);
    await serve(folder);
    const control = await connectControl(folder);
    expect((await control?.status())?.at).toBe('online');
    control?.close();
  });

  it('works in a folder whose path is longer than a socket may have', async () => {
    const folder = join(folderForTest(), 'x'.repeat(60), 'y'.repeat(60));
    mkdirSync(folder, { recursive: true });
    await serve(folder);
    const control = await connectControl(folder);
    expect((await control?.status())?.at).toBe('online');
    control?.close();
  });

  it('keeps no more than a bounded number of answers for one who asks and does not read', async () => {
    let answered = 0;
    const homeName = 'x'.repeat(100_000);
    const folder = await serve(folderForTest(), {
      ...answers,
      status: () => {
        answered += 1;
        return { at: 'online', homeName, cameras: [] };
      },
    });
    const socket = createConnection(join(folder, 'control.sock'));
    const ended = once(socket, 'error');
    socket.pause();
    for (let id = 1; !socket.destroyed && id <= 2_000; id += 1) {
      socket.write(`${JSON.stringify({ id, ask: 'status' })}\n`);
      await new Promise((done) => setImmediate(done));
    }
    await ended;
    // 1 MB here, what the system's own buffers hold, and one round of questions.
    expect(answered).toBeLessThan(100);
    const control = await connectControl(folder);
    expect((await control?.status())?.at).toBe('online');
    control?.close();
  });

  it('lives on after whatever is written to it', async () => {
    const folder = await serve();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.constant('z'.repeat(5_000))), async (text) => {
        const socket = createConnection(join(folder, 'control.sock'));
        socket.on('error', () => undefined);
        socket.resume();
        socket.end(`${text}\n`);
        await once(socket, 'close');
      }),
      { numRuns: 30 },
    );
    const control = await connectControl(folder);
    expect((await control?.status())?.at).toBe('online');
    control?.close();
  });
});
