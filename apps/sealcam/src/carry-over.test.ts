/** A relay restored from an older backup: the restore says what it lacks, the start after it too, and one word puts it back. */
import { startRelay } from '@sealcam/relay';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { writeBackup } from './commands/backup.ts';
import { restore } from './commands/restore.ts';
import { suspensions } from './commands/suspensions.ts';
import { startControl } from './control.ts';
import { checkRestored } from './restore-check.ts';
import { mergeSettings } from './settings.ts';
import { suspensionActs } from './suspension-acts.ts';

let folder: string;
let data: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-carry-'));
  data = join(folder, 'data');
});
afterEach(() => rm(folder, { recursive: true }));

/** The relay of the folder, as `sealcam relay` runs it for the other commands. */
async function running() {
  const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir: data, open: true });
  const end = await startControl(data, { command: 'relay', acts: suspensionActs({ relay }) });
  return {
    relay,
    end: async () => {
      await end();
      await relay.close();
    },
  };
}

/** What a command says. */
async function typed(command: typeof restore, words: readonly string[], ...options: string[]): Promise<string> {
  let text = '';
  const say = (line = ''): void => void (text += `${line}\n`);
  const code = await command.run({
    settings: mergeSettings(parseArguments(['--data', data], []).flags),
    settingsFile: join(data, 'sealcam.yaml'),
    words,
    options: new Set(options),
    values: new Map(),
    terminal: { say, note: say, progress: () => ({ done: () => undefined }), watched: false, columns: 80 },
  });
  return `${code}\n${text}`;
}

it('says so at the restore, at each look and in the doctor, until it is put back', async () => {
  const file = join(folder, 'relay.tar.gz');
  const before = await running();
  await writeBackup(data, file, Date.now());
  const target = { width: 'partner', partner: 'google' } as const;
  const asked = { target, cause: 'operator', by: 'Ada', reason: 'strangers reported' } as const;
  const { id } = await before.relay.suspensions.suspend(asked);
  await before.end();

  const said = await typed(restore, [file], 'overwrite');
  expect(said).toMatch(/^0\n/);
  expect(said).toMatch(
    /older than what was there\..* Suspended then, and not any more:\n {2}[0-9a-f]{32} {2}partner google, .* by Ada/,
  );
  expect(said).toContain('npx sealcam suspensions --put-back');

  const after = await running();
  try {
    expect(await after.relay.suspensions.active()).toEqual([]);
    expect(await typed(suspensions, [])).toContain('One suspension may be missing.');
    expect(await typed(suspensions, [], 'missing')).toContain(`${id}  partner google, since`);
    expect(await checkRestored(data)).toMatchObject([
      { verdict: 'wrong', words: expect.stringContaining('One suspension may be missing') as string },
    ]);
    expect(await typed(suspensions, [], 'put-back')).toContain(`${id}  partner google, since`);
    expect(await typed(suspensions, [])).toMatch(
      /^0\n[0-9a-f]{32} {2}partner google, .* by Ada: strangers reported\n$/,
    );
    expect(await checkRestored(data)).toMatchObject([{ verdict: 'well' }]);
  } finally {
    await after.end();
  }
  expect(await checkRestored(data)).toMatchObject([{ verdict: 'well' }]);
});

it('says nothing of a restore that lacks nothing', async () => {
  const file = join(folder, 'relay.tar.gz');
  const before = await running();
  const target = { width: 'everything' } as const;
  await before.relay.suspensions.suspend({ target, cause: 'operator', by: 'Ada', reason: 'strangers reported' });
  await writeBackup(data, file, Date.now());
  await before.end();
  expect(await typed(restore, [file], 'overwrite')).not.toContain('older');
});
