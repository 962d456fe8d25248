/** What is asked of the ledger: its head, its rows in order, and the rows of a span joined to what a household reads. */
import { CompiledQuery, sql, type Kysely } from 'kysely';
import { SPAN_MAX_MS, ZERO_HASH } from '../ledger/row.ts';
import type { LedgerTable, Tables } from './schema.ts';
import type { GateQuestion, SpanQuery, StoredSpan } from './store.ts';

export async function ledgerHead(db: Kysely<Tables>): Promise<{ seq: number; hash: string }> {
  const row = await db.selectFrom('ledger').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row ?? { seq: 0, hash: ZERO_HASH };
}

export function ledgerRows(db: Kysely<Tables>, from: number, limit: number): Promise<LedgerTable[]> {
  return db.selectFrom('ledger').selectAll().where('seq', '>=', from).orderBy('seq').limit(limit).execute();
}

/** A span lasts at most `SPAN_MAX_MS`, so those that reach into the window began at most that long before it. */
export async function spans(db: Kysely<Tables>, query: SpanQuery): Promise<StoredSpan[]> {
  const { rows } = await sql<{
    device_id: string;
    camera_id: string;
    stream_id: number;
    route: string;
    from_ms: number;
    last_ms: number;
    closed: number;
    delivered: number;
    shown: number;
    refused: number;
  }>`
    select o.device_id, o.camera_id, o.stream_id, o.route, o.from_ms,
           max(r.to_ms) as last_ms, max(r.final) as closed,
           sum(case when r.kind = 'mark' then r.units else 0 end) as delivered,
           sum(case when r.kind = 'shown' then r.units else 0 end) as shown,
           sum(case when r.kind = 'refused' then r.units else 0 end) as refused
      from ledger o join ledger r on r.home_id = o.home_id and r.span_id = o.span_id
     where o.kind = 'open' and o.home_id = ${query.homeId}
       and o.from_ms <= ${query.toMs} and o.from_ms >= ${query.fromMs - SPAN_MAX_MS}
       ${query.cameraId === undefined ? sql`` : sql`and o.camera_id = ${query.cameraId}`}
       ${query.deviceId === undefined ? sql`` : sql`and o.device_id = ${query.deviceId}`}
     group by o.span_id, o.device_id, o.camera_id, o.stream_id, o.route, o.from_ms
    having max(r.to_ms) >= ${query.fromMs} or max(r.final) = 0
     order by o.from_ms desc
     limit ${query.limit}`.execute(db);
  return rows.map((row) => ({
    deviceId: row.device_id,
    cameraId: row.camera_id,
    streamId: row.stream_id,
    route: row.route,
    fromMs: row.from_ms,
    toMs: row.last_ms,
    closed: row.closed === 1,
    delivered: row.delivered,
    shown: row.shown,
    refused: row.refused,
  }));
}

export function marks(db: Kysely<Tables>, question: GateQuestion, kid: string): Promise<LedgerTable[]> {
  return db
    .selectFrom('ledger')
    .selectAll()
    .where('home_id', '=', question.homeId)
    .where('device_id', '=', question.deviceId)
    .where('camera_id', '=', question.cameraId)
    .where('stream_id', '=', question.streamId)
    .where('kind', 'in', ['mark', 'shown'])
    .where('kid', '=', kid)
    .orderBy('seq', 'desc')
    .limit(400)
    .execute();
}

/** Rows in one statement, largest first: 20 columns a row, SQLite takes 32,766 parameters. */
const GROUPS = [64, 8, 1] as const;

/**
 * Inserts whose text is made once a size: to compile 300 rows anew every 10 s took 30 ms, a tenth of what it costs to serve
 * as many viewers.
 */
export class LedgerInserts {
  readonly #texts = new Map<number, { readonly text: string; readonly columns: readonly (keyof LedgerTable)[] }>();

  async run(db: Kysely<Tables>, rows: readonly LedgerTable[]): Promise<void> {
    let at = 0;
    for (const size of GROUPS) {
      for (; rows.length - at >= size; at += size) {
        const group = rows.slice(at, at + size);
        const { text, columns } = this.#texts.get(size) ?? this.#compile(db, group);
        await db.executeQuery(
          CompiledQuery.raw(
            text,
            group.flatMap((row) => columns.map((column) => row[column])),
          ),
        );
      }
    }
  }

  #compile(db: Kysely<Tables>, group: readonly LedgerTable[]): { text: string; columns: (keyof LedgerTable)[] } {
    // Every row has every column (null where it has no value), so that the text is the same for all groups of a size.
    const columns = Object.keys(group[0] ?? {}) as (keyof LedgerTable)[];
    // A null in the first group would be written as `null` and not as a parameter; a number in its place never is.
    const shape = group.map(() => Object.fromEntries(columns.map((column) => [column, 0])) as unknown as LedgerTable);
    const compiled = { text: db.insertInto('ledger').values(shape).compile().sql, columns };
    this.#texts.set(group.length, compiled);
    return compiled;
  }
}
