/** The repository in SQL that both dialects speak (Kysely); what differs between them is handed in. */
import type { Kysely, Transaction } from 'kysely';
import type { AnnouncedKey } from '@sealcam/home/verify';
import {
  deviceId,
  epoch,
  fromBase64Url,
  homeId,
  SealcamError,
  toBase64Url,
  type DeviceId,
  type HomeId,
} from '@sealcam/protocol';
import { camerasOf, displaysOf, putAnnounced } from './announced.ts';
import { beginHistory, recordLinks } from './exposure-store.ts';
import { SqlIncidentStore, type IncidentStore } from './incident-store.ts';
import { forgetAnnouncedKeys, putAnnouncedKeys, SqlKeyStore, type KeyStore } from './key-store.ts';
import { NoticeStore } from './notice-store.ts';
import type { LedgerTable, Tables } from './schema.ts';
import { gateFacts } from './gate-query.ts';
import { SqlHomeStore, type HomeStore } from './home-store.ts';
import { SqlOperatorStore, type OperatorStore } from './operator-store.ts';
import { SqlSuspensionStore, type SuspensionStore } from './suspension-store.ts';
import { SqlTryStore, type TryStore } from './try-store.ts';
import { ledgerHead, ledgerRows, LedgerInserts, marks, spans } from './ledger-queries.ts';
import type {
  Announced,
  BulletinPut,
  GateFacts,
  GateQuestion,
  KnownDevice,
  MemberRole,
  SpanQuery,
  Store,
  StoredBulletin,
  StoredCamera,
  StoredDisplay,
  StoredHome,
  StoredRoster,
  StoredSpan,
} from './store.ts';

/** What a dialect brings. */
export interface Dialect {
  /** Runs and turns the disk's faults into `SealcamError`. */
  mapped<T>(run: () => Promise<T>): Promise<T>;
  /** Is it a clash of a primary key or a unique index? */
  isUnique(error: unknown): boolean;
  /** After the last connection has closed. */
  closed(): void;
}

export class SqlStore implements Store {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;
  readonly #inserts = new LedgerInserts();
  readonly suspensions: SuspensionStore;
  readonly incidents: IncidentStore;
  readonly operators: OperatorStore;
  readonly tries: TryStore;
  readonly homes: HomeStore;
  readonly notices: NoticeStore;
  readonly keys: KeyStore;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
    this.operators = new SqlOperatorStore((query) => this.#run(query));
    this.tries = new SqlTryStore((query) => this.#run(query));
    this.homes = new SqlHomeStore((query) => this.#run(query));
    this.incidents = new SqlIncidentStore((query) => this.#run(query));
    this.suspensions = new SqlSuspensionStore((query) => this.#run(query));
    this.notices = new NoticeStore((query) => this.#run(query));
    this.keys = new SqlKeyStore((query) => this.#run(query));
  }

  #run<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.#dialect.mapped(() => query(this.#db));
  }

  #transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#run((db) => db.transaction().execute(work));
  }

  home(home: HomeId): Promise<StoredHome | undefined> {
    return this.#run(async (db) => {
      const row = await db.selectFrom('homes').selectAll().where('home_id', '=', home).executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        homeId: homeId(row.home_id),
        agentId: deviceId(row.agent_id),
        version: row.version,
        headHash: row.head_hash,
        endedMs: row.ended_ms ?? undefined,
      };
    });
  }

  addHome(
    genesis: StoredRoster,
    invitationHash: string | undefined,
    nowMs: number,
    isCanary = false,
  ): Promise<'added' | 'known' | 'invitation'> {
    return this.#transaction(async (tx) => {
      const known = await tx
        .selectFrom('homes')
        .select('home_id')
        .where('home_id', '=', genesis.homeId)
        .executeTakeFirst();
      if (known !== undefined) return 'known';
      if (invitationHash !== undefined) {
        const used = await tx
          .updateTable('invitations')
          .set({ used_ms: nowMs, used_by: genesis.homeId })
          .where('code_hash', '=', invitationHash)
          .where('used_ms', 'is', null)
          .where('expires_ms', '>', nowMs)
          .executeTakeFirst();
        if (used.numUpdatedRows !== 1n) return 'invitation';
      }
      const { homeId: home_id, agentId: agent_id, version, hash: head_hash } = genesis;
      await tx
        .insertInto('homes')
        .values({ home_id, agent_id, version, head_hash, joined_ms: nowMs, ended_ms: null, canary: isCanary ? 1 : 0 })
        .execute();
      await storeVersion(tx, genesis);
      return 'added';
    });
  }

  hasInvitation(codeHash: string, nowMs: number): Promise<boolean> {
    return this.#run(async (db) => {
      const row = await db
        .selectFrom('invitations')
        .select('code_hash')
        .where('code_hash', '=', codeHash)
        .where('used_ms', 'is', null)
        .where('expires_ms', '>', nowMs)
        .executeTakeFirst();
      return row !== undefined;
    });
  }

  putRoster(roster: StoredRoster, nowMs: number): Promise<'stored' | 'behind'> {
    return this.#transaction(async (tx) => {
      const moved = await tx
        .updateTable('homes')
        .set({ version: roster.version, head_hash: roster.hash, agent_id: roster.agentId })
        .where('home_id', '=', roster.homeId)
        .where('version', '=', roster.version - 1)
        .where('ended_ms', 'is', null)
        .executeTakeFirst();
      if (moved.numUpdatedRows !== 1n) return 'behind';
      await storeVersion(tx, roster);
      await recordLinks(tx, roster.homeId, nowMs);
      return 'stored';
    });
  }

  rosters(home: HomeId, from: number): Promise<Uint8Array[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('rosters')
        .select('roster')
        .where('home_id', '=', home)
        .where('version', '>=', from)
        .orderBy('version')
        .execute();
      return rows.map((row) => fromBase64Url(row.roster));
    });
  }

  device(home: HomeId, device: DeviceId): Promise<KnownDevice | undefined> {
    return this.#run(async (db) => {
      const row = await db
        .selectFrom('members')
        .selectAll()
        .where('home_id', '=', home)
        .where('device_id', '=', device)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        deviceId: deviceId(row.device_id),
        sigPub: fromBase64Url(row.sig_pub),
        role: row.role as MemberRole,
        notAfter: row.not_after,
        removed: row.removed_version !== null,
      };
    });
  }

  homeOfSheet(sheet: DeviceId): Promise<HomeId | undefined> {
    return this.#run(async (db) => {
      const row = await db
        .selectFrom('members')
        .innerJoin('homes', 'homes.home_id', 'members.home_id')
        .select('members.home_id')
        .where('members.device_id', '=', sheet)
        .where('members.role', '=', 'recovery')
        .where('members.removed_version', 'is', null)
        .where('homes.ended_ms', 'is', null)
        .executeTakeFirst();
      return row === undefined ? undefined : homeId(row.home_id);
    });
  }

  putHpkeKey(home: HomeId, device: DeviceId, keySeq: number, message: Uint8Array): Promise<boolean> {
    return this.#run(async (db) => {
      const row = { home_id: home, device_id: device, key_seq: keySeq, message: toBase64Url(message) };
      const result = await db
        .insertInto('hpke_keys')
        .values(row)
        .onConflict((clash) =>
          clash
            .columns(['home_id', 'device_id'])
            .doUpdateSet({ key_seq: row.key_seq, message: row.message })
            .where('hpke_keys.key_seq', '<', keySeq),
        )
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    });
  }

  hpkeKeys(home: HomeId): Promise<Uint8Array[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('hpke_keys as k')
        .innerJoin('members as m', (join) =>
          join.onRef('m.home_id', '=', 'k.home_id').onRef('m.device_id', '=', 'k.device_id'),
        )
        .select('k.message')
        .where('k.home_id', '=', home)
        .where('m.removed_version', 'is', null)
        .orderBy('k.device_id')
        .execute();
      return rows.map((row) => fromBase64Url(row.message));
    });
  }

  putBulletin(bulletin: StoredBulletin, keys: readonly AnnouncedKey[]): Promise<BulletinPut> {
    return this.#transaction(async (tx) => {
      const home_id = bulletin.homeId;
      const older = await tx.selectFrom('bulletins').select('epoch').where('home_id', '=', home_id).executeTakeFirst();
      if (older !== undefined && older.epoch >= bulletin.epoch) return { at: 'behind' };
      const contested = await putAnnouncedKeys(tx, bulletin, keys, older?.epoch);
      if (contested === undefined) return { at: 'reused' };
      await tx.deleteFrom('wraps').where('home_id', '=', home_id).execute();
      await tx.deleteFrom('bulletins').where('home_id', '=', home_id).execute();
      await tx
        .insertInto('bulletins')
        .values({
          home_id,
          epoch: bulletin.epoch,
          manifest: toBase64Url(bulletin.manifest),
          stored_ms: bulletin.storedMs,
        })
        .execute();
      const wraps = [...bulletin.wraps].map(([device_id, wrap]) => ({ home_id, device_id, wrap: toBase64Url(wrap) }));
      if (wraps.length > 0) await tx.insertInto('wraps').values(wraps).execute();
      return { at: 'stored', contested };
    });
  }

  bulletin(home: HomeId): Promise<StoredBulletin | undefined> {
    return this.#transaction(async (tx) => {
      const row = await tx.selectFrom('bulletins').selectAll().where('home_id', '=', home).executeTakeFirst();
      if (row === undefined) return undefined;
      const wraps = await tx.selectFrom('wraps').selectAll().where('home_id', '=', home).execute();
      return {
        homeId: home,
        epoch: epoch(row.epoch),
        manifest: fromBase64Url(row.manifest),
        wraps: new Map(wraps.map((wrap) => [deviceId(wrap.device_id), fromBase64Url(wrap.wrap)])),
        storedMs: row.stored_ms,
      };
    });
  }

  putAnnounced(home: HomeId, announced: Announced, nowMs: number): Promise<void> {
    return this.#transaction((tx) => putAnnounced(tx, home, announced, nowMs));
  }

  cameras(home: HomeId): Promise<StoredCamera[]> {
    return this.#run((db) => camerasOf(db, home));
  }

  displays(home: HomeId): Promise<StoredDisplay[]> {
    return this.#run((db) => displaysOf(db, home));
  }

  gate(question: GateQuestion): Promise<GateFacts | undefined> {
    return this.#run((db) => gateFacts(db, question));
  }

  addInvitation(codeHash: string, expiresMs: number): Promise<void> {
    return this.#run(async (db) => {
      const row = { code_hash: codeHash, expires_ms: expiresMs, used_ms: null, used_by: null };
      await db.insertInto('invitations').values(row).execute();
    });
  }

  endHome(home: HomeId, nowMs: number): Promise<boolean> {
    return this.#transaction(async (tx) => {
      const ended = await tx
        .updateTable('homes')
        .set({ ended_ms: nowMs })
        .where('home_id', '=', home)
        .where('ended_ms', 'is', null)
        .executeTakeFirst();
      if (ended.numUpdatedRows !== 1n) return false;
      for (const table of ['wraps', 'bulletins', 'hpke_keys', 'grants', 'members', 'cameras', 'rosters'] as const) {
        await tx.deleteFrom(table).where('home_id', '=', home).execute();
      }
      await forgetAnnouncedKeys(tx, home);
      await tx.deleteFrom('home_quotas').where('home_id', '=', home).execute();
      await tx.deleteFrom('notices').where('home_id', '=', home).execute();
      await recordLinks(tx, home, nowMs);
      return true;
    });
  }

  beginHistory(nowMs: number): Promise<void> {
    return this.#run((db) => beginHistory(db, nowMs));
  }

  ledgerHead(): Promise<{ seq: number; hash: string }> {
    return this.#run(ledgerHead);
  }

  async appendLedger(rows: readonly LedgerTable[]): Promise<void> {
    try {
      await this.#transaction((tx) => this.#inserts.run(tx, rows));
    } catch (error) {
      throw this.#dialect.isUnique(error)
        ? new SealcamError('command.replayed', 'ledger row', { cause: error })
        : error;
    }
  }

  ledgerRows(from: number, limit: number): Promise<LedgerTable[]> {
    return this.#run((db) => ledgerRows(db, from, limit));
  }

  spans(query: SpanQuery): Promise<StoredSpan[]> {
    return this.#run((db) => spans(db, query));
  }

  marks(question: GateQuestion, kid: string): Promise<LedgerTable[]> {
    return this.#run((db) => marks(db, question, kid));
  }

  async close(): Promise<void> {
    await this.#db.destroy();
    this.#dialect.closed();
  }
}

/** A roster and its projection. A device that is no longer named stays, marked, so that it can be told why it is refused. */
async function storeVersion(tx: Transaction<Tables>, next: StoredRoster): Promise<void> {
  const home_id = next.homeId;
  await tx
    .insertInto('rosters')
    .values({ home_id, version: next.version, hash: next.hash, roster: toBase64Url(next.roster) })
    .execute();
  await tx.deleteFrom('grants').where('home_id', '=', home_id).execute();
  await tx
    .updateTable('members')
    .set({ removed_version: next.version })
    .where('home_id', '=', home_id)
    .where('removed_version', 'is', null)
    .execute();
  for (const member of next.members) {
    const row = {
      home_id,
      device_id: member.deviceId,
      sig_pub: toBase64Url(member.sigPub),
      role: member.role,
      all_cameras: member.cameras === 'all' ? 1 : 0,
      not_after: member.notAfter,
      removed_version: null,
    };
    await tx
      .insertInto('members')
      .values({ ...row, declared: 0 })
      .onConflict((clash) => clash.columns(['home_id', 'device_id']).doUpdateSet(row))
      .execute();
    if (member.cameras === 'all' || member.cameras.length === 0) continue;
    const grants = member.cameras.map((camera_id) => ({ home_id, device_id: member.deviceId, camera_id }));
    await tx.insertInto('grants').values(grants).execute();
  }
}
