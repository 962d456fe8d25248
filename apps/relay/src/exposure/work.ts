/** The jobs themselves, each a generator of pieces over a read-only connection. Nothing here knows that it runs on a thread. */
import type { Database } from 'better-sqlite3';
import type { HomeId } from '@sealcam/protocol';
import { verifyRows } from '../ledger/verify.ts';
import { ROWS_IN_ANSWER, SET_NAMES } from './exposure.ts';
import { exposureFile } from './files.ts';
import type { Assigned, Job, Piece } from './jobs.ts';
import { Report, type HomeShare } from './report.ts';

const HOMES_A_PIECE = 2_000;
const ROWS_A_PIECE = 500;

/** @throws {SealcamError} `command.invalid`; faults of SQLite as they are */
export function* work(db: Database, job: Job): Generator<Piece, void, void> {
  switch (job.do) {
    case 'verify':
      yield* verifyRows(db, job.checkpoints);
      return;
    case 'answer':
      yield* answer(new Report(db, job.question, job.bootSeq));
      return;
    case 'file':
      for (const text of exposureFile(new Report(db, job.question, job.bootSeq), job.format, job.atMs))
        yield { at: 'text', text };
      return;
    case 'assign':
      for (const homes of chunks(assigned(new Report(db, job.question, job.bootSeq)), ROWS_A_PIECE))
        yield { at: 'assigned', homes };
  }
}

function* answer(report: Report): Generator<Piece> {
  for (const set of SET_NAMES) {
    for (const ids of chunks(report.homes(set), HOMES_A_PIECE)) yield { at: 'homes', set, ids };
  }
  for (const rows of chunks(first(report.rows(), ROWS_IN_ANSWER), ROWS_A_PIECE)) yield { at: 'rows', rows };
  yield { at: 'totals', totals: report.totals() };
}

/** Every home that can be told, with its kind: affected first of all, then could have been, then not. */
function* assigned(report: Report): Generator<Assigned> {
  const shares = new Map<HomeId, HomeShare[]>();
  for (const share of report.shares()) shares.set(share.homeId, [...(shares.get(share.homeId) ?? []), share]);
  const could = new Set(report.homes('couldHave'));
  for (const homeId of report.presentHomes()) {
    const mine = shares.get(homeId);
    if (mine !== undefined) yield { homeId, kind: 'was', shares: mine };
    else yield { homeId, kind: could.has(homeId) ? 'could-have-been' : 'not-affected', shares: [] };
  }
}

function* first<T>(items: Iterable<T>, most: number): Generator<T> {
  let left = most;
  if (left === 0) return;
  for (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}

export function* chunks<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
