/** Incidents and the policy as they are stored: one row an incident with its story beside the columns that are searched by. */
import type { Kysely } from 'kysely';
import type { Incident } from '../incidents/incident.ts';
import type { Policy, Rule } from '../incidents/policy.ts';
import type { Tables } from './schema.ts';

export interface IncidentTables {
  /** `story`: the whole `Incident` as JSON. */
  incidents: { id: string; at_ms: number; last_ms: number; grade: string; route: string; story: string };
  policies: { version: number; at_ms: number; by_whom: string; rules: string };
}

export interface IncidentStore {
  /** Writes it, or writes it anew. */
  put(incident: Incident): Promise<void>;
  get(id: string): Promise<Incident | undefined>;
  /** Newest first, by the first moment; `before` is exclusive, Unix ms. */
  list(query: { readonly limit: number; readonly before?: number | undefined }): Promise<Incident[]>;
  /** Those that were last added to at or after this moment, oldest first. */
  since(lastMs: number, limit: number): Promise<Incident[]>;
  policy(): Promise<Policy | undefined>;
  /** Newest first. */
  policies(limit: number): Promise<Policy[]>;
  /** @returns false when that version is there already */
  putPolicy(policy: Policy): Promise<boolean>;
}

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

export class SqlIncidentStore implements IncidentStore {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  put(incident: Incident): Promise<void> {
    const { id, atMs: at_ms, lastMs: last_ms, grade, route } = incident;
    const row = { id, at_ms, last_ms, grade, route, story: JSON.stringify(incident) };
    return this.#run(async (db) => {
      await db
        .insertInto('incidents')
        .values(row)
        .onConflict((clash) => clash.column('id').doUpdateSet({ last_ms, story: row.story }))
        .execute();
    });
  }

  get(id: string): Promise<Incident | undefined> {
    return this.#run(async (db) => {
      const row = await db.selectFrom('incidents').select('story').where('id', '=', id).executeTakeFirst();
      return row && told(row);
    });
  }

  list({ limit, before }: { readonly limit: number; readonly before?: number | undefined }): Promise<Incident[]> {
    return this.#run(async (db) => {
      let query = db.selectFrom('incidents').select('story').orderBy('at_ms', 'desc').orderBy('id').limit(limit);
      if (before !== undefined) query = query.where('at_ms', '<', before);
      return (await query.execute()).map(told);
    });
  }

  since(lastMs: number, limit: number): Promise<Incident[]> {
    return this.#run(async (db) => {
      const query = db
        .selectFrom('incidents')
        .select('story')
        .where('last_ms', '>=', lastMs)
        .orderBy('last_ms', 'desc');
      return (await query.limit(limit).execute()).map(told).reverse();
    });
  }

  async policy(): Promise<Policy | undefined> {
    return (await this.policies(1))[0];
  }

  policies(limit: number): Promise<Policy[]> {
    return this.#run(async (db) => {
      const rows = await db.selectFrom('policies').selectAll().orderBy('version', 'desc').limit(limit).execute();
      return rows.map((row) => ({
        version: row.version,
        atMs: row.at_ms,
        by: row.by_whom,
        rules: JSON.parse(row.rules) as Rule[],
      }));
    });
  }

  putPolicy({ version, atMs, by, rules }: Policy): Promise<boolean> {
    return this.#run(async (db) => {
      const row = { version, at_ms: atMs, by_whom: by, rules: JSON.stringify(rules) };
      const written = await db
        .insertInto('policies')
        .values(row)
        .onConflict((clash) => clash.doNothing())
        .executeTakeFirst();
      return (written.numInsertedOrUpdatedRows ?? 0n) > 0n;
    });
  }
}

function told(row: { readonly story: string }): Incident {
  return JSON.parse(row.story) as Incident;
}
