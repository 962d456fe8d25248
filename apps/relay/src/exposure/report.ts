/**
 * The report itself, in SQL over the ledger and the history of links; it runs on the worker's read-only connection, in one read
 * transaction, so that every number is of the same moment. The words are those at the head of `exposure.ts`.
 *
 * The ledger is never read whole: which keys went where is in an index (`ledger_key`), so are the spans that were opened and closed, and
 * only the rows of foreign keys are fetched. A million rows: see `bench/src/figures/exposure.ts`.
 */
import type { CameraId, DeviceId, HomeId, KeyId, StreamId } from '@sealcam/protocol';
import type { Database } from 'better-sqlite3';
import { SPAN_MAX_MS } from '../ledger/row.ts';
import type { ExposedHomes, ExposureAnswer, ExposureQuestion, ExposureRow } from './exposure.ts';
import { scopeOf, type Scope } from './scope.ts';

/** Later than any moment. */
const NEVER = Number.MAX_SAFE_INTEGER;

export type Totals = Omit<ExposureAnswer, 'homes' | 'rows' | 'question'>;

export class Report {
  readonly question: ExposureQuestion;
  readonly #db: Database;
  readonly #bootSeq: number;

  /**
   * @param db a read-only connection that nobody else uses; temporary tables are made on it
   * @param bootSeq the ledger's head when the relay that runs was started: a span opened after it may still run; absent: none runs
   * @throws {SealcamError} `command.invalid` for an incident that is not there
   */
  constructor(db: Database, question: ExposureQuestion, bootSeq: number = NEVER) {
    this.#db = db;
    this.question = question;
    this.#bootSeq = bootSeq;
    db.exec('begin');
    for (const table of TEMPORARY) db.exec(table);
    const scope = scopeOf(db, question);
    this.#links(scope);
    this.#strangers(scope);
    this.#facts(scope);
    this.#unconfirmed();
    this.#leftOpen(scope);
    db.exec('create index temp.fact_home on fact (home_id)');
  }

  homes(set: keyof ExposedHomes): HomeId[] {
    const sql = `select home_id from (${SETS[set]}) where home_id not in (${CANARIES}) order by home_id`;
    return this.#db.prepare(sql).pluck().all() as HomeId[];
  }

  totals(): Totals {
    const sums = this.#db
      .prepare(
        `select coalesce(sum(case when kind in ('mark', 'claimed') then units end), 0) as delivered,
                coalesce(sum(case when kind = 'shown' then units end), 0) as shown,
                coalesce(sum(case when kind in ('refused', 'claimed') then units end), 0) as refused,
                min(from_ms) as firstMs, max(to_ms) as lastMs from fact`,
      )
      .get() as { delivered: number; shown: number; refused: number; firstMs: number | null; lastMs: number | null };
    const { firstMs, lastMs, ...frames } = sums;
    const rowCount = this.#db.prepare(`select count(*) from (${GROUPED})`).pluck().get() as number;
    const head = this.#db.prepare('select seq, hash from ledger order by seq desc limit 1').get() as
      Totals['head'] | undefined;
    return {
      frames,
      rowCount,
      firstMs: firstMs ?? undefined,
      lastMs: lastMs ?? undefined,
      head: head ?? { seq: 0, hash: '' },
    };
  }

  *rows(): Generator<ExposureRow> {
    for (const row of this.#db.prepare(`${GROUPED} order by first_ms, kid, owner_home, home_id, device_id`).iterate())
      yield toRow(row as Grouped);
  }

  /** What each affected home got, and what was got of it. */
  *shares(): Generator<HomeShare> {
    for (const row of this.#db.prepare(SHARES).iterate()) yield toShare(row as Shared);
  }

  /** Homes that could be told, i.e. were here before the window ended and are not over; ordered by id. */
  *presentHomes(): Generator<HomeId> {
    const rows = this.#db
      .prepare('select home_id from homes where ended_ms is null and canary = 0 and joined_ms <= ? order by home_id')
      .pluck()
      .iterate(this.question.toMs);
    for (const home of rows) yield home as HomeId;
  }

  /** Links of the circle that were there at some moment of the window. */
  #links(scope: Scope): void {
    const { fromMs, toMs } = this.question;
    const [where, values] = linksOf(scope);
    this.#db
      .prepare(
        `insert into circle
         select home_id, device_id, camera_id, began_ms, ended_ms from (
           select b.home_id, b.device_id, b.camera_id, b.at_ms as began_ms,
                  min(coalesce(e.at_ms, @never), case when b.until_ms > 0 then b.until_ms else @never end) as ended_ms
             from link_events b left join link_events e on e.link_id = b.link_id and e.kind = 'ended'
            where b.kind = 'began' and b.at_ms <= @toMs and ${where})
          where ended_ms >= @fromMs`,
      )
      .run({ never: NEVER, fromMs, toMs, ...values });
    this.#db.exec('create index temp.circle_link on circle (home_id, device_id, camera_id)');
  }

  /**
   * Which key went to which camera's viewing though it entered from another home or camera. The first entry is the owner's, for a unit
   * enters only under an announced key id; but where two homes announced one (`contested`), neither is blamed, and what either's own
   * displays got of it is its own.
   */
  #strangers(scope: Scope): void {
    const kids = 'frames' in scope ? `and kid in (select value from json_each(@kids))` : '';
    const values = 'frames' in scope ? { kids: JSON.stringify(scope.frames.map((range) => range.kid)) } : {};
    const run = (sql: string): void => void this.#db.prepare(sql).run(values);
    // In the order of the index; of a key that has two rows, the first (SQLite takes the other columns from the row of `min`).
    run(`insert into entered select kid, home_id, camera_id, stream_id, homes > 1 from (
           select kid, home_id, camera_id, stream_id, min(seq), count(distinct home_id) as homes from ledger
            where kind = 'source' and kid is not null ${kids} group by kid)`);
    run(`update entered set contested = 1 where kid in (select kid from announced_keys where second = 1 ${kids})`);
    run(`insert into stranger
         select t.kid, t.home_id, t.camera_id, s.home_id, s.camera_id, s.stream_id, s.contested
           from (select distinct kid, home_id, camera_id from ledger where kid is not null ${kids}) t
           join entered s on s.kid = t.kid
          where (s.home_id <> t.home_id or s.camera_id <> t.camera_id)
            and not (s.contested = 1 and (
              exists (select 1 from announced_keys a
                       where a.kid = t.kid and a.home_id = t.home_id and a.camera_id = t.camera_id)
              or exists (select 1 from ledger l where l.kind = 'source' and l.kid = t.kid
                            and l.home_id = t.home_id and l.camera_id = t.camera_id)))`);
  }

  /**
   * A claim is a word, so it blames a home only where that home's agent said that it sealed a frame that this one claimed under that key
   * id, and never that it did not. No answer is no evidence. Claims of ten minutes are one incident, and its first one alone is asked about.
   */
  #unconfirmed(): void {
    const said = (answer: 'yes' | 'no'): string =>
      `exists (select 1 from incidents i
          where json_extract(i.story, '$.sealed') = '${answer}' and json_extract(i.story, '$.kid') = fact.kid
            and json_extract(i.story, '$.viewer.homeId') = fact.home_id)`;
    this.#db.exec(`update fact set blamed = 0 where kind = 'claimed' and (${said('no')} or not ${said('yes')})`);
  }

  #facts(scope: Scope): void {
    const { fromMs, toMs } = this.question;
    const inCircle = `exists (select 1 from circle c where c.home_id = l.home_id and c.device_id = l.device_id
        and c.camera_id = l.camera_id and c.began_ms <= l.to_ms and c.ended_ms >= l.from_ms)`;
    const ranges = 'frames' in scope ? scope.frames : [];
    for (const { kid, fromCtr, toCtr } of ranges)
      this.#db.prepare('insert into wanted values (?, ?, ?)').run(kid, fromCtr, toCtr);
    // Of a row that the question cuts, as many frames as the cut can hold: exact where none was dropped on the way.
    const cut = 'frames' in scope;
    const [low, high] = cut ? ['max(l.ctr_from, w.low)', 'min(l.ctr_to, w.high)'] : ['l.ctr_from', 'l.ctr_to'];
    this.#db
      .prepare(
        `insert into fact
         select l.kind, l.home_id, l.device_id, l.camera_id, l.stream_id, l.route, l.kid, ${low}, ${high},
                ${cut ? `min(l.units, ${high} - ${low} + 1)` : 'l.units'}, l.from_ms, l.to_ms,
                s.owner_home, s.owner_camera, s.owner_stream, 1 - s.contested
           from stranger s
           cross join ledger l on l.kid = s.kid and l.home_id = s.home_id and l.camera_id = s.camera_id
           ${cut ? 'join wanted w on w.kid = l.kid and l.ctr_from <= w.high and l.ctr_to >= w.low' : ''}
          where l.kind in ('mark', 'shown', 'refused', 'claimed') and l.from_ms <= @toMs and l.to_ms >= @fromMs
            ${cut ? '' : `and ${inCircle}`} ${'route' in scope ? 'and l.route = @route' : ''}`,
      )
      .run({ fromMs, toMs, ...('route' in scope && { route: scope.route }) });
  }

  /** A span lasts at most `SPAN_MAX_MS`; one without an end whose relay is gone may have gone on until then. */
  #leftOpen(scope: Scope): void {
    const { fromMs, toMs } = this.question;
    const inCircle = `and exists (select 1 from circle c where c.home_id = o.home_id and c.device_id = o.device_id
        and c.camera_id = o.camera_id and c.ended_ms >= o.from_ms and c.began_ms <= o.from_ms + ${SPAN_MAX_MS})`;
    this.#db
      .prepare(
        `insert or ignore into left_open
         select o.home_id from ledger o
          where o.kind = 'open' and o.from_ms between @fromMs - ${SPAN_MAX_MS} and @toMs
            and not exists (select 1 from ledger f where f.final = 1 and f.span_id = o.span_id)
            and o.seq <= @bootSeq ${'frames' in scope ? '' : inCircle}`,
      )
      .run({ fromMs, toMs, bootSeq: this.#bootSeq });
  }
}

function linksOf(scope: Scope): [string, Record<string, string>] {
  if ('frames' in scope) {
    const kids = JSON.stringify(scope.frames.map((range) => range.kid));
    return [
      `(b.home_id, b.camera_id) in (select home_id, camera_id from ledger
          where kind = 'source' and kid in (select value from json_each(@kids)))`,
      { kids },
    ];
  }
  const parts: string[] = [];
  if ('pair' in scope) parts.push('b.camera_model = @cameraModel and b.display_model = @displayModel');
  if ('route' in scope) parts.push('b.route = @route');
  return [parts.join(' and '), { ...('pair' in scope && scope.pair), ...('route' in scope && { route: scope.route }) }];
}

const TEMPORARY = [
  `create temp table circle (home_id text, device_id text, camera_id text, began_ms integer, ended_ms integer)`,
  `create temp table entered (kid text primary key, home_id text, camera_id text, stream_id integer,
     contested integer) without rowid`,
  `create temp table stranger (kid text, home_id text, camera_id text, owner_home text, owner_camera text, owner_stream integer,
     contested integer)`,
  `create temp table wanted (kid text, low integer, high integer)`,
  `create temp table fact (kind text, home_id text, device_id text, camera_id text, stream_id integer, route text, kid text,
     low integer, high integer, units integer, from_ms integer, to_ms integer,
     owner_home text, owner_camera text, owner_stream integer, blamed integer)`,
  `create temp table left_open (home_id text primary key) without rowid`,
];

/** Homes whose own announced key it was, and whose agent did not deny the frame. */
const OWNERS = 'select owner_home from fact where owner_home <> home_id and blamed = 1';

/** Sentinels of the operator are no homes to anybody: they are in the rows, as evidence, and counted nowhere. */
const CANARIES = 'select home_id from homes where canary = 1';

const SETS: Record<keyof ExposedHomes, string> = {
  withBoth: 'select distinct home_id from circle',
  delivered: 'select distinct home_id from fact',
  shown: `select distinct home_id from fact where kind = 'shown'`,
  refused: `select distinct home_id from fact where kind in ('refused', 'claimed')`,
  claimedOnly: `select home_id from fact group by home_id having min(kind = 'claimed') = 1`,
  owners: `select distinct owner_home as home_id from (${OWNERS})`,
  leftOpen: 'select home_id from left_open',
  couldHave: `select home_id from (select home_id from circle union select home_id from left_open)
               where home_id not in (select home_id from fact) and home_id not in (${OWNERS})`,
};

const COUNTS = `
  sum(case when kind = 'mark' then units else 0 end) as delivered,
  sum(case when kind = 'shown' then units else 0 end) as shown,
  sum(case when kind = 'refused' then units else 0 end) as refused,
  sum(case when kind = 'claimed' then units else 0 end) as claimed`;

const GROUPED = `
  select owner_home, owner_camera, owner_stream, home_id, device_id, camera_id, stream_id, route, kid,
         min(low) as low, max(high) as high, ${COUNTS}, min(from_ms) as first_ms, max(to_ms) as last_ms
    from fact
   group by owner_home, owner_camera, owner_stream, home_id, device_id, camera_id, stream_id, route, kid`;

interface Counts {
  readonly delivered: number;
  readonly shown: number;
  readonly refused: number;
  readonly claimed: number;
}

interface Grouped extends Counts {
  readonly owner_home: string;
  readonly owner_camera: string;
  readonly owner_stream: number;
  readonly home_id: string;
  readonly device_id: string;
  readonly camera_id: string;
  readonly stream_id: number;
  readonly route: string;
  readonly kid: string;
  readonly low: number;
  readonly high: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

function toRow(row: Grouped): ExposureRow {
  return {
    owner: {
      homeId: row.owner_home as HomeId,
      cameraId: row.owner_camera as CameraId,
      streamId: row.owner_stream as StreamId,
    },
    viewer: {
      homeId: row.home_id as HomeId,
      deviceId: row.device_id as DeviceId,
      cameraId: row.camera_id as CameraId,
      streamId: row.stream_id as StreamId,
    },
    route: row.route,
    kid: row.kid as KeyId,
    fromCtr: row.low,
    toCtr: row.high,
    delivered: row.delivered,
    shown: row.shown,
    refused: row.refused,
    claimed: row.claimed,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
  };
}

/** One home's part, on one of the two sides. `others`: displays that got its frames, or homes whose frames its displays got. */
export interface HomeShare extends Counts {
  readonly homeId: HomeId;
  readonly side: 'gave' | 'got';
  readonly others: number;
}

const SHARES = `
  select home_id, 'got' as side, count(distinct owner_home) as others, ${COUNTS} from fact group by home_id
  union all
  select owner_home as home_id, 'gave' as side, count(distinct device_id) as others, ${COUNTS} from fact
   where owner_home <> home_id and blamed = 1 group by owner_home`;

interface Shared extends Counts {
  readonly home_id: string;
  readonly side: 'gave' | 'got';
  readonly others: number;
}

function toShare({ home_id, ...share }: Shared): HomeShare {
  return { homeId: home_id as HomeId, ...share };
}
