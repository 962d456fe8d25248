/** The chain broke: which row was changed, removed, moved or put in? Asked once a verification, so it may search the whole ledger. */
import type { Database } from 'better-sqlite3';
import type { LedgerTable } from '../store/schema.ts';
import { rowHash } from './row.ts';

/**
 * The first row that does not hold.
 * changed, added: row `seq` (`to` is the same). removed: rows `seq` to `to`. reordered: row `seq`, which stands in place `to` now.
 * rewritten: rows between `seq` and `to` were written anew with new hashes, which no signed checkpoint knows.
 */
export interface LedgerFault {
  readonly whole: false;
  readonly seq: number;
  readonly to: number;
  readonly reason: 'changed' | 'removed' | 'reordered' | 'added' | 'rewritten';
}

interface Place {
  readonly seq: number;
  readonly hash: string;
}

/** @param good the last row that holds @param row the one after it in the table, which does not follow it */
export function blame(db: Database, good: Place, row: LedgerTable): LedgerFault {
  const seq = good.seq + 1;
  const moved = trueRow(db, good);
  if (moved !== undefined && moved.seq !== seq) return fault('reordered', seq, moved.seq);
  if (row.seq !== seq) return fault('removed', seq, row.seq - 1);
  if (row.prev_hash === good.hash) return fault('changed', seq);
  // Its own hash is right, for another predecessor: the one that stands before it was written anew, hash and all.
  if (row.hash === rowHash(row)) return fault('changed', Math.max(good.seq, 1));
  const place = placeOf(db, row);
  if (place === undefined) return fault('changed', seq);
  return place > seq ? fault('removed', seq, place - 1) : fault('added', place);
}

function fault(reason: LedgerFault['reason'], seq: number, to: number = seq): LedgerFault {
  return { whole: false, reason, seq, to };
}

/** The row that was written after `good`, wherever it stands now. */
function trueRow(db: Database, good: Place): LedgerTable | undefined {
  const rows = db.prepare('select * from ledger where prev_hash = ? limit 16').all(good.hash) as LedgerTable[];
  return rows.find((row) => row.hash === rowHash({ ...row, seq: good.seq + 1 }));
}

/** The place that this row was written in, when it is whole but for its number. */
function placeOf(db: Database, row: LedgerTable): number | undefined {
  const fits = (seq: number): boolean => row.hash === rowHash({ ...row, seq });
  const before = db.prepare('select seq from ledger where hash = ?').pluck().get(row.prev_hash) as number | undefined;
  if (before !== undefined && fits(before + 1)) return before + 1;
  const last = db.prepare('select max(seq) from ledger').pluck().get() as number;
  // Numbers that were pushed down stand at most as far beyond the end as rows were removed; a thousand is looked for.
  for (let seq = 1; seq <= last + 1_000; seq += 1) if (fits(seq)) return seq;
  return undefined;
}
