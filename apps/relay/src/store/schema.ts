/**
 * The tables, once, for every store: columns are text, bigint and integer only, bytes are base64url text, truth is 0 or 1.
 * `members` and `grants` are a projection of the newest roster that only its verifier writes (rule 9 of the house).
 */
import { sql, type Generated, type Kysely } from 'kysely';
import { SEALED_ROUTE } from '@sealcam/protocol';
import { EXPOSURE_STATEMENTS, type LinkEventTable } from './exposure-store.ts';
import { HOME_STATEMENTS, type HomeTables } from './home-store.ts';
import { INCIDENT_STATEMENTS, type IncidentTables } from './incident-store.ts';
import { NOTICE_STATEMENTS, type NoticeBatchTable, type NoticeTable, type NoticeTextTable } from './notice-store.ts';
import { OPERATOR_STATEMENTS, type OperatorTables } from './operator-store.ts';
import { SUSPENSION_STATEMENTS, type SuspensionTable } from './suspension-store.ts';
import { TRY_STATEMENTS, type TryTable } from './try-store.ts';

export interface Tables extends OperatorTables, HomeTables, IncidentTables {
  homes: {
    home_id: string;
    agent_id: string;
    version: number;
    head_hash: string;
    joined_ms: number;
    ended_ms: number | null;
    /** A canary home of this relay's operator: no household. Set when it joins, by this process alone. */
    canary: Generated<number>;
  };
  rosters: { home_id: string; version: number; hash: string; roster: string };
  members: {
    home_id: string;
    device_id: string;
    sig_pub: string;
    role: string;
    all_cameras: number;
    /** 0: for ever. */
    not_after: number;
    /** The roster that no longer names it; null while it is a member. */
    removed_version: number | null;
    /** As the home's agent announced them; the roster says nothing of these two. */
    model: Generated<string>;
    route: Generated<string>;
  };
  grants: { home_id: string; device_id: string; camera_id: string };
  /** What the agent announced. `streams` has bit n set for stream n. */
  cameras: { home_id: string; camera_id: string; streams: number; private: number; model: Generated<string> };
  hpke_keys: { home_id: string; device_id: string; key_seq: number; message: string };
  bulletins: { home_id: string; epoch: number; manifest: string; stored_ms: number };
  wraps: { home_id: string; device_id: string; wrap: string };
  invitations: { code_hash: string; expires_ms: number; used_ms: number | null; used_by: string | null };
  ledger: LedgerTable;
  link_events: LinkEventTable;
  notice_batches: NoticeBatchTable;
  notice_texts: NoticeTextTable;
  notices: NoticeTable;
  suspensions: SuspensionTable;
  operator_tries: TryTable;
  meta: { name: string; value: string };
}

/** One row of the ledger, in the order of its canonical form (`ledger/row.ts`). */
export interface LedgerTable {
  seq: number;
  at_ms: number;
  kind: string;
  home_id: string;
  device_id: string;
  camera_id: string;
  stream_id: number;
  route: string;
  span_id: string;
  connection_id: string;
  kid: string | null;
  ctr_from: number | null;
  ctr_to: number | null;
  from_ms: number;
  to_ms: number;
  units: number;
  final: number;
  proof: string | null;
  prev_hash: string;
  hash: string;
}

export const SCHEMA_VERSION = '1';

/** Creates what is missing. Statements are common SQL; only the append-only trigger is the dialect's own. */
export async function createTables(db: Kysely<Tables>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  await addColumns(db);
}

/** Columns that came later than their table; a data folder of an older version gets them here. */
const LATER = [
  { table: 'members', column: 'model', type: 'text', standard: '' },
  { table: 'members', column: 'route', type: 'text', standard: SEALED_ROUTE },
  { table: 'cameras', column: 'model', type: 'text', standard: '' },
  { table: 'homes', column: 'canary', type: 'integer', standard: 0 },
] as const;

async function addColumns(db: Kysely<Tables>): Promise<void> {
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
  ...EXPOSURE_STATEMENTS,
  ...NOTICE_STATEMENTS,
  ...SUSPENSION_STATEMENTS,
  ...INCIDENT_STATEMENTS,
  ...OPERATOR_STATEMENTS,
  ...TRY_STATEMENTS,
  ...HOME_STATEMENTS,
];
