/** A process that is killed in the middle of a migration: between a step's two statements, or after the last and before the commit. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { migrate, MIGRATIONS } from '../src/store/migrations/index.ts';
import type { Tables } from '../src/store/schema.ts';
import { StoreDialect } from '../src/store/sqlite-dialect.ts';

const connection = new Database(join(process.argv[2] ?? '', 'relay.db'));
connection.pragma('journal_mode = WAL');
connection.pragma('synchronous = FULL');
const db = new Kysely<Tables>({ dialect: new StoreDialect({ database: connection }) });
await migrate(db, {
  ...MIGRATIONS,
  '9999-killed': {
    async up(tx) {
      await sql`alter table homes add column half text`.execute(tx);
      process.kill(process.pid, 'SIGKILL');
      await sql`update homes set half = 'done'`.execute(tx);
    },
  },
});
