/**
 * What a backup holds: the whole data folder as it is at one moment. Databases are copied by SQLite's own online backup,
 * so that a running Sealcam may go on; every other file is only ever replaced by rename, so it is whole whenever it is read.
 */
import Database from 'better-sqlite3';
import { SealcamError } from '@sealcam/protocol';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const MANIFEST = 'sealcam-backup.json';
const FORMAT = 1;
/** Bounds of what a restore reads: a home is a few megabytes, a relay's ledger may be some gigabytes. */
const MAX_FILES = 100_000;
const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;

export interface BackupFile {
  /** Below the data folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: number;
  readonly createdMs: number;
  readonly files: readonly BackupFile[];
}

/** Copies everything of `data` into `folder` and writes the manifest beside it. @returns the manifest */
export async function collectBackup(data: string, folder: string, nowMs: number): Promise<Manifest> {
  const files: BackupFile[] = [];
  for (const path of await filesOf(data)) {
    const copy = join(folder, path);
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
    try {
      await ((await isDatabase(join(data, path)))
        ? copyDatabase(join(data, path), copy)
        : copyFile(join(data, path), copy));
    } catch (error) {
      // Replaced or removed between the listing and now: the agent is at work, and what took its place is listed too.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    await chmod(copy, 0o600);
    files.push({ path: path.split(sep).join('/'), ...(await digest(copy)) });
  }
  const manifest: Manifest = { format: FORMAT, createdMs: nowMs, files };
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest, null, 1), { mode: 0o600 });
  return manifest;
}

/**
 * Files worth keeping, sorted. Sockets, locks, half-written files, SQLite's side files and the agents of canaries belong to a process,
 * not to the home; copies of an older version belong to the way back on this machine.
 */
async function filesOf(data: string): Promise<string[]> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) =>
        entry.isFile() &&
        !/(-wal|-shm|-journal|\.new|\.tmp|\.lock|\.pid|\.sock|\.before-\d+)$|^lock(\.db)?$/.test(entry.name),
    )
    .map((entry) => relative(data, join(entry.parentPath, entry.name)))
    .filter((path) => path.split(sep)[0] !== 'canary')
    .sort();
}

async function isDatabase(path: string): Promise<boolean> {
  const chunks = createReadStream(path, { end: 15 });
  let head = '';
  for await (const chunk of chunks) head += (chunk as Buffer).toString('latin1');
  return head === 'SQLite format 3\0';
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new Database(from, { readonly: true, fileMustExist: true, timeout: 10_000 });
  try {
    await source.backup(to);
  } finally {
    source.close();
  }
  const copy = new Database(to);
  try {
    // One file, without a journal beside it.
    copy.pragma('journal_mode = DELETE');
    const verdict = copy.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw new SealcamError('store.corrupt', from);
  } finally {
    copy.close();
  }
}

async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: (await lstat(path)).size, sha256: hash.digest('hex') };
}

/**
 * @param folder where a backup was unpacked
 * @throws {SealcamError} `store.newer` for a later format; `store.corrupt` when it is no backup, or any file differs from its manifest
 */
export async function checkBackup(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const inside = resolve(folder) + sep;
  for (const file of manifest.files) {
    const path = resolve(folder, file.path);
    if (!path.startsWith(inside)) throw new SealcamError('store.corrupt', 'the backup names a file outside of itself.');
    const found = await digest(path).catch(() => undefined);
    if (found?.sha256 !== file.sha256)
      throw new SealcamError('store.corrupt', `the backup is damaged at ${file.path}.`);
  }
  const all = await filesOf(folder);
  if (all.length !== manifest.files.length + 1) {
    throw new SealcamError('store.corrupt', 'the backup holds files that it does not name.');
  }
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  let value: Partial<Manifest>;
  try {
    if ((await lstat(path)).size > MAX_MANIFEST_BYTES) throw new SealcamError('store.corrupt');
    value = JSON.parse(await readFile(path, 'utf8')) as Partial<Manifest>;
  } catch (error) {
    throw new SealcamError('store.corrupt', 'that file is not a backup of Sealcam.', { cause: error });
  }
  const { files } = value;
  const { format } = value;
  if (typeof format === 'number' && format > FORMAT)
    throw new SealcamError('store.newer', `The backup is of format ${format}.`);
  if (format !== FORMAT) throw new SealcamError('store.corrupt', 'the backup says no format that there is.');
  const well =
    Array.isArray(files) &&
    files.length <= MAX_FILES &&
    files.every((file: Partial<BackupFile>) => typeof file.path === 'string');
  if (!well) throw new SealcamError('store.corrupt', 'the list of files in the backup is damaged.');
  return value as Manifest;
}
