/**
 * Suspensions in the store of record: a row each, written once and, when it is lifted, completed once; never deleted. A version
 * in `meta` rises with every change in the same transaction, so that a relay that missed the broadcast finds out by asking.
 */
import type { Database } from 'better-sqlite3';
import { sql, type Kysely, type Transaction } from 'kysely';
import { cameraId, deviceId, homeId } from '@sealcam/protocol';
import {
  targetKey,
  type Suspension,
  type SuspensionCause,
  type SuspensionTarget,
  type SuspensionWidth,
} from '../suspensions/suspension.ts';
import type { Tables } from './schema.ts';

export interface SuspensionTable {
  id: string;
  width: string;
  /** What is suspended as one text; unique among the active ones, and what the gate's statement looks for. */
  target_key: string;
  home_id: string | null;
  device_id: string | null;
  camera_id: string | null;
  camera_model: string | null;
  display_model: string | null;
  partner: string | null;
  cause: string;
  by_name: string;
  reason: string;
  incident_id: string | null;
  at_ms: number;
  lifted_ms: number | null;
  lifted_by: string | null;
  lifted_reason: string | null;
}

export interface SuspensionStore {
  /** @returns the one that is stored: an active one of the same target stays as it is, and `added` is false */
  add(suspension: Suspension): Promise<{ readonly suspension: Suspension; readonly added: boolean }>;
  /** @returns undefined where there is none; one that is lifted already stays as it is, and `changed` is false */
  lift(
    id: string,
    lifted: NonNullable<Suspension['lifted']>,
  ): Promise<{ readonly suspension: Suspension; readonly changed: boolean } | undefined>;
  /** Newest first. */
  active(): Promise<Suspension[]>;
  /** Newest first, lifted ones too. */
  all(limit: number): Promise<Suspension[]>;
  /** Rises with every `add` and `lift` that changed something; 0 before the first. */
  version(): Promise<number>;
}

const VERSION = 'suspensions.version';

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

export class SqlSuspensionStore implements SuspensionStore {
  readonly #run: Run;

  /** @param run one short query, with the disk's faults turned into `SealcamError` */
  constructor(run: Run) {
    this.#run = run;
  }

  add(suspension: Suspension): Promise<{ suspension: Suspension; added: boolean }> {
    return this.#transaction(async (tx) => {
      const there = await tx
        .selectFrom('suspensions')
        .selectAll()
        .where('target_key', '=', targetKey(suspension.target))
        .where('lifted_ms', 'is', null)
        .executeTakeFirst();
      if (there !== undefined) return { suspension: fromRow(there), added: false };
      await tx.insertInto('suspensions').values(toRow(suspension)).execute();
      await raise(tx);
      return { suspension, added: true };
    });
  }

  lift(
    id: string,
    lifted: NonNullable<Suspension['lifted']>,
  ): Promise<{ suspension: Suspension; changed: boolean } | undefined> {
    return this.#transaction(async (tx) => {
      const done = await tx
        .updateTable('suspensions')
        .set({ lifted_ms: lifted.atMs, lifted_by: lifted.by, lifted_reason: lifted.reason })
        .where('id', '=', id)
        .where('lifted_ms', 'is', null)
        .executeTakeFirst();
      const changed = done.numUpdatedRows === 1n;
      if (changed) await raise(tx);
      const row = await tx.selectFrom('suspensions').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : { suspension: fromRow(row), changed };
    });
  }

  active(): Promise<Suspension[]> {
    return this.#run(async (db) => {
      const rows = await db
        .selectFrom('suspensions')
        .selectAll()
        .where('lifted_ms', 'is', null)
        .orderBy('at_ms', 'desc')
        .execute();
      return rows.map(fromRow);
    });
  }

  all(limit: number): Promise<Suspension[]> {
    return this.#run(async (db) => {
      const rows = await db.selectFrom('suspensions').selectAll().orderBy('at_ms', 'desc').limit(limit).execute();
      return rows.map(fromRow);
    });
  }

  version(): Promise<number> {
    return this.#run(async (db) => {
      const row = await db.selectFrom('meta').select('value').where('name', '=', VERSION).executeTakeFirst();
      return row === undefined ? 0 : Number(row.value);
    });
  }

  #transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#run((db) => db.transaction().execute(work));
  }
}

async function raise(tx: Transaction<Tables>): Promise<void> {
  const next = sql<string>`cast(cast(meta.value as bigint) + 1 as text)`;
  await tx
    .insertInto('meta')
    .values({ name: VERSION, value: '1' })
    .onConflict((clash) => clash.column('name').doUpdateSet({ value: next }))
    .execute();
}

function toRow({ id, target, cause, by, reason, incidentId, atMs, lifted }: Suspension): SuspensionTable {
  return {
    id,
    width: target.width,
    target_key: targetKey(target),
    home_id: 'homeId' in target ? target.homeId : null,
    device_id: 'deviceId' in target ? target.deviceId : null,
    camera_id: 'cameraId' in target ? target.cameraId : null,
    camera_model: 'cameraModel' in target ? target.cameraModel : null,
    display_model: 'displayModel' in target ? target.displayModel : null,
    partner: 'partner' in target ? target.partner : null,
    cause,
    by_name: by,
    reason,
    incident_id: incidentId ?? null,
    at_ms: atMs,
    lifted_ms: lifted?.atMs ?? null,
    lifted_by: lifted?.by ?? null,
    lifted_reason: lifted?.reason ?? null,
  };
}

function fromRow(row: SuspensionTable): Suspension {
  const { lifted_ms: liftedMs, lifted_by: liftedBy, lifted_reason: liftedReason } = row;
  return {
    id: row.id,
    target: targetOf(row),
    cause: row.cause as SuspensionCause,
    by: row.by_name,
    reason: row.reason,
    ...(row.incident_id !== null && { incidentId: row.incident_id }),
    atMs: row.at_ms,
    ...(liftedMs !== null && { lifted: { atMs: liftedMs, by: liftedBy ?? '', reason: liftedReason ?? '' } }),
  };
}

/** All of a database that nobody else writes to. */
export function rowsOfSuspensions(db: Database): Suspension[] {
  return (db.prepare('select * from suspensions').all() as SuspensionTable[]).filter(isWhole).map(fromRow);
}

/** Whether the row still says one thing: the text that the gate looks for, the columns that people read, and whether it was lifted. */
export function isWhole(row: SuspensionTable): boolean {
  try {
    return targetKey(targetOf(row)) === row.target_key && (row.lifted_ms === null) === (row.lifted_by === null);
  } catch {
    return false;
  }
}

function targetOf(row: SuspensionTable): SuspensionTarget {
  const width = row.width as SuspensionWidth;
  switch (width) {
    case 'everything':
      return { width };
    case 'partner':
      return { width, partner: row.partner ?? '' };
    case 'pair':
      return { width, cameraModel: row.camera_model ?? '', displayModel: row.display_model ?? '' };
    case 'display':
      return { width, homeId: homeId(row.home_id ?? ''), deviceId: deviceId(row.device_id ?? '') };
    case 'link':
      return {
        width,
        homeId: homeId(row.home_id ?? ''),
        deviceId: deviceId(row.device_id ?? ''),
        cameraId: cameraId(row.camera_id ?? ''),
      };
  }
}
