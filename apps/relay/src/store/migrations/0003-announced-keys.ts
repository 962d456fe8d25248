/** The key ids that homes announced, with their bulletins; what they mean is in `../key-store.ts`. */
import { sql } from 'kysely';
import type { StoreMigration } from './migration.ts';

export const announcedKeys: StoreMigration = {
  async up(db) {
    await sql`create table announced_keys (kid text not null, home_id text not null references homes, camera_id text not null,
                stream_id integer not null, epoch bigint not null, at_ms bigint not null, second integer not null,
                primary key (home_id, kid))`.execute(db);
    await sql`create index announced_keys_kid on announced_keys (kid)`.execute(db);
    await sql`create index announced_keys_epoch on announced_keys (home_id, epoch)`.execute(db);
  },
};
