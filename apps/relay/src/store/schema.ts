/**
 * The tables as this program knows them, for every store (`migrations/` makes them): columns are text, bigint and integer only,
 * bytes are base64url text, truth is 0 or 1.
 * `members` and `grants` are a projection of the newest roster that only its verifier writes (rule 9 of the house).
 */
import type { Generated } from 'kysely';
import type { LinkEventTable } from './exposure-store.ts';
import type { HomeTables } from './home-store.ts';
import type { IncidentTables } from './incident-store.ts';
import type { AnnouncedKeyTable } from './key-store.ts';
import type { NoticeBatchTable, NoticeTable, NoticeTextTable } from './notice-store.ts';
import type { OperatorTables } from './operator-store.ts';
import type { SuspensionTable } from './suspension-store.ts';
import type { TryTable } from './try-store.ts';

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
    /** 0 until the agent has said model and route, which may be that there is none and `sealed`. */
    declared: Generated<number>;
  };
  grants: { home_id: string; device_id: string; camera_id: string };
  /** What the agent announced. `streams` has bit n set for stream n. */
  cameras: { home_id: string; camera_id: string; streams: number; private: number; model: Generated<string> };
  hpke_keys: { home_id: string; device_id: string; key_seq: number; message: string };
  bulletins: { home_id: string; epoch: number; manifest: string; stored_ms: number };
  wraps: { home_id: string; device_id: string; wrap: string };
  invitations: { code_hash: string; expires_ms: number; used_ms: number | null; used_by: string | null };
  announced_keys: AnnouncedKeyTable;
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
