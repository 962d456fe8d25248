/**
 * Is the ledger whole? The hash chain from the first row, the signed checkpoints beside it, and what the running relay knows to be
 * durable. Where it is not, `blame.ts` says which row was changed, removed or moved. Runs on a worker's read-only connection.
 */
import type { Database } from 'better-sqlite3';
import type { LedgerTable } from '../store/schema.ts';
import { blame, type LedgerFault } from './blame.ts';
import { checkCheckpoints, type CheckedCheckpoints, type CheckpointsToCheck } from './checkpoints.ts';
import { rowHash, ZERO_HASH } from './row.ts';

export type VerifyResult =
  | {
      readonly whole: true;
      readonly rows: number;
      readonly head: string;
      /** How many signed checkpoints agree, and the row that the last of them reaches. */
      readonly checkpoints: number;
      readonly checkpointSeq: number;
    }
  | LedgerFault
  | Extract<CheckedCheckpoints, { readonly whole: false }>;

export type VerifyPiece =
  | { readonly at: 'progress'; readonly rows: number; readonly of: number }
  | { readonly at: 'verified'; readonly result: VerifyResult };

const ROWS_A_PIECE = 20_000;

/** @param db a read-only connection that nobody else uses meanwhile */
export function* verifyRows(db: Database, witness: CheckpointsToCheck): Generator<VerifyPiece, void, void> {
  db.exec('begin');
  const checked = checkCheckpoints(witness);
  if (!checked.whole) return yield { at: 'verified', result: checked };
  const wanted = new Map(checked.checkpoints.map(({ seq, hash }) => [seq, hash]));
  if (witness.head !== undefined && witness.head.seq > 0) wanted.set(witness.head.seq, witness.head.hash);
  const of = (db.prepare('select max(seq) from ledger').pluck().get() as number | null) ?? 0;

  let good = { seq: 0, hash: ZERO_HASH };
  let agreed = 0;
  const rows = db.prepare('select * from ledger order by seq').iterate() as IterableIterator<LedgerTable>;
  for (const row of rows) {
    if (row.seq !== good.seq + 1 || row.prev_hash !== good.hash || row.hash !== rowHash(row))
      return yield { at: 'verified', result: blame(db, good, row) };
    const hash = wanted.get(row.seq);
    if (hash !== undefined && hash !== row.hash)
      return yield { at: 'verified', result: { whole: false, seq: agreed + 1, to: row.seq, reason: 'rewritten' } };
    if (hash !== undefined) agreed = row.seq;
    good = row;
    if (row.seq % ROWS_A_PIECE === 0) yield { at: 'progress', rows: row.seq, of };
  }
  const beyond = Math.max(0, ...wanted.keys());
  if (beyond > good.seq)
    return yield { at: 'verified', result: { whole: false, seq: good.seq + 1, to: beyond, reason: 'removed' } };
  const checkpointSeq = checked.checkpoints.at(-1)?.seq ?? 0;
  const { seq, hash } = good;
  const result = {
    whole: true,
    rows: seq,
    head: hash,
    checkpoints: checked.checkpoints.length,
    checkpointSeq,
  } as const;
  yield { at: 'verified', result };
}

/** What was found, in words for a person. */
export function verifyWords(result: VerifyResult): string {
  if (result.whole) {
    const after = result.rows - result.checkpointSeq;
    const signed = `${result.checkpoints} signed checkpoints agree${after > 0 ? `; the last ${after} rows came after them` : ''}`;
    return `The ledger is whole: ${result.rows} rows, ${signed}.`;
  }
  if ('checkpoint' in result) {
    const what = { 'checkpoint-changed': 'changed', 'checkpoint-removed': 'removed', 'checkpoint-reordered': 'moved' };
    return `Checkpoint ${result.checkpoint} was ${what[result.reason]}.`;
  }
  const { seq, to } = result;
  switch (result.reason) {
    case 'changed':
      return `Row ${seq} was changed.`;
    case 'added':
      return `Row ${seq} was put in later.`;
    case 'removed':
      return to > seq ? `Rows ${seq} to ${to} were removed.` : `Row ${seq} was removed.`;
    case 'reordered':
      return `Row ${seq} was moved: it stands in place ${to} now.`;
    case 'rewritten':
      return `Rows between ${seq} and ${to} were rewritten: they no longer agree with the signed checkpoint of row ${to}.`;
  }
}
