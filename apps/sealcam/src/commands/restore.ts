/** `sealcam restore <file>`: a data folder from a backup, checked whole before anything is put in place. */
import { SealcamError } from '@sealcam/protocol';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { extract, type ReadEntry } from 'tar';
import { noMoreWords } from '../arguments.ts';
import { checkBackup, MANIFEST } from '../backup-files.ts';
import { carryOverRelay } from '../carry-over.ts';
import { askControl } from '../control.ts';
import { refuseNewer } from '../formats.ts';
import type { Command } from './command.ts';

/** No home's backup is near it; an archive made to fill the disk is cut off there. */
const MAX_UNPACKED_BYTES = 64 * 1024 ** 3;

export const restore: Command = {
  name: 'restore',
  usage: '<file>',
  help: 'Makes a data folder from a backup. --overwrite: also where one is; the old one is kept beside it.',
  options: ['overwrite'],
  run: async ({ settings, words, options, terminal }) => {
    const [file, ...rest] = words;
    noMoreWords(rest, 0);
    if (file === undefined) throw new SealcamError('config.invalid', 'Say which file: npx sealcam restore <file>');
    const older: string[] = [];
    const kept = await readBackup(resolve(file), settings.data, options.has('overwrite'), (words) => older.push(words));
    if (kept !== undefined) terminal.say(`What was there before is in ${kept}`);
    terminal.say(`Restored to ${settings.data}.`);
    for (const words of older) terminal.say(words);
    terminal.note(
      'Members who were removed after this backup was made are shut out again once a member’s device connects.',
    );
    return 0;
  },
};

/**
 * @param overwrite whether a folder that is not empty may be put aside
 * @param onOlder told what the folder that is put aside has and the backup lacks
 * @returns where the old folder is now; undefined when there was none
 * @throws {SealcamError} `store.in-use`, `store.newer`, `store.corrupt`, or `config.invalid` when the folder is not empty
 */
export async function readBackup(
  file: string,
  data: string,
  overwrite: boolean,
  onOlder: (words: string) => void = () => undefined,
): Promise<string | undefined> {
  await refuseWhileRunning(data);
  const inTheWay = (await readdir(data).catch(() => [])).some(
    (name) => name !== 'sealcam.yaml' && name !== 'sealcam.sock',
  );
  if (inTheWay && !overwrite) {
    throw new SealcamError('config.invalid', `${data} is not empty. With --overwrite it is put aside, not deleted.`);
  }
  if (!(await stat(file).catch(() => undefined))?.isFile())
    throw new SealcamError('config.invalid', `${file} is not there.`);
  await mkdir(dirname(data), { recursive: true });
  const folder = await mkdtemp(join(dirname(data), '.sealcam-restore-'));
  try {
    await unpack(file, folder);
    await checkBackup(folder);
    refuseNewer(folder);
    await rm(join(folder, MANIFEST));
    await chmod(folder, 0o700);
    for (const words of await carryOverRelay(data, folder)) onOlder(words);
    return await putInPlace(folder, data);
  } finally {
    // What was being unpacked when it failed may still be written to.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function refuseWhileRunning(data: string): Promise<void> {
  const running = await askControl(data, 'who');
  if (running !== undefined) {
    throw new SealcamError('store.in-use', `sealcam ${running} runs on ${data}. Stop it first.`);
  }
}

/** Plain files and folders only, none outside: a link or a path with `..` in an archive is an attack. */
async function unpack(file: string, folder: string): Promise<void> {
  let bytes = 0;
  const allowed = (_path: string, entry: unknown): boolean => {
    const { type, size } = entry as ReadEntry;
    bytes += size;
    if (bytes > MAX_UNPACKED_BYTES)
      throw new SealcamError('store.full', 'the backup would unpack to more than any backup is.');
    return type === 'File' || type === 'OldFile' || type === 'Directory';
  };
  try {
    await extract({ file, cwd: folder, strict: true, preservePaths: false, filter: allowed });
  } catch (error) {
    if (error instanceof SealcamError || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw new SealcamError('store.corrupt', 'that file is not a backup of Sealcam, or is damaged.', { cause: error });
  }
}

async function putInPlace(folder: string, data: string): Promise<string | undefined> {
  const old =
    (await readdir(data).catch(() => undefined)) === undefined ? undefined : await freeName(`${data}.before-restore`);
  if (old !== undefined) await rename(data, old);
  await rename(folder, data);
  return old;
}

async function freeName(base: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}-${n}`;
    if ((await stat(name).catch(() => undefined)) === undefined) return name;
  }
}
