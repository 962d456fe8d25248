/**
 * All steps of the store, in their order. The version of a store is how many of them it has seen; `meta.schema` says it as text, which
 * every program since the first looks at. A new step goes at the end, under the next number, and an old one never changes again.
 */
import { sql, type Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { SealcamError } from '@sealcam/protocol';
import type { Tables } from '../schema.ts';
import { firstTables } from './0001-first-tables.ts';
import { sealedAnew } from './0002-sealed-anew.ts';
import { announcedKeys } from './0003-announced-keys.ts';
import { declared } from './0004-declared.ts';
import type { StoreMigration } from './migration.ts';

export const MIGRATIONS: Readonly<Record<string, StoreMigration>> = {
  '0001-first-tables': firstTables,
  '0002-sealed-anew': sealedAnew,
  '0003-announced-keys': announcedKeys,
  '0004-declared': declared,
};

/** The version that this program reads and writes. */
export const STORE_VERSION = Object.keys(MIGRATIONS).length;

/**
 * Brings a store of any older version to today's: every pending step and the new version, or nothing of it.
 * @param db of a dialect that runs DDL in transactions and says so; its last step leaves `meta.schema` as the new version
 */
export async function migrate(
  db: Kysely<Tables>,
  migrations: Readonly<Record<string, StoreMigration>> = MIGRATIONS,
): Promise<void> {
  const steps = Object.entries(migrations).map(([name, step], at) => [name, withVersion(step, at + 1)] as const);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new SealcamError('internal', 'migration');
}

function withVersion(step: StoreMigration, version: number): StoreMigration {
  return {
    async up(db) {
      await step.up(db);
      await sql`insert into meta (name, value) values ('schema', ${String(version)})
                on conflict (name) do update set value = excluded.value`.execute(db);
    },
  };
}
