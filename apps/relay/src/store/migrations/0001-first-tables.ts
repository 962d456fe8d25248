/**
 * The tables as commit e9c0e9a made them, before there were migrations. `if not exists` throughout: a folder of that time has these
 * tables and no list of migrations, and is taken over as it is; one that is older still gets the columns that it lacks.
 */
import { sql, type Kysely } from 'kysely';
import type { StoreMigration } from './migration.ts';

export const firstTables: StoreMigration = {
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
    await addColumns(db);
  },
};

/** Columns that came later than their table. */
const LATER = [
  { table: 'members', column: 'model', type: 'text', standard: '' },
  { table: 'members', column: 'route', type: 'text', standard: 'sealed' },
  { table: 'cameras', column: 'model', type: 'text', standard: '' },
  { table: 'homes', column: 'canary', type: 'integer', standard: 0 },
] as const;

async function addColumns(db: Kysely<unknown>): Promise<void> {
  const tables = await db.introspection.getTables();
  for (const { table, column, type, standard } of LATER) {
    const there = tables.find(({ name }) => name === table)?.columns.some(({ name }) => name === column);
    if (there !== true)
      await db.schema
        .alterTable(table)
        .addColumn(column, type, (added) => added.notNull().defaultTo(standard))
        .execute();
  }
}

const STATEMENTS = [
  `create table if not exists meta (name text primary key, value text not null)`,
  `create table if not exists homes (home_id text primary key, agent_id text not null, version bigint not null,
     head_hash text not null, joined_ms bigint not null, ended_ms bigint)`,
  `create table if not exists rosters (home_id text not null references homes, version bigint not null, hash text not null,
     roster text not null, primary key (home_id, version))`,
  `create table if not exists members (home_id text not null references homes, device_id text not null, sig_pub text not null,
     role text not null, all_cameras integer not null, not_after bigint not null, removed_version bigint,
     primary key (home_id, device_id))`,
  `create table if not exists grants (home_id text not null, device_id text not null, camera_id text not null,
     primary key (home_id, device_id, camera_id), foreign key (home_id, device_id) references members (home_id, device_id))`,
  `create table if not exists cameras (home_id text not null references homes, camera_id text not null, streams integer not null,
     private integer not null, primary key (home_id, camera_id))`,
  `create table if not exists hpke_keys (home_id text not null, device_id text not null, key_seq bigint not null,
     message text not null, primary key (home_id, device_id),
     foreign key (home_id, device_id) references members (home_id, device_id))`,
  `create table if not exists bulletins (home_id text primary key references homes, epoch bigint not null, manifest text not null,
     stored_ms bigint not null)`,
  `create table if not exists wraps (home_id text not null references bulletins, device_id text not null, wrap text not null,
     primary key (home_id, device_id))`,
  `create table if not exists invitations (code_hash text primary key, expires_ms bigint not null, used_ms bigint, used_by text)`,
  `create table if not exists ledger (seq bigint primary key, at_ms bigint not null, kind text not null, home_id text not null,
     device_id text not null, camera_id text not null, stream_id integer not null, route text not null, span_id text not null,
     connection_id text not null, kid text, ctr_from bigint, ctr_to bigint, from_ms bigint not null, to_ms bigint not null,
     units bigint not null, final integer not null, proof text, prev_hash text not null, hash text not null)`,
  `create index if not exists ledger_open on ledger (home_id, from_ms) where kind = 'open'`,
  `create index if not exists ledger_span on ledger (home_id, span_id)`,
  `create unique index if not exists ledger_proof on ledger (home_id, span_id, proof) where proof is not null`,
  `create table if not exists link_events (link_id text not null, kind text not null, at_ms bigint not null,
     home_id text not null, device_id text not null, camera_id text not null, camera_model text not null,
     display_model text not null, route text not null, until_ms bigint not null, primary key (link_id, kind))`,
  `create index if not exists link_events_home on link_events (home_id, kind)`,
  `create index if not exists link_events_camera on link_events (home_id, camera_id)`,
  `create index if not exists link_events_pair on link_events (camera_model, display_model) where kind = 'began'`,
  `create index if not exists link_events_route on link_events (route) where kind = 'began'`,
  // Foreign rows are found without reading the ledger itself: which key went to which home's which camera, and whose it is.
  `create index if not exists ledger_key on ledger (kid, home_id, camera_id) where kid is not null`,
  // Spans that were opened and never closed, again without the ledger itself.
  `create index if not exists ledger_opened on ledger (from_ms, span_id) where kind = 'open'`,
  `create index if not exists ledger_final on ledger (span_id) where final = 1`,
  `create table if not exists notice_batches (batch_id text primary key, at_ms bigint not null, by_name text not null,
     question text not null, delivered_ms bigint, delivered_by text, prepared integer not null)`,
  `create table if not exists notice_texts (batch_id text not null references notice_batches, text_no integer not null,
     kind text not null, text text not null, primary key (batch_id, text_no))`,
  `create table if not exists notices (notice_id text primary key, batch_id text not null, home_id text not null,
     text_no integer not null, given_ms bigint, read_ms bigint, read_by text,
     foreign key (batch_id, text_no) references notice_texts (batch_id, text_no))`,
  `create unique index if not exists notices_home on notices (batch_id, home_id)`,
  `create index if not exists notices_unread on notices (home_id) where read_ms is null`,
  `create table if not exists suspensions (id text primary key, width text not null, target_key text not null, home_id text,
     device_id text, camera_id text, camera_model text, display_model text, partner text, cause text not null,
     by_name text not null, reason text not null, incident_id text, at_ms bigint not null,
     lifted_ms bigint, lifted_by text, lifted_reason text)`,
  `create unique index if not exists suspensions_active on suspensions (target_key) where lifted_ms is null`,
  `create index if not exists suspensions_time on suspensions (at_ms)`,
  `create table if not exists incidents (id text primary key, at_ms bigint not null, last_ms bigint not null, grade text not null,
     route text not null, story text not null)`,
  `create index if not exists incidents_at on incidents (at_ms)`,
  `create index if not exists incidents_last on incidents (last_ms)`,
  `create table if not exists policies (version bigint primary key, at_ms bigint not null, by_whom text not null,
     rules text not null)`,
  `create index if not exists ledger_source on ledger (kid) where kind = 'source'`,
  `create table if not exists operators (operator_id text primary key, name text not null, name_key text not null unique,
     role text not null, since_ms bigint not null)`,
  `create table if not exists operator_passwords (operator_id text primary key references operators on delete cascade,
     hash text not null)`,
  `create table if not exists operator_passkeys (credential_id text primary key,
     operator_id text not null references operators on delete cascade, rp_id text not null, public_key text not null,
     counter bigint not null, transports text not null)`,
  `create table if not exists operator_sessions (token_hash text primary key,
     operator_id text not null references operators on delete cascade, last_ms bigint not null, ends_ms bigint not null)`,
  `create table if not exists operator_invitations (code_hash text primary key, name text not null, role text not null,
     by_name text not null, ends_ms bigint not null)`,
  `create table if not exists operator_acts (id text primary key, at_ms bigint not null, by_name text not null, what text not null,
     about text not null)`,
  `create index if not exists operator_acts_time on operator_acts (at_ms)`,
  `create table if not exists operator_tries (key_hash text primary key, wrong integer not null, until_ms bigint not null)`,
  `create index if not exists operator_tries_time on operator_tries (until_ms)`,
  `create table if not exists home_quotas (home_id text primary key references homes, cameras bigint, viewers bigint,
     bytes_per_second bigint)`,
  `create table if not exists relay_settings (name text primary key, value text not null)`,
];
