/** The thread on which one job runs: its own read-only connection, one piece each time it is asked, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { SealcamError } from '@sealcam/protocol';
import type { FromWorker, Job } from './jobs.ts';
import { work } from './work.ts';

const CACHE_KIB = 64 * 1024;
const MAPPED_BYTES = 1024 * 1024 * 1024;

if (parentPort === null) throw new TypeError('this file is a worker');
const port = parentPort;
const say = (message: FromWorker): void => port.postMessage(message);
const job = workerData as Job;

try {
  const db = new Database(job.file, { readonly: true, fileMustExist: true });
  db.pragma('busy_timeout = 5000');
  db.pragma('temp_store = memory');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.pragma(`mmap_size = ${MAPPED_BYTES}`);
  const pieces = work(db, job);
  port.on('message', () => {
    try {
      const next = pieces.next();
      if (next.done !== true) return say({ t: 'piece', piece: next.value });
      db.close();
      say({ t: 'over' });
      port.close();
    } catch (error) {
      fail(error);
    }
  });
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  const code = error instanceof SealcamError ? error.code : error instanceof Error && 'code' in error ? error.code : '';
  say({ t: 'failed', code: String(code), detail: error instanceof Error ? error.message : String(error) });
  port.close();
}
