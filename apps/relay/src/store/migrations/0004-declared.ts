/** Whether a member's model and route are its agent's word yet. Of those that were there before it was asked, they are. */
import { sql } from 'kysely';
import type { StoreMigration } from './migration.ts';

export const declared: StoreMigration = {
  async up(db) {
    await sql`alter table members add column declared integer not null default 1`.execute(db);
  },
};
