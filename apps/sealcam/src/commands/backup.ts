/** `sealcam backup [file]`: everything of the data folder in one file, while Sealcam may run. */
import { SealcamError } from '@sealcam/protocol';
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { create } from 'tar';
import { noMoreWords } from '../arguments.ts';
import { collectBackup } from '../backup-files.ts';
import type { Command } from './command.ts';

export const backup: Command = {
  name: 'backup',
  usage: '[file]',
  help: 'Writes all of the data folder into one file, also while Sealcam runs. It holds secrets: keep it as you keep keys.',
  run: async ({ settings, words, terminal }) => {
    noMoreWords(words, 1);
    const now = Date.now();
    const file = resolve(
      words[0] ?? `sealcam-backup-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '')}.tar.gz`,
    );
    const progress = terminal.progress('Backing up');
    try {
      const count = await writeBackup(settings.data, file, now);
      progress.done(`${count} files`);
    } catch (error) {
      progress.done('failed');
      throw error;
    }
    terminal.note('It holds the agent’s keys and the cameras’ passwords. Only its owner can read it (mode 0600).');
    terminal.say(file);
    return 0;
  },
};

/**
 * @param file written whole or not at all, mode 0600; an existing one is not replaced
 * @returns how many files it holds
 * @throws {SealcamError} `config.invalid` when there is nothing to back up or the file exists, `store.corrupt` for a damaged database
 */
export async function writeBackup(data: string, file: string, nowMs: number): Promise<number> {
  if (!(await stat(data).catch(() => undefined))?.isDirectory()) {
    throw new SealcamError('config.invalid', `${data} is not there. Say which with --data.`);
  }
  if ((await stat(file).catch(() => undefined)) !== undefined) {
    throw new SealcamError('config.invalid', `${file} is there already.`);
  }
  const folder = await mkdtemp(join(dirname(file), '.sealcam-backup-'));
  try {
    const inner = join(folder, 'data');
    const manifest = await collectBackup(data, inner, nowMs);
    if (manifest.files.length === 0) throw new SealcamError('config.invalid', `${data} is empty.`);
    const half = join(folder, basename(file));
    await create({ gzip: true, file: half, cwd: inner, portable: true, mode: 0o600 }, ['.']);
    const written = await open(half, 'r+');
    await written.chmod(0o600);
    await written.sync();
    await written.close();
    await rename(half, file);
    return manifest.files.length;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
