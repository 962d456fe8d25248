/**
 * The history of links: who could see what, with which models and by which route, from when to when. Two rows a link, `began` and
 * `ended`, never changed and never deleted, written in the very transaction that changes who may see what. "Could have been" questions
 * are answered from here (PLATFORM.md, store rule 6); the rows hold opaque ids and declared models, nothing that names anybody.
 */
import { randomBytes } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { HomeId } from '@sealcam/protocol';
import type { Tables } from './schema.ts';

export interface LinkEventTable {
  /** 32 hex digits; the same in both rows of a link. */
  link_id: string;
  /** 'began' or 'ended'. */
  kind: string;
  at_ms: number;
  home_id: string;
  device_id: string;
  camera_id: string;
  camera_model: string;
  display_model: string;
  route: string;
  /** The end of a guest's time, Unix ms; 0 for ever. */
  until_ms: number;
}

/** Tables whose rows stay as they were written; each dialect has its own trigger for it. */
export const APPEND_ONLY_TABLES = ['ledger', 'link_events'] as const;

const ROWS_A_STATEMENT = 500;

type Link = Omit<LinkEventTable, 'kind' | 'link_id' | 'at_ms'>;

/** Compares who may see what now with what the history says, and writes down the difference. Call it inside the change's transaction. */
export async function recordLinks(tx: Transaction<Tables>, home: HomeId, nowMs: number): Promise<void> {
  const now = new Map((await presentLinks(tx, home)).map((link) => [keyOf(link), link]));
  const events: LinkEventTable[] = [];
  for (const open of await openLinks(tx, home)) {
    if (!now.delete(keyOf(open))) events.push({ ...open, kind: 'ended', at_ms: nowMs });
  }
  for (const link of now.values())
    events.push({ ...link, link_id: randomBytes(16).toString('hex'), kind: 'began', at_ms: nowMs });
  for (let at = 0; at < events.length; at += ROWS_A_STATEMENT) {
    await tx
      .insertInto('link_events')
      .values(events.slice(at, at + ROWS_A_STATEMENT))
      .execute();
  }
}

/** Homes that were here before there was a history: theirs begins now. Called once at start; one short transaction a home. */
export async function beginHistory(db: Kysely<Tables>, nowMs: number): Promise<void> {
  const { rows: homes } = await sql<{ home_id: string }>`
    select h.home_id from homes h where h.ended_ms is null
       and not exists (select 1 from link_events e where e.home_id = h.home_id)`.execute(db);
  for (const { home_id } of homes) {
    await db.transaction().execute((tx) => recordLinks(tx, home_id as HomeId, nowMs));
  }
}

async function presentLinks(tx: Transaction<Tables>, home: HomeId): Promise<Link[]> {
  const { rows } = await sql<Link>`
    select m.home_id, m.device_id, c.camera_id, c.model as camera_model, m.model as display_model, m.route,
           m.not_after as until_ms
      from members m
      join cameras c on c.home_id = m.home_id
      left join grants g on g.home_id = m.home_id and g.device_id = m.device_id and g.camera_id = c.camera_id
     where m.home_id = ${home} and m.removed_version is null and m.role in ('admin', 'viewer')
       and (m.all_cameras = 1 or g.camera_id is not null)`.execute(tx);
  return rows;
}

async function openLinks(tx: Transaction<Tables>, home: HomeId): Promise<LinkEventTable[]> {
  const { rows } = await sql<LinkEventTable>`
    select b.* from link_events b
     where b.home_id = ${home} and b.kind = 'began'
       and not exists (select 1 from link_events e where e.link_id = b.link_id and e.kind = 'ended')`.execute(tx);
  return rows;
}

/** A link whose model, route or end changes is another link: the old one ends and a new one begins. */
function keyOf(link: Link): string {
  const { device_id, camera_id, camera_model, display_model, route, until_ms } = link;
  return JSON.stringify([device_id, camera_id, camera_model, display_model, route, until_ms]);
}
