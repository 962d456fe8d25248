/** What `sealcam restore` takes over from the folder that it puts aside: proof of how far the ledger was, and the journal of suspensions. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { parseCheckpoints } from '../ledger/checkpoints.ts';
import { rowsOfSuspensions } from '../store/suspension-store.ts';
import type { Suspension } from '../suspensions/suspension.ts';
import { journalFile, line, parseJournal } from './suspension-journal.ts';
import { readWitness, writeWitness, type Witness } from './witness.ts';

export interface CarriedOver {
  /** Rows of the ledger that the older copy lacks. */
  readonly rows: number;
  /** When the folder that was there wrote its last row; undefined where it has nothing that the copy lacks. */
  readonly untilMs: number | undefined;
  /** Active there, and unknown to the copy. */
  readonly suspensions: readonly Suspension[];
}

interface Known {
  readonly head: Witness | undefined;
  readonly suspensions: readonly Suspension[];
}

/**
 * Writes into the restored folder what is younger in the one that was there. Never throws for a damaged old folder: that may be why somebody
 * restores; what can be read of it is taken.
 * @param old `<data>/relay` that is put aside. @param restored the one that takes its place, on which nothing runs
 */
export function carryOver(old: string, restored: string): CarriedOver {
  const there = known(old);
  const here = known(restored);
  const ids = new Set(here.suspensions.map(({ id }) => id));
  const lost = there.suspensions.filter(({ id }) => !ids.has(id));
  if (lost.length > 0) appendFileSync(journalFile(restored), `\n${lost.map(line).join('\n')}\n`, { mode: 0o600 });
  const suspensions = lost.filter((each) => each.lifted === undefined);
  const rows = (there.head?.seq ?? 0) - (here.head?.seq ?? 0);
  if (there.head === undefined || rows <= 0) return { rows: 0, untilMs: undefined, suspensions };
  writeWitness(restored, there.head);
  return { rows, untilMs: there.head.atMs, suspensions };
}

/** As the database says, or what lies beside it. */
function known(folder: string): Known {
  const journal = parseJournal(textOf(journalFile(folder)));
  const stored = fromDatabase(join(folder, 'relay.db'));
  const last = new Map([...journal, ...stored.suspensions].map((each) => [each.id, each]));
  const marks = [stored.head, ...parseCheckpoints(textOf(join(folder, 'checkpoints.log'))), readWitness(folder)];
  const head = marks.reduce((most, mark) => ((mark?.seq ?? 0) > (most?.seq ?? 0) ? mark : most), undefined);
  return { head, suspensions: [...last.values()] };
}

function fromDatabase(file: string): Known {
  if (!existsSync(file)) return { head: undefined, suspensions: [] };
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true });
    try {
      const row = db.prepare('select seq, hash, at_ms as atMs from ledger order by seq desc limit 1').get();
      return { head: row as Witness | undefined, suspensions: rowsOfSuspensions(db) };
    } finally {
      db.close();
    }
  } catch {
    return { head: undefined, suspensions: [] };
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
