/** One process a data folder: two agents on one would repeat nonces (SEALING.md, threats). */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    writePid(dataDir);
    return () => {
      rmSync(join(dataDir, PID_FILE), { force: true });
      lock.close();
    };
  } catch (error) {
    const code = meaningOf(codeOf(error));
    const detail = code === 'store.in-use' ? inUseWords(dataDir) : codeOf(error);
    throw new SealcamError(code, detail, { cause: error });
  }
}

/** For words only: who holds the lock can be asked nothing, and a number that a dead process left says nothing. */
const PID_FILE = 'lock.pid';

function writePid(dataDir: string): void {
  try {
    writeFileSync(join(dataDir, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // The lock holds without it.
  }
}

function inUseWords(dataDir: string): string {
  const pid = readPid(dataDir);
  return `It is ${pid === undefined ? 'another process' : `process ${pid}`} on ${dataDir}. Stop it first, or start this one with another --data.`;
}

function readPid(dataDir: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dataDir, PID_FILE), 'utf8').slice(0, 16), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function meaningOf(code: string): 'store.in-use' | 'store.full' | 'store.corrupt' | 'store.read-only' {
  if (code.startsWith('SQLITE_BUSY')) return 'store.in-use';
  if (code.startsWith('SQLITE_FULL')) return 'store.full';
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) return 'store.corrupt';
  return 'store.read-only';
}
