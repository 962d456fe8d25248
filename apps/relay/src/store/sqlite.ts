/**
 * The embedded store: SQLite with WAL and `synchronous=FULL` (PLATFORM.md: NORMAL lost 1,106 acknowledged commits in 2 of 8
 * simulated power cuts, FULL none of 38,310). One process a data folder, held by a lock that dies with the process.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql, type SqliteDatabase } from 'kysely';
import { SealcamError, type ErrorCode } from '@sealcam/protocol';
import { checkAtStart } from './check-store.ts';
import { APPEND_ONLY_TABLES } from './exposure-store.ts';
import { keepBefore, storeVersion } from './before.ts';
import { migrate, STORE_VERSION } from './migrations/index.ts';
import type { Tables } from './schema.ts';
import { SqlStore } from './sql-store.ts';
import { StoreDialect } from './sqlite-dialect.ts';
import type { Store } from './store.ts';

const APPEND_ONLY = APPEND_ONLY_TABLES.flatMap((table) =>
  ['update', 'delete'].map(
    (verb) => `create trigger if not exists ${table}_no_${verb} before ${verb} on ${table}
       begin select raise(abort, '${table} is append-only'); end`,
  ),
);

/**
 * @param folder `<data>/relay`, made if it is missing
 * @throws {SealcamError} `store.in-use`, `store.newer`, `store.corrupt`, `store.read-only`, `store.full`
 */
export async function openSqliteStore(folder: string): Promise<Store> {
  const lock = mappedSync(() => takeLock(folder));
  try {
    return await mapped(() => openLocked(folder, lock));
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Reads only, whether or not a relay runs on it.
 * @param folder `<data>/relay`
 * @returns the version of the store there, undefined where there is none, and the one that this program makes of it
 * @throws {SealcamError} `store.newer`, `store.corrupt`
 */
export function storeFormat(folder: string): { readonly found: number | undefined; readonly newest: number } {
  const found = mappedSync(() => storeVersion(join(folder, 'relay.db'), STORE_VERSION));
  return { found: found === 0 ? undefined : found, newest: STORE_VERSION };
}

async function openLocked(folder: string, lock: Database.Database): Promise<Store> {
  const file = join(folder, 'relay.db');
  const version = storeVersion(file, STORE_VERSION);
  const connection = new Database(file);
  try {
    prepare(connection, file);
    if (version > 0 && version < STORE_VERSION) keepBefore(connection, folder, STORE_VERSION);
    const db = new Kysely<Tables>({ dialect: new StoreDialect({ database: forgiving(connection) }) });
    await migrate(db);
    for (const trigger of APPEND_ONLY) await sql.raw(trigger).execute(db);
    return new SqlStore(db, { mapped, isUnique, closed: () => void lock.close() });
  } catch (error) {
    connection.close();
    throw error;
  }
}

function prepare(connection: Database.Database, file: string): void {
  connection.pragma('busy_timeout = 5000');
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  checkAtStart(connection, statSync(file).size);
}

/**
 * On a full disk SQLite rolls back by itself, and a second ROLLBACK is an error that would hide the first: `store.full` would become
 * `internal`. Where no transaction is left there is nothing to roll back.
 */
function forgiving(connection: Database.Database): SqliteDatabase {
  return {
    close: () => void connection.close(),
    prepare: (query) => connection.prepare(query === 'rollback' && !connection.inTransaction ? 'select 1' : query),
  };
}

/** An exclusive lock on a file of its own: the system frees it when the process ends, however it ends. */
function takeLock(folder: string): Database.Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new Database(join(folder, 'lock.db'));
  try {
    lock.pragma('busy_timeout = 0');
    lock.pragma('journal_mode = DELETE');
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function mapped<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asStoreError(error);
  }
}

function mappedSync<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asStoreError(error);
  }
}

const CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'store.in-use'],
  [/^(SQLITE_FULL|ENOSPC|EDQUOT)/, 'store.full'],
  [/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EROFS|EACCES|EPERM|ENOTDIR|EEXIST)/, 'store.read-only'],
  [/^SQLITE_(CORRUPT|NOTADB|IOERR|FORMAT)/, 'store.corrupt'],
];

/** The disk's faults as codes of ours; anything else stays what it is. */
export function asStoreError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const found = CODES.find(([pattern]) => pattern.test(code));
  if (found === undefined) return error;
  const detail = found[1] === 'store.in-use' ? 'Stop it first, or start this one with another --data.' : code;
  return new SealcamError(found[1], detail, { cause: error });
}

function isUnique(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)/.test(String(error.code));
}
