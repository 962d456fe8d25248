/** From one version of the store to the next: taken over, all or nothing, and never touched when it is from a newer Sealcam. */
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { buildGenesis, generateDeviceKeys, signRoster, verifyGenesis } from '@sealcam/home';
import { cameraId, deviceId, homeId, streamId, toBase64Url, toHex } from '@sealcam/protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chainRow, ZERO_HASH } from '../src/ledger/row.ts';
import { verifyRows } from '../src/ledger/verify.ts';
import { migrate, MIGRATIONS, STORE_VERSION } from '../src/store/migrations/index.ts';
import type { Tables } from '../src/store/schema.ts';
import { StoreDialect } from '../src/store/sqlite-dialect.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { Lab } from './house.ts';

const lab = new Lab();
let folder: string;
const file = (): string => join(folder, 'relay.db');
beforeEach(async () => {
  folder = await lab.folder();
});
afterEach(() => lab.end());

/** Its own, in each run: an id is the hash of its first roster, which the start checks the members against. */
let HOME: string;
let householdOfThen: string;
beforeAll(async () => {
  const [founder, agent] = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
  const genesis = await signRoster(founder, await buildGenesis(founder.sigPub, agent.sigPub));
  const head = await verifyGenesis(genesis);
  const hash = toHex(head.hash);
  HOME = head.homeId;
  const members = head.roster.entries.map(
    ({ deviceId: device, sigPub, role }) =>
      `insert into members (home_id, device_id, sig_pub, role, all_cameras, not_after)
         values ('${HOME}', '${device}', '${toBase64Url(sigPub)}', '${role}', 1, 0);`,
  );
  householdOfThen = `insert into homes (home_id, agent_id, version, head_hash, joined_ms)
      values ('${HOME}', '${agent.deviceId}', 1, '${hash}', 7);
    insert into rosters values ('${HOME}', 1, '${hash}', '${toBase64Url(genesis)}');
    ${members.join('\n')}`;
});
const ROWS = 5;

/** A store as commit e9c0e9a left it: a home, its last bulletin, a short ledger. */
function oldStore(): void {
  const db = new Database(file());
  db.pragma('journal_mode = WAL');
  db.exec(readFileSync(join(import.meta.dirname, 'fixtures', 'store-e9c0e9a.sql'), 'utf8'));
  db.exec(`${householdOfThen}
    insert into bulletins values ('${HOME}', 5, 'old manifest', 1);
    insert into wraps values ('${HOME}', 'd', 'old wrap');`);
  let head = { seq: 0, hash: ZERO_HASH };
  for (let row = 1; row <= ROWS; row += 1) {
    const about = { homeId: homeId(HOME), deviceId: deviceId(HOME), cameraId: cameraId(HOME), streamId: streamId(0) };
    const span = { route: 'sealed', spanId: '3'.repeat(32), connectionId: '', atMs: row, fromMs: row, toMs: row };
    const chained = chainRow({ kind: 'mark', ...about, ...span, units: row }, head);
    const names = Object.keys(chained);
    db.prepare(`insert into ledger (${names.join()}) values (${names.map((name) => `@${name}`).join()})`).run(chained);
    head = chained;
  }
  db.close();
}

function ask(path: string, query: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(query).pluck().all();
  } finally {
    db.close();
  }
}

const schemaOf = (path = file()): unknown => ask(path, `select value from meta where name = 'schema'`)[0];

/** What is in the folder, by content. The lock says nothing; SQLite's index of its log, and an empty log, are made by whoever reads. */
function contents(): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('lock.db') && !name.endsWith('-shm'));
  const files = names.map((name) => [name, readFileSync(join(folder, name))] as const);
  return Object.fromEntries(
    files
      .filter(([name, bytes]) => !name.endsWith('-wal') || bytes.length > 0)
      .map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
}

describe('a store of commit e9c0e9a', () => {
  it('goes on: the same home, every row of the ledger, and what only that version could read is gone', async () => {
    oldStore();
    const store = await openSqliteStore(folder);
    expect(await store.home(homeId(HOME))).toMatchObject({ homeId: HOME, version: 1 });
    expect(await store.bulletin(homeId(HOME))).toBeUndefined();
    await store.close();
    expect(schemaOf()).toBe(String(STORE_VERSION));
    const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const db = new Database(file(), { readonly: true });
    const last = [...verifyRows(db, { text: '', publicKey })].at(-1);
    db.close();
    expect(last).toMatchObject({ at: 'verified', result: { whole: true, rows: ROWS } });
  });

  it('is kept whole beside, once, as it was', async () => {
    oldStore();
    await (await openSqliteStore(folder)).close();
    const copy = join(folder, `relay.db.before-${STORE_VERSION}`);
    expect(schemaOf(copy)).toBe('1');
    expect(ask(copy, 'select manifest from bulletins')).toEqual(['old manifest']);
    const before = readFileSync(copy);
    await (await openSqliteStore(folder)).close();
    expect(readFileSync(copy).equals(before)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('before'))).toHaveLength(1);
  });

  it('stays as it is where no copy can be made of it', async () => {
    oldStore();
    const inTheWay = join(folder, `relay.db.before-${STORE_VERSION}`);
    mkdirSync(inTheWay);
    writeFileSync(join(inTheWay, 'a'), 'file');
    await expect(openSqliteStore(folder)).rejects.toThrow();
    expect(schemaOf()).toBe('1');
    expect(ask(file(), 'select manifest from bulletins')).toEqual(['old manifest']);
  });

  it('keeps two copies, the newest', async () => {
    oldStore();
    for (const version of [-3, -2, -1]) writeFileSync(join(folder, `relay.db.before-${10 + version}`), 'an older one');
    await (await openSqliteStore(folder)).close();
    expect(
      readdirSync(folder)
        .filter((name) => name.includes('before'))
        .sort(),
    ).toEqual(['relay.db.before-8', 'relay.db.before-9']);
  });
});

describe('a new store', () => {
  it('is of the newest version at once, and has no copy beside it', async () => {
    await (await openSqliteStore(folder)).close();
    expect(schemaOf()).toBe(String(STORE_VERSION));
    expect(readdirSync(folder).some((name) => name.includes('before'))).toBe(false);
  });

  it('has the tables that an old one has after its migration', async () => {
    oldStore();
    await (await openSqliteStore(folder)).close();
    const tables = `select lower(name) || ' ' || type from sqlite_master where name not like 'sqlite_%' order by 1`;
    const columns = `select m.name || '.' || c.name || ' ' || c.type || c."notnull" || ifnull(c.dflt_value, '')
                       from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' order by 1`;
    const migrated = [ask(file(), tables), ask(file(), columns)];
    const fresh = await lab.folder();
    await (await openSqliteStore(fresh)).close();
    expect([ask(join(fresh, 'relay.db'), tables), ask(join(fresh, 'relay.db'), columns)]).toEqual(migrated);
  });
});

describe('a migration that ends in the middle', () => {
  it('has done nothing, where a step fails', async () => {
    oldStore();
    const connection = new Database(file());
    const db = new Kysely<Tables>({ dialect: new StoreDialect({ database: connection }) });
    const breaks = {
      async up(tx: Kysely<unknown>): Promise<void> {
        await sql`alter table homes add column half text`.execute(tx);
        throw new TypeError('in the middle');
      },
    };
    await expect(migrate(db, { ...MIGRATIONS, '9999-breaks': breaks })).rejects.toThrow('in the middle');
    await db.destroy();
    expectUntouched();
    await (await openSqliteStore(folder)).close();
    expect(schemaOf()).toBe(String(STORE_VERSION));
  });

  it('has done nothing, where the process is killed, and the next start succeeds', async () => {
    oldStore();
    const child = spawnSync(process.execPath, [join(import.meta.dirname, 'migration-child.ts'), folder]);
    expect(child.signal).toBe('SIGKILL');
    expectUntouched();
    await (await openSqliteStore(folder)).close();
    expect(schemaOf()).toBe(String(STORE_VERSION));
  });

  function expectUntouched(): void {
    expect(schemaOf()).toBe('1');
    expect(ask(file(), 'select manifest from bulletins')).toEqual(['old manifest']);
    expect(ask(file(), `select name from pragma_table_info('homes')`)).not.toContain('half');
  }
});

describe('a store of a newer Sealcam', () => {
  const makeNewer = `update meta set value = '${STORE_VERSION + 1}' where name = 'schema'`;

  it('is refused with words, and not a byte of it changes', async () => {
    await (await openSqliteStore(folder)).close();
    const db = new Database(file());
    db.exec(makeNewer);
    db.exec('create table of_tomorrow (a text)');
    db.close();
    const before = contents();
    await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: 'store.newer' });
    expect(contents()).toEqual(before);
  });

  it('is refused too where its last words are in the log that a crash left', async () => {
    await (await openSqliteStore(folder)).close();
    const kill = `const D = require('better-sqlite3'); const db = new D(process.argv[1]); db.pragma('journal_mode = WAL');
      db.exec(process.argv[2]); process.kill(process.pid, 'SIGKILL');`;
    spawnSync(process.execPath, ['-e', kill, file(), makeNewer], { cwd: import.meta.dirname });
    expect(existsSync(`${file()}-wal`)).toBe(true);
    const before = contents();
    await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: 'store.newer' });
    expect(contents()).toEqual(before);
  });

  it('leaves the folder free for the newer program', async () => {
    await (await openSqliteStore(folder)).close();
    const db = new Database(file());
    db.exec(makeNewer);
    await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: 'store.newer' });
    db.exec(`update meta set value = '${STORE_VERSION}' where name = 'schema'`);
    db.close();
    await (await openSqliteStore(folder)).close();
  });
});
