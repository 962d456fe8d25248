/**
 * What agents sent in the formats of protocol 1 is of no use under protocol 2: stored bulletins and their wraps go. Each agent sends
 * a new one when it connects, as at every start; until then a viewer is told nothing, rather than what it cannot read.
 */
import { sql } from 'kysely';
import type { StoreMigration } from './migration.ts';

export const sealedAnew: StoreMigration = {
  async up(db) {
    await sql`delete from wraps`.execute(db);
    await sql`delete from bulletins`.execute(db);
  },
};
