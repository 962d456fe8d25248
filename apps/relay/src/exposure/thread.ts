/** Starts a job on a thread of its own and hands on its pieces as they are wanted. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { isErrorCode, SealcamError } from '@sealcam/protocol';
import { asStoreError } from '../store/sqlite.ts';
import type { FromWorker, Job, Piece } from './jobs.ts';

/** Threads at a time in this process: each may hold a hundred megabytes, and two cores are the smallest machine we serve. */
const MOST_THREADS = 2;
/** A worker's own heap: the sets of a million homes fit. */
const HEAP_MB = 1024;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * The pieces of a job, one at a time. Whoever stops asking ends the thread.
 * @throws {SealcamError} `command.invalid`, or the store's faults
 */
export async function* runJob(job: Job): AsyncGenerator<Piece> {
  if (running >= MOST_THREADS) await new Promise<void>((turn) => waiting.push(turn));
  running += 1;
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const gone = new AbortController();
  worker.once('exit', () => gone.abort(new SealcamError('internal', 'the thread ended')));
  try {
    for (;;) {
      const answered = once(worker, 'message', { signal: gone.signal });
      worker.postMessage('next');
      const [message] = (await answered) as [FromWorker];
      if (message.t === 'over') return;
      if (message.t === 'failed') throw asError(message.code, message.detail);
      yield message.piece;
    }
  } finally {
    running -= 1;
    waiting.shift()?.();
    await worker.terminate();
  }
}

function asError(code: string, detail: string): unknown {
  if (isErrorCode(code)) {
    const words = detail.startsWith(`${code}: `) ? detail.slice(code.length + 2) : detail;
    return new SealcamError(code, words);
  }
  const cause = Object.assign(new TypeError(detail), { code });
  const mapped = asStoreError(cause);
  return mapped instanceof SealcamError ? mapped : new SealcamError('internal', detail, { cause });
}
