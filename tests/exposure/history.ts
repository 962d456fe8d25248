/** A small random history of links and deliveries, as fast-check makes it, as a relay's store holds it, and as a naive count reads it. */
import fc from 'fast-check';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { chainRow, SPAN_MAX_MS, ZERO_HASH, type LedgerEntry } from '../../apps/relay/src/ledger/row.ts';
import { migrate } from '../../apps/relay/src/store/migrations/index.ts';
import type { LedgerTable, Tables } from '../../apps/relay/src/store/schema.ts';
import type { ExposedHomes, ExposureQuestion } from '../../apps/relay/src/exposure/exposure.ts';

export interface Link {
  readonly home: number;
  readonly device: number;
  readonly camera: number;
  readonly cameraModel: string;
  readonly displayModel: string;
  readonly route: string;
  readonly beganMs: number;
  readonly endedMs: number | undefined;
  readonly untilMs: number;
}

export interface Key {
  readonly home: number;
  readonly camera: number;
}

export interface Delivery {
  readonly kind: 'mark' | 'shown' | 'refused' | 'claimed';
  readonly home: number;
  readonly device: number;
  readonly camera: number;
  readonly key: number;
  readonly route: string;
  readonly fromCtr: number;
  readonly count: number;
  /** Counters of the range that were never sent. */
  readonly dropped?: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A home that announced a key after its owner had; some of them sent a unit under it, too. */
export interface Contest {
  readonly key: number;
  readonly home: number;
  readonly camera: number;
  readonly sent: boolean;
}

/** The owner's agent, asked about one frame that a home's display claims, said that it never sealed it. */
export interface Answered {
  readonly key: number;
  readonly home: number;
  readonly sealed: 'yes' | 'no' | 'unknown';
}

export interface Viewing {
  readonly home: number;
  readonly device: number;
  readonly camera: number;
  readonly atMs: number;
  readonly closed: boolean;
}

export interface History {
  readonly links: readonly Link[];
  /** Its place is the key's number. */
  readonly keys: readonly Key[];
  readonly viewings: readonly Viewing[];
  readonly deliveries: readonly Delivery[];
  readonly contests?: readonly Contest[];
  readonly answers?: readonly Answered[];
}

const HOMES = 5;
/** Moments lie on a coarse grid, a quarter of the longest span apart, so that they often meet exactly. */
const STEP_MS = SPAN_MAX_MS / 4;
const STEPS = 12;
const home = fc.nat(2);
const one = fc.constant(0);
const two = fc.nat(1);
const route = fc.constantFrom('sealed', 'fixture');
const cameraModel = fc.constantFrom('', 'xiaomi', 'xiaomi', 'other');
const displayModel = fc.constantFrom('', 'hub', 'hub', 'frame');
const moment = fc.nat(STEPS).map((step) => step * STEP_MS);

const link: fc.Arbitrary<Link> = fc.record({
  ...{ home, device: one, camera: two, cameraModel, displayModel, route, beganMs: moment },
  endedMs: fc.option(moment, { nil: undefined }),
  untilMs: fc.oneof(fc.constant(0), moment),
});

const delivery: fc.Arbitrary<Delivery> = fc
  .record({
    kind: fc.constantFrom('mark', 'mark', 'shown', 'refused', 'claimed'),
    ...{ home, device: one, camera: two, route, key: fc.nat(5), fromCtr: fc.nat(50), fromMs: moment },
    count: fc.integer({ min: 1, max: 40 }),
    dropped: fc.nat(3),
    lastedMs: fc.nat(2),
  })
  .map(({ lastedMs, ...rest }) => ({ ...rest, toMs: rest.fromMs + lastedMs * STEP_MS }));

const viewing: fc.Arbitrary<Viewing> = fc.record({
  ...{ home, device: one, camera: two, atMs: moment },
  closed: fc.boolean(),
});

export const histories: fc.Arbitrary<History> = fc.record({
  links: fc.array(link, { maxLength: 12, size: 'max' }),
  keys: fc.array(fc.record({ home, camera: two }), { minLength: 6, maxLength: 6 }),
  viewings: fc.array(viewing, { maxLength: 6, size: 'max' }),
  deliveries: fc.array(delivery, { maxLength: 25, size: 'max' }),
  contests: fc.array(fc.record({ key: fc.nat(5), home, camera: two, sent: fc.boolean() }), { maxLength: 2 }),
  answers: fc.array(
    fc.record({ key: fc.nat(5), home, sealed: fc.constantFrom('yes', 'yes', 'yes', 'no', 'unknown') } as const),
    { maxLength: 12 },
  ),
});

export const questions: fc.Arbitrary<ExposureQuestion> = fc.tuple(moment, moment).chain(([a, b]) =>
  fc
    .oneof(
      fc.record({
        pair: fc.record({
          cameraModel: fc.constantFrom('xiaomi', 'other'),
          displayModel: fc.constantFrom('hub', 'frame'),
        }),
      }),
      fc.record({ route }),
      fc.record({
        frames: fc.array(
          fc
            .tuple(fc.nat(5), fc.nat(60), fc.nat(40))
            .map(([key, low, more]) => ({ kid: kidOf(key), fromCtr: low, toCtr: low + more })),
          { minLength: 1, maxLength: 1 },
        ),
      }),
    )
    .map((of) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b), of }) as ExposureQuestion),
);

export function homeOf(no: number): string {
  return hex(1, no);
}

export function kidOf(key: number): string {
  return hex(4, key).slice(16);
}

function hex(kind: number, no: number): string {
  return `${kind}${no.toString(16).padStart(31, '0')}`;
}

const deviceOf = (of: number, device: number): string => hex(2, of * 16 + device);
const cameraOf = (of: number, camera: number): string => hex(3, of * 16 + camera);

let tables: Promise<Buffer> | undefined;

/** A database with all tables and no row, made once. */
function empty(): Promise<Buffer> {
  return (tables ??= (async () => {
    const db = new Database(':memory:');
    await migrate(new Kysely<Tables>({ dialect: new SqliteDialect({ database: db }) }));
    return db.serialize();
  })());
}

/** A database in memory with all tables of a relay and this history in it. The caller closes it. */
export async function stored(history: History): Promise<Database.Database> {
  const db = new Database(await empty());
  const event = db.prepare('insert into link_events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const [no, one] of history.links.entries()) {
    const about = [homeOf(one.home), deviceOf(one.home, one.device), cameraOf(one.home, one.camera), one.cameraModel, one.displayModel, one.route, one.untilMs]; // prettier-ignore
    event.run(hex(5, no), 'began', one.beganMs, ...about);
    if (one.endedMs !== undefined) event.run(hex(5, no), 'ended', Math.max(one.endedMs, one.beganMs), ...about);
  }
  for (let no = 0; no < HOMES; no += 1)
    db.prepare('insert into homes (home_id, agent_id, version, head_hash, joined_ms) values (?, ?, 1, ?, 0)').run(
      homeOf(no),
      hex(2, no),
      ZERO_HASH,
    );
  let head = { seq: 0, hash: ZERO_HASH };
  for (const entry of entriesOf(history)) {
    const row: LedgerTable = chainRow(entry, head);
    const names = Object.keys(row);
    db.prepare(`insert into ledger (${names.join()}) values (${names.map((name) => `@${name}`).join()})`).run(row);
    head = row;
  }
  for (const { key, home: of, camera } of contestsOf(history))
    db.prepare('insert or ignore into announced_keys values (?, ?, ?, 0, 1, 0, 1)').run(
      ...[kidOf(key), homeOf(of), cameraOf(of, camera)],
    );
  for (const [no, { key, home: of, sealed }] of (history.answers ?? []).entries()) {
    const story = { sealed, kid: kidOf(key), ctr: 0, viewer: { homeId: homeOf(of) } };
    db.prepare("insert into incidents values (?, 0, 0, 'claimed', 'sealed', ?)").run(hex(8, no), JSON.stringify(story));
  }
  return db;
}

/** Only another home than the owner can be second; one home announces a key for one camera. */
function contestsOf({ keys, contests = [] }: History): readonly Contest[] {
  return contests.filter(
    ({ key, home: of }, at) =>
      keys[key]?.home !== of && contests.findIndex((other) => other.key === key && other.home === of) === at,
  );
}

function entriesOf(history: History): LedgerEntry[] {
  const { keys, viewings, deliveries } = history;
  const front = { streamId: 0, route: 'sealed', spanId: '', connectionId: '', units: 0 };
  const at = (atMs: number): object => ({ atMs, fromMs: atMs, toMs: atMs });
  const entries: object[] = keys.map((key, no) => ({
    ...{ ...front, kind: 'source', homeId: homeOf(key.home), deviceId: deviceOf(key.home, 9) },
    ...{ cameraId: cameraOf(key.home, key.camera), kid: kidOf(no), ...at(0) },
  }));
  for (const { key, home: of, camera, sent } of contestsOf(history)) {
    if (!sent) continue;
    const source = { homeId: homeOf(of), deviceId: deviceOf(of, 9), cameraId: cameraOf(of, camera), kid: kidOf(key) };
    entries.push({ ...front, kind: 'source', ...source, ...at(0) });
  }
  for (const [no, one] of viewings.entries()) {
    const asked = {
      homeId: homeOf(one.home),
      deviceId: deviceOf(one.home, one.device),
      cameraId: cameraOf(one.home, one.camera),
    };
    entries.push({ ...front, kind: 'open', ...asked, spanId: hex(6, no), ...at(one.atMs) });
    if (one.closed)
      entries.push({ ...front, kind: 'mark', ...asked, spanId: hex(6, no), ...at(one.atMs + 1), final: true });
  }
  for (const [no, one] of deliveries.entries()) {
    const asked = {
      homeId: homeOf(one.home),
      deviceId: deviceOf(one.home, one.device),
      cameraId: cameraOf(one.home, one.camera),
    };
    const range = { kid: kidOf(one.key), ctrFrom: one.fromCtr, ctrTo: lastCtr(one), units: one.count };
    const times = { atMs: one.toMs, fromMs: one.fromMs, toMs: one.toMs };
    entries.push({ ...front, kind: one.kind, route: one.route, ...asked, ...range, ...times, proof: hex(7, no) });
  }
  return entries as LedgerEntry[];
}

function lastCtr({ fromCtr, count, dropped = 0 }: Delivery): number {
  return fromCtr + count + dropped - 1;
}

/** The words of `exposure.ts`, once more, the slow and simple way. */
export function naive(
  history: History,
  question: ExposureQuestion,
): { sets: ExposedHomes; delivered: number; shown: number; refused: number } {
  const { fromMs, toMs, of } = question;
  const end = (one: Link): number =>
    Math.min(
      one.endedMs === undefined ? Infinity : Math.max(one.endedMs, one.beganMs),
      one.untilMs === 0 ? Infinity : one.untilMs,
    );
  const circle = history.links.filter((one) => {
    if (one.beganMs > toMs || end(one) < fromMs) return false;
    if ('pair' in of) return one.cameraModel === of.pair.cameraModel && one.displayModel === of.pair.displayModel;
    if ('route' in of) return one.route === of.route;
    if (!('frames' in of)) return false;
    return history.keys.some(
      (key, no) =>
        of.frames.some((range) => range.kid === kidOf(no)) &&
        [key, ...contestsOf(history).filter((each) => each.key === no && each.sent)].some(
          (each) => each.home === one.home && each.camera === one.camera,
        ),
    );
  });
  const linked = (one: { home: number; device: number; camera: number }, from: number, to: number): boolean =>
    circle.some(
      (each) =>
        each.home === one.home &&
        each.device === one.device &&
        each.camera === one.camera &&
        each.beganMs <= to &&
        end(each) >= from,
    );
  const wasSaid = (one: Delivery, answer: Answered['sealed']): boolean =>
    (history.answers ?? []).some(
      ({ key, home: by, sealed }) => key === one.key && by === one.home && sealed === answer,
    );
  const isConfirmed = (one: Delivery): boolean => wasSaid(one, 'yes') && !wasSaid(one, 'no');
  const blamed = <T extends Delivery & { isContested: boolean; low: number; high: number }>(one: T) => ({
    ...one,
    isBlamed: !one.isContested && (one.kind !== 'claimed' || isConfirmed(one)),
  });
  const foreign = history.deliveries.flatMap((one) => {
    const owner = history.keys[one.key];
    if (owner === undefined || (owner.home === one.home && owner.camera === one.camera)) return [];
    const second = contestsOf(history).filter(({ key }) => key === one.key);
    // What a home's own display got of a key that the home announced is its own, first or not.
    if (second.some((each) => each.home === one.home && each.camera === one.camera)) return [];
    const isContested = second.length > 0;
    if (one.fromMs > toMs || one.toMs < fromMs) return [];
    if ('frames' in of) {
      const range = of.frames[0];
      if (range?.kid !== kidOf(one.key)) return [];
      const overlap = Math.min(range.toCtr, lastCtr(one)) - Math.max(range.fromCtr, one.fromCtr) + 1;
      return overlap > 0
        ? [
            blamed({
              ...one,
              count: Math.min(one.count, overlap),
              owner: owner.home,
              isContested,
              low: Math.max(range.fromCtr, one.fromCtr),
              high: Math.min(range.toCtr, lastCtr(one)),
            }),
          ]
        : [];
    }
    if ('route' in of && one.route !== of.route) return [];
    return linked(one, one.fromMs, one.toMs)
      ? [blamed({ ...one, owner: owner.home, isContested, low: one.fromCtr, high: lastCtr(one) })]
      : [];
  });
  const leftOpen = history.viewings.filter(
    (one) =>
      !one.closed &&
      one.atMs <= toMs &&
      one.atMs + SPAN_MAX_MS >= fromMs &&
      ('frames' in of || linked(one, one.atMs, one.atMs + SPAN_MAX_MS)),
  );
  const withBoth = circle.map((one) => one.home);
  const delivered = foreign.map((one) => one.home);
  const owners = foreign.filter((one) => one.owner !== one.home && one.isBlamed).map((one) => one.owner);
  const affected = new Set([...delivered, ...owners]);
  const open = leftOpen.map((one) => one.home);
  const proven = new Set(foreign.filter((one) => one.kind !== 'claimed').map((one) => one.home));
  const sum = (...kinds: Delivery['kind'][]): number =>
    foreign.filter((one) => kinds.includes(one.kind)).reduce((all, one) => all + one.count, 0);
  const sets = {
    withBoth,
    delivered,
    shown: foreign.filter((one) => one.kind === 'shown').map((one) => one.home),
    refused: foreign.filter((one) => one.kind === 'refused' || one.kind === 'claimed').map((one) => one.home),
    claimedOnly: delivered.filter((one) => !proven.has(one)),
    owners,
    leftOpen: open,
    couldHave: [...withBoth, ...open].filter((one) => !affected.has(one)),
  };
  const named = Object.fromEntries(
    Object.entries(sets).map(([name, homes]) => [name, [...new Set(homes)].map(homeOf).sort()]),
  ) as unknown as ExposedHomes;
  return { sets: named, delivered: sum('mark', 'claimed'), shown: sum('shown'), refused: sum('refused', 'claimed') };
}
