/** One process a data folder: two agents on one would repeat nonces (SEALING.md, threats). */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SealcamError } from '@sealcam/protocol';
import { codeOf } from './durable-file.ts';

/**
 * Holds an exclusive SQLite lock: the system frees it when the process ends, however it ends, so there is no stale lock to clear.
 * @returns release
 * @throws {SealcamError} `store.in-use`, `store.read-only`, `store.full`
 */
export function lockFolder(dataDir: string): () => void {
  try {
    const lock = new Database(join(dataDir, 'lock.db'));
    try {
      lock.pragma('busy_timeout = 0');
      lock.pragma('journal_mode = DELETE');
      lock.exec('begin exclusive');
    } catch (error) {
      lock.close();
      throw error;
    }
    return () => void lock.close();
  } catch (error) {
    throw new SealcamError(meaningOf(codeOf(error)), codeOf(error), { cause: error });
  }
}

function meaningOf(code: string): 'store.in-use' | 'store.full' | 'store.corrupt' | 'store.read-only' {
  if (code.startsWith('SQLITE_BUSY')) return 'store.in-use';
  if (code.startsWith('SQLITE_FULL')) return 'store.full';
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) return 'store.corrupt';
  return 'store.read-only';
}
