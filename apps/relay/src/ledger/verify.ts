/** Is the ledger whole? The hash chain from the first row, and the signed checkpoints beside it. */
import type { Store } from '../store/store.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';
import { rowHash, ZERO_HASH } from './row.ts';

/** `seq` is the first row that does not hold; for a cut tail, the checkpoint's. */
export type VerifyResult =
  | { readonly whole: true; readonly rows: number; readonly head: string }
  | {
      readonly whole: false;
      readonly seq: number;
      readonly reason: 'changed' | 'missing' | 'checkpoint' | 'checkpoint-signature';
    };

const ROWS_A_READ = 2000;

/** Rows are read a page at a time, so that a ledger of millions needs no memory and others get their turn. */
export async function verifyLedger(store: Store, checkpoints: Checkpoints): Promise<VerifyResult> {
  const wanted = new Map<number, Checkpoint>();
  for (const checkpoint of checkpoints.read()) {
    if (!checkpoints.isSigned(checkpoint)) return { whole: false, seq: checkpoint.seq, reason: 'checkpoint-signature' };
    wanted.set(checkpoint.seq, checkpoint);
  }
  let seq = 0;
  let head = ZERO_HASH;
  for (;;) {
    const rows = await store.ledgerRows(seq + 1, ROWS_A_READ);
    if (rows.length === 0) break;
    for (const row of rows) {
      if (row.seq !== seq + 1) return { whole: false, seq: seq + 1, reason: 'missing' };
      if (row.prev_hash !== head || row.hash !== rowHash(row)) return { whole: false, seq: row.seq, reason: 'changed' };
      const checkpoint = wanted.get(row.seq);
      if (checkpoint !== undefined && checkpoint.hash !== row.hash)
        return { whole: false, seq: row.seq, reason: 'checkpoint' };
      seq = row.seq;
      head = row.hash;
    }
    await new Promise<void>((turn) => setImmediate(turn));
  }
  for (const checkpoint of wanted.values()) {
    if (checkpoint.seq > seq) return { whole: false, seq: seq + 1, reason: 'missing' };
  }
  return { whole: true, rows: seq, head };
}
