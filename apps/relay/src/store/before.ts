/**
 * What stands before the first write to a store that is there already: which version it is of, a refusal where a newer Sealcam made
 * it, and a copy of the file where this one is about to change its tables.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SealcamError } from '@sealcam/protocol';

/** Copies of older versions that stay; the oldest go first. */
const MOST_COPIES = 2;
const COPY = /^relay\.db\.before-(\d+)$/;

/**
 * Reads only: a store that is refused has not been touched.
 * @param file `relay.db`
 * @returns the version of its tables; 0 where there are none yet
 * @throws {SealcamError} `store.newer`
 */
export function storeVersion(file: string, newest: number): number {
  if (!existsSync(file)) return 0;
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    const version = versionIn(db);
    if (version > newest) throw new SealcamError('store.newer', `The relay's store is of version ${version}.`);
    return version;
  } finally {
    db.close();
  }
}

function versionIn(db: Database.Database): number {
  const hasMeta = db.prepare(`select 1 from sqlite_master where type = 'table' and name = 'meta'`).get() !== undefined;
  if (!hasMeta) return 0;
  const row = db.prepare(`select value from meta where name = 'schema'`).get() as { value: unknown } | undefined;
  // The very first stores made their tables before they wrote this.
  if (row === undefined) return 1;
  const text = String(row.value);
  if (!/^\d{1,6}$/.test(text)) throw new SealcamError('store.corrupt', `schema ${text.slice(0, 32)}`);
  return Number(text);
}

/** A whole copy of the store as it is now, as `relay.db.before-<to>`: the way back to the older program. */
export function keepBefore(db: Database.Database, folder: string, to: number): void {
  const copy = join(folder, `relay.db.before-${to}`);
  const beside = `${copy}.new`;
  rmSync(beside, { force: true });
  try {
    db.prepare('vacuum into ?').run(beside);
    synced(beside);
    renameSync(beside, copy);
    synced(folder);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  prune(folder);
}

function prune(folder: string): void {
  const copies = readdirSync(folder).flatMap((name) => {
    const version = COPY.exec(name)?.[1];
    return version === undefined ? [] : [{ name, version: Number(version) }];
  });
  copies.sort((a, b) => b.version - a.version);
  for (const { name } of copies.slice(MOST_COPIES)) rmSync(join(folder, name), { force: true });
}

function synced(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
