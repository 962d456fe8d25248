/** What an operator may know and set of homes as a whole: counts, quotas, which are canaries, and the few settings of the relay itself. */
import { sql, type Kysely } from 'kysely';
import { homeId, type HomeId, type HomeQuota } from '@sealcam/protocol';
import type { Tables } from './schema.ts';

export interface HomeTables {
  home_quotas: {
    home_id: string;
    cameras: number | null;
    viewers: number | null;
    bytes_per_second: number | null;
  };
  /** Values as JSON. */
  relay_settings: { name: string; value: string };
}

export interface HomeCounts {
  readonly homeId: HomeId;
  readonly sinceMs: number;
  readonly cameras: number;
  readonly members: number;
  readonly quota: HomeQuota;
}

export interface HomeStore {
  /** Homes that are alive here, ascending by id, those after `after`; canaries are no homes to anybody. */
  homes(limit: number, after: string): Promise<HomeCounts[]>;
  totals(): Promise<{ readonly homes: number; readonly cameras: number }>;
  /** The canary homes that are alive here. */
  canaries(): Promise<HomeId[]>;
  /** The routes of the present members of all other homes, sorted. */
  routes(): Promise<string[]>;
  quota(home: HomeId): Promise<HomeQuota>;
  /** All of it anew; an empty one takes the row away. */
  putQuota(home: HomeId, quota: HomeQuota): Promise<void>;
  setting(name: string): Promise<unknown>;
  putSetting(name: string, value: unknown): Promise<void>;
}

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

export class SqlHomeStore implements HomeStore {
  readonly #run: Run;

  /** @param run one short query, with the disk's faults turned into `SealcamError` */
  constructor(run: Run) {
    this.#run = run;
  }

  homes(limit: number, after: string): Promise<HomeCounts[]> {
    return this.#run(async (db) => {
      const { rows } = await sql<
        HomeTables['home_quotas'] & { joined_ms: number; n_cameras: number; n_members: number }
      >`
        select h.home_id, h.joined_ms, q.cameras, q.viewers, q.bytes_per_second,
               (select count(*) from cameras c where c.home_id = h.home_id) as n_cameras,
               (select count(*) from members m where m.home_id = h.home_id and m.removed_version is null
                  and m.role in ('admin', 'viewer')) as n_members
          from homes h left join home_quotas q on q.home_id = h.home_id
         where h.ended_ms is null and h.canary = 0 and h.home_id > ${after}
         order by h.home_id limit ${limit}`.execute(db);
      return rows.map((row) => ({
        homeId: homeId(row.home_id),
        sinceMs: row.joined_ms,
        cameras: row.n_cameras,
        members: row.n_members,
        quota: toQuota(row),
      }));
    });
  }

  totals(): Promise<{ homes: number; cameras: number }> {
    return this.#run(async (db) => {
      const { rows } = await sql<{ homes: number; cameras: number }>`
        select (select count(*) from homes where ended_ms is null and canary = 0) as homes,
               (select count(*) from cameras c join homes h on h.home_id = c.home_id
                 where h.canary = 0) as cameras`.execute(db);
      return rows[0] ?? { homes: 0, cameras: 0 };
    });
  }

  canaries(): Promise<HomeId[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('homes')
        .select('home_id')
        .where('canary', '=', 1)
        .where('ended_ms', 'is', null)
        .execute();
      return rows.map((row) => homeId(row.home_id));
    });
  }

  routes(): Promise<string[]> {
    return this.#run(async (db) => {
      const { rows } = await sql<{ route: string }>`
        select distinct m.route from members m join homes h on h.home_id = m.home_id
         where h.ended_ms is null and h.canary = 0 and m.removed_version is null and m.role in ('admin', 'viewer')
         order by m.route`.execute(db);
      return rows.map((row) => row.route);
    });
  }

  quota(home: HomeId): Promise<HomeQuota> {
    return this.#run(async (db) => {
      const row = await db.selectFrom('home_quotas').selectAll().where('home_id', '=', home).executeTakeFirst();
      return row === undefined ? {} : toQuota(row);
    });
  }

  putQuota(home: HomeId, { cameras = null, viewers = null, bytesPerSecond = null }: HomeQuotaOrNull): Promise<void> {
    return this.#run(async (db) => {
      const values = { cameras, viewers, bytes_per_second: bytesPerSecond };
      if (Object.values(values).every((value) => value === null)) {
        await db.deleteFrom('home_quotas').where('home_id', '=', home).execute();
        return;
      }
      await db
        .insertInto('home_quotas')
        .values({ home_id: home, ...values })
        .onConflict((clash) => clash.column('home_id').doUpdateSet(values))
        .execute();
    });
  }

  setting(name: string): Promise<unknown> {
    return this.#run(async (db) => {
      const row = await db.selectFrom('relay_settings').select('value').where('name', '=', name).executeTakeFirst();
      return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
    });
  }

  putSetting(name: string, value: unknown): Promise<void> {
    return this.#run(async (db) => {
      const row = { name, value: JSON.stringify(value) };
      await db
        .insertInto('relay_settings')
        .values(row)
        .onConflict((clash) => clash.column('name').doUpdateSet({ value: row.value }))
        .execute();
    });
  }
}

type HomeQuotaOrNull = { readonly [Name in keyof HomeQuota]?: number | null };

function toQuota(row: Pick<HomeTables['home_quotas'], 'cameras' | 'viewers' | 'bytes_per_second'>): HomeQuota {
  return {
    ...(row.cameras !== null && { cameras: row.cameras }),
    ...(row.viewers !== null && { viewers: row.viewers }),
    ...(row.bytes_per_second !== null && { bytesPerSecond: row.bytes_per_second }),
  };
}
