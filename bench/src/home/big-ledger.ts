/** A ledger of a million rows as a relay of thousands of homes writes it, chained and indexed, with a mix-up inside: made from a seed. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { chainRow, ZERO_HASH, type LedgerEntry } from '../../../apps/relay/src/ledger/row.ts';
import type { LedgerTable } from '../../../apps/relay/src/store/schema.ts';
import { openSqliteStore } from '../../../apps/relay/src/store/sqlite.ts';

export interface BigLedger {
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly pair: { readonly cameraModel: string; readonly displayModel: string };
  readonly incidentId: string;
  /** Key ids of frames that went astray. */
  readonly strayKids: readonly string[];
}

const HOMES = 5_000;
const CAMERAS = 3;
const DISPLAYS = 3;
const CAMERA_MODELS = 20;
const DISPLAY_MODELS = 12;
const DAY_MS = 24 * 60 * 60_000;
const BEGAN_MS = Date.UTC(2026, 9, 1);
const DAYS = 30;
/** One viewing: opened, marked and receipted, closed. */
const MARKS = 6;
/** Of a thousand viewings: so many get a stranger's frames, so many are left open by a crash. */
const STRAY = 20;
const LEFT_OPEN = 2;
const KIDS_A_CAMERA = 3;
const UNITS = 150;

function id(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 32);
}

interface Viewing {
  readonly home: number;
  readonly camera: number;
  readonly display: number;
  readonly atMs: number;
  readonly isStray: boolean;
  readonly isLeftOpen: boolean;
}

/** @param dataDir gets `relay/relay.db`; nothing may run on it @param rows about so many @param random 0 to 1 */
export async function writeBigLedger(dataDir: string, rows: number, random: () => number): Promise<BigLedger> {
  const folder = join(dataDir, 'relay');
  await (await openSqliteStore(folder)).close();
  const db = new Database(join(folder, 'relay.db'));
  db.pragma('synchronous = OFF');
  db.exec('begin');
  writeHomes(db);
  const append = appender(db);
  const homes = Array.from({ length: HOMES }, (_, home) => id('home', home));
  const strayKids: string[] = [];
  for (let home = 0; home < HOMES; home += 1) {
    for (let camera = 0; camera < CAMERAS; camera += 1) {
      for (let key = 0; key < KIDS_A_CAMERA; key += 1) append(sourceOf(homes, home, camera, key));
    }
  }
  let firstStray: Viewing | undefined;
  while (append.seq() < rows) {
    const viewing = anyViewing(random, append.seq() / rows);
    const owner = viewing.isStray ? Math.floor(random() * HOMES) : viewing.home;
    const kid = kidOf(owner, viewing.camera, Math.floor(random() * KIDS_A_CAMERA));
    if (viewing.isStray) strayKids.push(kid);
    if (viewing.isStray && viewing.home % (CAMERA_MODELS * DISPLAY_MODELS) === 0) firstStray ??= viewing;
    for (const entry of rowsOf(viewing, homes, kid)) append(entry);
  }
  const pair = { cameraModel: cameraModel(0, 0), displayModel: displayModel(0, 0) };
  const incidentId = writeIncident(db, homes, firstStray);
  db.exec('commit');
  db.pragma('wal_checkpoint(truncate)');
  db.close();
  return { rows: append.seq(), fromMs: BEGAN_MS, toMs: BEGAN_MS + DAYS * DAY_MS, pair, incidentId, strayKids };
}

function cameraModel(home: number, camera: number): string {
  return `camera ${(home + camera) % CAMERA_MODELS}`;
}

function displayModel(home: number, display: number): string {
  return `display ${(home + display) % DISPLAY_MODELS}`;
}

function kidOf(home: number, camera: number, key: number): string {
  return id('kid', home, camera, key).slice(0, 16);
}

function writeHomes(db: Database.Database): void {
  const home = db.prepare(
    'insert into homes (home_id, agent_id, version, head_hash, joined_ms) values (?, ?, 1, ?, ?)',
  );
  const link = db.prepare('insert into link_events values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)');
  for (let of = 0; of < HOMES; of += 1) {
    const homeId = id('home', of);
    home.run(homeId, id('agent', of), ZERO_HASH, BEGAN_MS);
    for (let camera = 0; camera < CAMERAS; camera += 1) {
      for (let display = 0; display < DISPLAYS; display += 1) {
        const route = display === 2 ? 'fixture' : 'sealed';
        const about = [homeId, id('display', of, display), id('camera', of, camera), cameraModel(of, camera), displayModel(of, display), route]; // prettier-ignore
        const began = of % 4 === 0 ? BEGAN_MS + 5 * DAY_MS : BEGAN_MS;
        link.run(id('link', of, camera, display), 'began', began, ...about);
        if (of % 10 === 9) link.run(id('link', of, camera, display), 'ended', BEGAN_MS + 20 * DAY_MS, ...about);
      }
    }
  }
}

function writeIncident(db: Database.Database, homes: readonly string[], viewing: Viewing | undefined): string {
  const incidentId = id('incident');
  const { home, display, camera, atMs } = viewing ?? { home: 0, display: 0, camera: 0, atMs: BEGAN_MS };
  const asked = { homeId: homes[home], cameraId: id('camera', home, camera), streamId: 0 };
  const viewer = { homeId: homes[home], deviceId: id('display', home, display) };
  const route = display === 2 ? 'fixture' : 'sealed';
  const story = {
    id: incidentId,
    atMs,
    lastMs: atMs,
    grade: 'proven',
    source: 'relay',
    route,
    viewer,
    asked,
    count: 1,
  };
  db.prepare('insert into incidents (id, at_ms, last_ms, grade, route, story) values (?, ?, ?, ?, ?, ?)').run(
    ...[incidentId, atMs, atMs, 'proven', route, JSON.stringify({ ...story, actions: [], notes: [] })],
  );
  return incidentId;
}

function appender(db: Database.Database): { (entry: LedgerEntry): void; seq(): number } {
  let head = { seq: 0, hash: ZERO_HASH };
  let insert: Database.Statement | undefined;
  const append = (entry: LedgerEntry): void => {
    const row: LedgerTable = chainRow(entry, head);
    const columns = Object.keys(row);
    insert ??= db.prepare(
      `insert into ledger (${columns.join()}) values (${columns.map((name) => `@${name}`).join()})`,
    );
    insert.run(row);
    head = row;
  };
  return Object.assign(append, { seq: () => head.seq });
}

/** @param share of the whole: rows come in the order of time */
function anyViewing(random: () => number, share: number): Viewing {
  const home = Math.floor(random() * HOMES);
  const luck = random() * 1000;
  return {
    home,
    camera: Math.floor(random() * CAMERAS),
    display: Math.floor(random() * DISPLAYS),
    atMs: Math.floor(BEGAN_MS + share * DAYS * DAY_MS),
    isStray: luck < STRAY,
    isLeftOpen: luck > 1000 - LEFT_OPEN,
  };
}

type Front = Pick<LedgerEntry, 'homeId' | 'deviceId' | 'cameraId' | 'streamId' | 'route' | 'spanId' | 'connectionId'>;

function sourceOf(homes: readonly string[], home: number, camera: number, key: number): LedgerEntry {
  const front = { homeId: homes[home], deviceId: id('agent', home), cameraId: id('camera', home, camera) };
  const rest = { streamId: 0, route: 'sealed', spanId: '', connectionId: id('connection', home) };
  const times = { atMs: BEGAN_MS, fromMs: BEGAN_MS, toMs: BEGAN_MS };
  return { kind: 'source', ...front, ...rest, kid: kidOf(home, camera, key), ...times, units: 0 } as LedgerEntry;
}

function rowsOf(viewing: Viewing, homes: readonly string[], kid: string): LedgerEntry[] {
  const { home, camera, display, atMs } = viewing;
  const spanId = id('span', home, camera, display, atMs, kid);
  const route = display === 2 ? 'fixture' : 'sealed';
  const asked = { homeId: homes[home], deviceId: id('display', home, display), cameraId: id('camera', home, camera) };
  const front = { ...asked, streamId: 0, route, spanId, connectionId: spanId } as unknown as Front;
  const rows: LedgerEntry[] = [{ kind: 'open', ...front, atMs, fromMs: atMs, toMs: atMs, units: 0 }];
  for (let mark = 0; mark < MARKS; mark += 1) {
    const times = { atMs: atMs + (mark + 1) * 10_000, fromMs: atMs + mark * 10_000, toMs: atMs + (mark + 1) * 10_000 };
    const range = { kid, ctrFrom: mark * UNITS, ctrTo: (mark + 1) * UNITS - 1, units: UNITS };
    rows.push({ kind: 'mark', ...front, ...times, ...range } as LedgerEntry);
    if (mark % 2 === 0) continue;
    const kind = viewing.isStray ? 'refused' : 'shown';
    rows.push({ kind, ...front, ...times, ...range, proof: id('proof', spanId, mark) } as LedgerEntry);
  }
  const endMs = atMs + MARKS * 10_000;
  const end = { kind: 'mark', ...front, atMs: endMs, fromMs: endMs, toMs: endMs, units: 0, final: true } as const;
  return viewing.isLeftOpen ? rows : [...rows, end];
}
