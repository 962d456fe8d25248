import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cameraId, deviceId, homeId, streamId } from '@sealcam/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCheckpoints, Checkpoints, type CheckpointsToCheck } from '../src/ledger/checkpoints.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { rowHash } from '../src/ledger/row.ts';
import { verifyRows, verifyWords, type VerifyResult } from '../src/ledger/verify.ts';
import { EventLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import type { LedgerTable } from '../src/store/schema.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { Lab } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const ROWS = 12;
const lab = new Lab();
let whole: Buffer;
let witness: CheckpointsToCheck;
/** As `witness`, but the last checkpoint is of row 4. */
let early: CheckpointsToCheck;

beforeAll(async () => {
  const folder = await lab.folder();
  const store = await openSqliteStore(folder);
  const clock = new ManualClock();
  const checkpoints = new Checkpoints(folder, clock, new EventLog(undefined));
  const ledger = await Ledger.open({ store, metrics: createMetrics(), checkpoints });
  const front = {
    homeId: homeId('0'.repeat(32)),
    deviceId: deviceId('1'.repeat(32)),
    cameraId: cameraId('2'.repeat(32)),
  };
  const rest = { streamId: streamId(0), route: 'sealed', spanId: '3'.repeat(32), connectionId: '' };
  for (let row = 1; row <= ROWS; row += 1) {
    await ledger.append({ kind: 'mark', ...front, ...rest, atMs: row, fromMs: row, toMs: row, units: row });
    if (row % 4 === 0) clock.advance(60_000);
    if (row === 4) early = checkpoints.toCheck();
  }
  checkpoints.close();
  witness = checkpoints.toCheck();
  await store.close();
  const db = new Database(join(folder, 'relay.db'));
  db.exec('drop trigger ledger_no_update; drop trigger ledger_no_delete');
  db.pragma('journal_mode = DELETE');
  db.close();
  whole = await readFile(join(folder, 'relay.db'));
});
afterAll(() => lab.end());

/** Verifies a copy of the file after somebody wrote to it. */
function tampered(touch: (db: Database.Database) => void, by: CheckpointsToCheck = witness): VerifyResult {
  const db = new Database(whole);
  touch(db);
  for (const piece of verifyRows(db, by)) if (piece.at === 'verified') return piece.result;
  throw new TypeError('no result');
}

const all = (db: Database.Database): LedgerTable[] =>
  db.prepare('select * from ledger order by seq').all() as LedgerTable[];

/** Writes rows in the given places anew; with `hashed`, each with a chain and hash that fit. */
function rewrite(db: Database.Database, rows: readonly LedgerTable[], hashed: boolean): void {
  db.exec('delete from ledger');
  let prev = '0'.repeat(64);
  for (const row of rows) {
    const { hash: _, ...linked } = { ...row, prev_hash: prev };
    const next = hashed ? { ...linked, hash: rowHash(linked) } : row;
    prev = next.hash;
    const names = Object.keys(next);
    db.prepare(`insert into ledger (${names.join()}) values (${names.map((name) => `@${name}`).join()})`).run(next);
  }
}

const place = fc.integer({ min: 1, max: ROWS });

describe('a ledger check', () => {
  it('finds a whole ledger whole', () => {
    expect(tampered(() => undefined)).toMatchObject({ whole: true, rows: ROWS, checkpoints: 3, checkpointSeq: ROWS });
  });

  it('names the row that was changed, whichever field it was', () => {
    const fields = fc.constantFrom('units', 'to_ms', 'ctr_from', 'at_ms', 'final');
    fc.assert(
      fc.property(place, fields, (seq, field) => {
        const result = tampered((db) => db.prepare(`update ledger set ${field} = 77 where seq = ?`).run(seq));
        expect(result).toEqual({ whole: false, reason: 'changed', seq, to: seq });
      }),
    );
  });

  it('names the rows that were removed, also where the numbers were closed up', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 4 }), fc.boolean(), (seq, count, closeUp) => {
        const to = Math.min(ROWS, seq + count - 1);
        const result = tampered((db) => {
          db.prepare('delete from ledger where seq between ? and ?').run(seq, to);
          if (closeUp) for (let row = to + 1; row <= ROWS; row += 1) db.prepare('update ledger set seq = ? where seq = ?').run(row - (to - seq + 1), row); // prettier-ignore
        });
        expect(result).toEqual({ whole: false, reason: 'removed', seq, to });
      }),
    );
  });

  it('names the row that was moved, and where it stands', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        fc.pre(one !== other);
        const [seq, to] = [Math.min(one, other), Math.max(one, other)];
        const result = tampered((db) => {
          const move = db.prepare('update ledger set seq = ? where seq = ?');
          for (const [at, from] of [[99, seq], [seq, to], [to, 99]] as const) move.run(at, from); // prettier-ignore
        });
        expect(result).toEqual({ whole: false, reason: 'reordered', seq, to });
      }),
    );
  });

  it('names a row that was rewritten with a hash of its own', () => {
    const result = tampered((db) => {
      const row = all(db)[4];
      if (row === undefined) return;
      const changed = { ...row, units: 1 };
      db.prepare('update ledger set units = 1, hash = ? where seq = 5').run(rowHash(changed));
    });
    expect(result).toEqual({ whole: false, reason: 'changed', seq: 5, to: 5 });
  });

  it('names a row that was put in between', () => {
    const result = tampered((db) => {
      const rows = all(db);
      const before = rows[4];
      if (before === undefined) return;
      const put = { ...before, seq: 6, units: 1, prev_hash: before.hash };
      const later = rows.slice(5).map((row) => ({ ...row, seq: row.seq + 1 }));
      rewrite(db, [...rows.slice(0, 5), { ...put, hash: rowHash(put) }, ...later], false);
    });
    expect(result).toEqual({ whole: false, seq: 6, reason: 'added', to: 6 });
  });

  it('names the stretch in which a ledger with new hashes throughout leaves its checkpoints', () => {
    const forge = (db: Database.Database): void =>
      rewrite(
        db,
        all(db).map((row) => (row.seq === 6 ? { ...row, units: 1 } : row)),
        true,
      );
    expect(tampered(forge)).toEqual({ whole: false, reason: 'rewritten', seq: 5, to: 8 });
    // No checkpoint of after it: what a running relay knows finds it all the same, and so does a copy of the checkpoints.
    expect(tampered(forge, early)).toMatchObject({ whole: true, checkpointSeq: 4 });
    const head = tampered(() => undefined) as Extract<VerifyResult, { whole: true }>;
    const running = { ...early, head: { seq: ROWS, hash: head.head } };
    expect(tampered(forge, running)).toMatchObject({ whole: false, reason: 'rewritten' });
    expect(tampered(forge, { ...early, against: witness.text })).toMatchObject({ reason: 'checkpoint-removed' });
  });

  it('says each of it in a sentence', () => {
    const removed = tampered((db) => db.exec('delete from ledger where seq in (3, 4)'));
    expect(verifyWords(removed)).toBe('Rows 3 to 4 were removed.');
    expect(verifyWords(tampered(() => undefined))).toContain('The ledger is whole: 12 rows');
  });
});

describe('the file of checkpoints', () => {
  const edited = (edit: (lines: string[]) => string[]): unknown => {
    const lines = witness.text.trimEnd().split('\n');
    return checkCheckpoints({ ...witness, text: `${edit(lines).join('\n')}\n` });
  };

  it.each([
    ['changed', (lines: string[]) => lines.map((line, at) => (at === 1 ? line.replace('"seq":8', '"seq":9') : line)), 2, 'checkpoint-changed'], // prettier-ignore
    ['removed', (lines: string[]) => lines.toSpliced(1, 1), 2, 'checkpoint-removed'],
    ['moved', (lines: string[]) => [lines[0], lines[2], lines[1]].map(String), 2, 'checkpoint-reordered'],
    ['doubled', (lines: string[]) => [lines[0], lines[1], lines[1], lines[2]].map(String), 3, 'checkpoint-reordered'],
    ['made unreadable', (lines: string[]) => lines.map((line, at) => (at === 0 ? 'x' : line)), 1, 'checkpoint-removed'],
  ] as const)('shows a line that was %s', (_name, edit, checkpoint, reason) => {
    expect(edited(edit)).toMatchObject({ whole: false, checkpoint, reason });
  });

  it('is whole when a power cut left its last line half written', () => {
    const half = witness.text.trimEnd().slice(0, -10);
    expect(checkCheckpoints({ ...witness, text: half })).toMatchObject({ whole: true });
  });
});
