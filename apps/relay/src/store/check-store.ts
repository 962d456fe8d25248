/**
 * Is the store what this relay wrote? Pages and indexes by SQLite's own checks; and that what the gate reads (members, grants,
 * suspensions) says the same as what was signed or decided, for a flipped bit inside a value is no damage to SQLite.
 * The short check runs at each start, the whole one in `sealcam doctor`.
 */
import type { Database } from 'better-sqlite3';
import { CodecError, fromBase64Url, SealcamError, toBase64Url } from '@sealcam/protocol';
import { decodeSignedRoster, type RosterEntry } from '@sealcam/home/verify';
import { isWhole, type SuspensionTable } from './suspension-store.ts';
import type { Tables } from './schema.ts';

/** Above this size a look at every page at start would keep people waiting; SQLite still reports damage where it meets it. */
const CHECKED_BYTES = 256 * 1024 * 1024;
/** They grow with every viewing, and nobody's permission rests on them: 1.6 s for 160 MB, where the other tables take milliseconds. */
const LONG_TABLES: readonly string[] = ['ledger', 'link_events'];

/** Milliseconds for a small relay, a quarter of a second for 160 MB. @throws {SealcamError} `store.corrupt` */
export function checkAtStart(db: Database, bytes: number): void {
  db.pragma('cell_size_check = ON');
  if (bytes < CHECKED_BYTES) must(db, 'quick_check(1)');
  const tables = db.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[];
  for (const table of tables) if (!LONG_TABLES.includes(table)) must(db, `integrity_check('${table}')`);
  checkFacts(db);
}

/** Every page, every index, every fact. @throws {SealcamError} `store.corrupt` */
export function checkWholly(db: Database): void {
  db.pragma('cell_size_check = ON');
  must(db, 'integrity_check(1)');
  checkFacts(db);
}

function must(db: Database, check: string): void {
  const found = db.pragma(check) as readonly Record<string, unknown>[];
  const isWell = found.length === 1 && Object.values(found[0] ?? {})[0] === 'ok';
  if (!isWell) throw new SealcamError('store.corrupt', check.replace(/\(.*/, ''));
}

function checkFacts(db: Database): void {
  if ((db.pragma('foreign_key_check') as unknown[]).length > 0)
    throw new SealcamError('store.corrupt', 'rows of nobody');
  const has = db.prepare("select count(*) from sqlite_master where type = 'table' and name = ?").pluck();
  if (has.get('homes') === 1) checkMembers(db);
  if (has.get('suspensions') === 1) checkSuspensions(db);
}

/** Members and grants are a projection of the newest roster: they must say what it says. */
function checkMembers(db: Database): void {
  const homes = db
    .prepare(
      `select h.home_id, h.agent_id, r.roster from homes h
         left join rosters r on r.home_id = h.home_id and r.version = h.version and r.hash = h.head_hash
        where h.ended_ms is null`,
    )
    .all() as { home_id: string; agent_id: string; roster: string | null }[];
  const members = db.prepare('select * from members where home_id = ? and removed_version is null order by device_id');
  const grants = db.prepare('select device_id, camera_id from grants where home_id = ? order by device_id, camera_id');
  for (const { home_id: home, agent_id: agent, roster } of homes) {
    const entries = roster === null ? [] : entriesOf(roster);
    const grantRows = (grants.all(home) as Tables['grants'][]).map((row) => `${row.device_id}/${row.camera_id}`);
    const isSame =
      entries.some((entry) => entry.role === 'agent' && entry.deviceId === agent) &&
      same((members.all(home) as Tables['members'][]).map(memberText), entries.map(entryText)) &&
      same(grantRows, entries.flatMap(grantTexts));
    if (!isSame) throw new SealcamError('store.corrupt', 'members of a home');
  }
  // The end of a home takes all its rosters: one that has some is not over, whatever its row says.
  const ended = db.prepare(
    'select 1 from homes h join rosters r on r.home_id = h.home_id where h.ended_ms is not null',
  );
  if (ended.get() !== undefined) throw new SealcamError('store.corrupt', 'the end of a home');
}

function entriesOf(roster: string): readonly RosterEntry[] {
  try {
    return decodeSignedRoster(fromBase64Url(roster)).roster.entries;
  } catch (error) {
    if (error instanceof CodecError) return [];
    throw error;
  }
}

function memberText(row: Tables['members']): string {
  return [row.device_id, row.sig_pub, row.role, row.all_cameras, row.not_after].join('/');
}

function entryText({ deviceId, sigPub, role, grants, notAfterMs }: RosterEntry): string {
  return [deviceId, toBase64Url(sigPub), role, grants === 'all' ? 1 : 0, notAfterMs].join('/');
}

function grantTexts({ deviceId, grants }: RosterEntry): string[] {
  return grants === 'all' ? [] : grants.map((camera) => `${deviceId}/${camera}`);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, n) => each === b[n]);
}

/** What the gate looks for is the text of the target: the two are written as one, and must still be. */
function checkSuspensions(db: Database): void {
  const rows = db.prepare('select * from suspensions').all() as SuspensionTable[];
  if (!rows.every(isWhole)) throw new SealcamError('store.corrupt', 'a suspension');
}
