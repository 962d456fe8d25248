/**
 * Notices in the store of record. A batch is written row by row while it is prepared and is seen by no home; one statement on its own
 * row then delivers it to all of them, or, after a crash, to none. So nothing can be delivered twice or to half.
 */
import { createHash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { DeviceId, HomeId } from '@sealcam/protocol';
import type { ExposureQuestion } from '../exposure/exposure.ts';
import type { NoticeBatch, NoticeKind, NoticeText } from '../exposure/notices.ts';
import type { Tables } from './schema.ts';

export interface NoticeBatchTable {
  batch_id: string;
  at_ms: number;
  by_name: string;
  question: string;
  delivered_ms: number | null;
  delivered_by: string | null;
  /** 1 once all its rows are there. */
  prepared: number;
}

/** A text of a batch; homes that read the same share it. */
export interface NoticeTextTable {
  batch_id: string;
  text_no: number;
  kind: string;
  text: string;
}

export interface NoticeTable {
  notice_id: string;
  batch_id: string;
  home_id: string;
  text_no: number;
  /** First given to an admin's device; null until then. */
  given_ms: number | null;
  read_ms: number | null;
  read_by: string | null;
}

/** A notice as its home gets it. */
export interface HomeNotice {
  readonly noticeId: string;
  readonly atMs: number;
  readonly text: NoticeText;
}

/** One home's part of a batch, for the export. */
export interface NoticeLine {
  readonly homeId: HomeId;
  readonly text: NoticeText;
  readonly givenMs: number | undefined;
  readonly readMs: number | undefined;
}

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

export class NoticeStore {
  readonly #run: Run;

  /** @param run one short query, with the disk's faults turned into `SealcamError` */
  constructor(run: Run) {
    this.#run = run;
  }

  /** Begins a batch that nobody sees; `addHomes` fills it, `prepared` ends it. */
  begin(batch: { id: string; atMs: number; by: string; question: ExposureQuestion }): Promise<void> {
    return this.#run(async (db) => {
      await db
        .insertInto('notice_batches')
        .values({
          batch_id: batch.id,
          at_ms: batch.atMs,
          by_name: batch.by,
          question: JSON.stringify(batch.question),
          delivered_ms: null,
          delivered_by: null,
          prepared: 0,
        })
        .execute();
    });
  }

  /** @param texts new ones of the batch @param homes at most 1,000 a call; each has its text already */
  addHomes(
    batch: string,
    texts: readonly { readonly no: number; readonly text: NoticeText }[],
    homes: readonly { readonly homeId: HomeId; readonly textNo: number }[],
  ): Promise<void> {
    return this.#transaction(async (tx) => {
      for (const { no, text } of texts) {
        const row = { batch_id: batch, text_no: no, kind: text.kind, text: JSON.stringify(text) };
        await tx.insertInto('notice_texts').values(row).execute();
      }
      const rows = homes.map(({ homeId, textNo }) => ({
        notice_id: noticeId(batch, homeId),
        batch_id: batch,
        home_id: homeId,
        text_no: textNo,
        given_ms: null,
        read_ms: null,
        read_by: null,
      }));
      if (rows.length > 0) await tx.insertInto('notices').values(rows).execute();
    });
  }

  prepared(batch: string): Promise<void> {
    return this.#run(async (db) => {
      await db.updateTable('notice_batches').set({ prepared: 1 }).where('batch_id', '=', batch).execute();
    });
  }

  /** @returns true when this very call delivered it */
  deliver(batch: string, atMs: number, by: string): Promise<boolean> {
    return this.#run(async (db) => {
      const done = await db
        .updateTable('notice_batches')
        .set({ delivered_ms: atMs, delivered_by: by })
        .where('batch_id', '=', batch)
        .where('prepared', '=', 1)
        .where('delivered_ms', 'is', null)
        .executeTakeFirst();
      return done.numUpdatedRows === 1n;
    });
  }

  /** Forgets a batch that was not delivered. @returns false when there is none such */
  discard(batch: string): Promise<boolean> {
    return this.#transaction(async (tx) => {
      const found = await tx
        .selectFrom('notice_batches')
        .select('batch_id')
        .where('batch_id', '=', batch)
        .where('delivered_ms', 'is', null)
        .executeTakeFirst();
      if (found === undefined) return false;
      for (const table of ['notices', 'notice_texts', 'notice_batches'] as const)
        await tx.deleteFrom(table).where('batch_id', '=', batch).execute();
      return true;
    });
  }

  /** Batches that a crash left half prepared go. */
  async forgetHalf(): Promise<void> {
    const half = await this.#run((db) =>
      db.selectFrom('notice_batches').select('batch_id').where('prepared', '=', 0).execute(),
    );
    for (const { batch_id } of half) await this.discard(batch_id);
  }

  /** Newest first; only whole ones. @param id of one alone */
  batches(limit: number, id?: string): Promise<NoticeBatch[]> {
    return this.#run(async (db) => {
      let query = db.selectFrom('notice_batches').selectAll().where('prepared', '=', 1);
      if (id !== undefined) query = query.where('batch_id', '=', id);
      const rows = await query.orderBy('at_ms', 'desc').orderBy('batch_id').limit(limit).execute();
      return await Promise.all(rows.map(async (row) => toBatch(row, await counted(db, row.batch_id))));
    });
  }

  /** The texts of a batch with how many homes read each, and the first hundred of them. */
  texts(batch: string): Promise<{ text: NoticeText; homes: number; some: HomeId[] }[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('notice_texts')
        .selectAll()
        .where('batch_id', '=', batch)
        .orderBy('text_no')
        .execute();
      const homes = await sql<{ text_no: number; home_id: string; of_text: number; place: number }>`
        select text_no, home_id, of_text, place from (
          select text_no, home_id, count(*) over (partition by text_no) as of_text,
                 row_number() over (partition by text_no order by home_id) as place
            from notices where batch_id = ${batch}) as placed
         where place <= 100 order by text_no, place`.execute(db);
      return rows.map((row) => {
        const mine = homes.rows.filter((home) => home.text_no === row.text_no);
        return {
          text: JSON.parse(row.text) as NoticeText,
          homes: mine[0]?.of_text ?? 0,
          some: mine.map((home) => home.home_id as HomeId),
        };
      });
    });
  }

  /** By home id, after `after`. */
  lines(batch: string, after: string, limit: number): Promise<NoticeLine[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('notices as n')
        .innerJoin('notice_texts as t', (on) =>
          on.onRef('t.batch_id', '=', 'n.batch_id').onRef('t.text_no', '=', 'n.text_no'),
        )
        .select(['n.home_id', 't.text', 'n.given_ms', 'n.read_ms'])
        .where('n.batch_id', '=', batch)
        .where('n.home_id', '>', after)
        .orderBy('n.home_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        homeId: row.home_id as HomeId,
        text: JSON.parse(row.text) as NoticeText,
        givenMs: row.given_ms ?? undefined,
        readMs: row.read_ms ?? undefined,
      }));
    });
  }

  /** Delivered and read by no admin yet, oldest first. */
  unread(home: HomeId, limit: number): Promise<HomeNotice[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('notices as n')
        .innerJoin('notice_batches as b', 'b.batch_id', 'n.batch_id')
        .innerJoin('notice_texts as t', (on) =>
          on.onRef('t.batch_id', '=', 'n.batch_id').onRef('t.text_no', '=', 'n.text_no'),
        )
        .select(['n.notice_id', 'b.delivered_ms', 't.text'])
        .where('n.home_id', '=', home)
        .where('n.read_ms', 'is', null)
        .where('b.delivered_ms', 'is not', null)
        .orderBy('b.delivered_ms')
        .orderBy('n.notice_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        noticeId: row.notice_id,
        atMs: row.delivered_ms ?? 0,
        text: JSON.parse(row.text) as NoticeText,
      }));
    });
  }

  given(notices: readonly string[], atMs: number): Promise<void> {
    return this.#run(async (db) => {
      await db
        .updateTable('notices')
        .set({ given_ms: atMs })
        .where('notice_id', 'in', notices)
        .where('given_ms', 'is', null)
        .execute();
    });
  }

  /** @returns false when that home has no such notice, or it was read already */
  read(home: HomeId, notice: string, by: DeviceId, atMs: number): Promise<boolean> {
    return this.#run(async (db) => {
      const done = await db
        .updateTable('notices')
        .set({ read_ms: atMs, read_by: by })
        .where('notice_id', '=', notice)
        .where('home_id', '=', home)
        .where('read_ms', 'is', null)
        .where('batch_id', 'in', (of) =>
          of.selectFrom('notice_batches').select('batch_id').where('delivered_ms', 'is not', null),
        )
        .executeTakeFirst();
      return done.numUpdatedRows === 1n;
    });
  }

  #transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#run((db) => db.transaction().execute(work));
  }
}

/** The same home's notice of the same batch has the same id, however often it is made. */
function noticeId(batch: string, home: HomeId): string {
  return createHash('sha256').update(`sealcam/1 notice\0${batch}/${home}`).digest('hex').slice(0, 32);
}

interface Counted {
  readonly kinds: Record<NoticeKind, number>;
  readonly read: number;
}

async function counted(db: Kysely<Tables>, batch: string): Promise<Counted> {
  const { rows } = await sql<{ kind: NoticeKind; homes: number; read: number }>`
    select t.kind, count(*) as homes, sum(case when n.read_ms is null then 0 else 1 end) as read
      from notices n join notice_texts t on t.batch_id = n.batch_id and t.text_no = n.text_no
     where n.batch_id = ${batch} group by t.kind`.execute(db);
  const kinds = { was: 0, 'could-have-been': 0, 'not-affected': 0 };
  for (const row of rows) kinds[row.kind] += row.homes;
  return { kinds, read: rows.reduce((sum, row) => sum + row.read, 0) };
}

function toBatch(row: NoticeBatchTable, { kinds, read }: Counted): NoticeBatch {
  const { delivered_ms: atMs, delivered_by: by } = row;
  return {
    id: row.batch_id,
    atMs: row.at_ms,
    by: row.by_name,
    question: JSON.parse(row.question) as ExposureQuestion,
    counts: kinds,
    read,
    delivered: atMs === null || by === null ? undefined : { atMs, by },
  };
}
