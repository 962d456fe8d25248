/**
 * The key ids that homes announced, with their bulletins: who announced one first, and whether anyone did after. Of each home the
 * newest two bulletins stay, and a day of what was before; what carried a unit is in the ledger for ever, and so stays what two homes
 * announced, here.
 */
import type { Kysely, Transaction } from 'kysely';
import {
  cameraId,
  epoch,
  homeId,
  streamId,
  type CameraId,
  type Epoch,
  type HomeId,
  type KeyId,
  type StreamId,
  type Track,
} from '@sealcam/protocol';
import type { AnnouncedKey } from '@sealcam/home/verify';
import type { Tables } from './schema.ts';

export interface AnnouncedKeyTable {
  kid: string;
  home_id: string;
  camera_id: string;
  stream_id: number;
  epoch: number;
  at_ms: number;
  /** 1 when another home had it before: it came second. */
  second: number;
}

/** A key id of an older bulletin than the newest two: so long a late report still finds who announced it. */
export const ANNOUNCED_KEPT_MS: number = 24 * 60 * 60_000;
const ROWS_A_STATEMENT = 256;

/** What a home announced of one stream. `isContested`: another home announced the same key id, or sent a unit under it. */
export interface StoredKey extends AnnouncedKey {
  readonly epoch: Epoch;
  readonly isContested: boolean;
}

/** A key id that another home had first. */
export interface ContestedKey {
  readonly kid: KeyId;
  readonly first: Track;
}

/** Everyone who had a key id. */
export interface KeyHistory {
  /** Whoever announced it or sent a unit under it, the first one first; a track may be named twice. */
  readonly tracks: readonly Track[];
  /** The tracks that a unit under it entered from. */
  readonly entered: readonly Track[];
  /** Whether the first announcement is still on record. */
  readonly isAnnounced: boolean;
}

export interface KeyStore {
  /** Of the newest two bulletins of a home, oldest first. */
  newest(home: HomeId): Promise<StoredKey[]>;
  history(kid: string): Promise<KeyHistory>;
}

const NOBODY: KeyHistory = { tracks: [], entered: [], isAnnounced: false };

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

export class SqlKeyStore implements KeyStore {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  newest(home: HomeId): Promise<StoredKey[]> {
    return this.#run(async (db) => {
      const epochs = await db
        .selectFrom('announced_keys')
        .select('epoch')
        .distinct()
        .where('home_id', '=', home)
        .orderBy('epoch', 'desc')
        .limit(2)
        .execute();
      const oldest = epochs.at(-1)?.epoch;
      if (oldest === undefined) return [];
      const rows = await db
        .selectFrom('announced_keys')
        .selectAll()
        .where('home_id', '=', home)
        .where('epoch', '>=', oldest)
        .orderBy('epoch')
        .execute();
      const histories = await historiesOf(
        db,
        rows.map(({ kid }) => kid),
      );
      return rows.map((row) => ({
        ...{ cameraId: cameraId(row.camera_id), streamId: streamId(row.stream_id), kid: row.kid as KeyId },
        ...{ epoch: epoch(row.epoch), isContested: hasOther(histories.get(row.kid), home) },
      }));
    });
  }

  history(kid: string): Promise<KeyHistory> {
    return this.#run(async (db) => (await historiesOf(db, [kid])).get(kid) ?? NOBODY);
  }
}

/**
 * Writes down what a bulletin announces, inside the bulletin's own transaction.
 * @param before the epoch of the bulletin that this one replaces
 * @returns the key ids that another home had first; undefined, with nothing to be kept, when the home itself has had one of them
 */
export async function putAnnouncedKeys(
  tx: Transaction<Tables>,
  bulletin: { readonly homeId: HomeId; readonly epoch: Epoch; readonly storedMs: number },
  keys: readonly AnnouncedKey[],
  before: number | undefined,
): Promise<readonly ContestedKey[] | undefined> {
  const { homeId: home, epoch: of, storedMs } = bulletin;
  const histories = await historiesOf(
    tx,
    keys.map(({ kid }) => kid),
  );
  const contested: ContestedKey[] = [];
  for (const { kid } of keys) {
    const { tracks } = histories.get(kid) ?? NOBODY;
    if (tracks.some((track) => track.homeId === home)) return undefined;
    if (tracks[0] !== undefined) contested.push({ kid, first: tracks[0] });
  }
  const second = new Set(contested.map(({ kid }) => kid));
  const rows = keys.map(({ cameraId: camera_id, streamId: stream_id, kid }) => ({
    ...{ kid, home_id: home, camera_id, stream_id, epoch: of, at_ms: storedMs, second: second.has(kid) ? 1 : 0 },
  }));
  for (const part of parts(rows)) await tx.insertInto('announced_keys').values(part).execute();
  if (before !== undefined) await forgetOlder(tx, home, before, storedMs - ANNOUNCED_KEPT_MS);
  return contested;
}

/** A home ended: what nobody else announced goes with it, for its ledger rows stay. */
export async function forgetAnnouncedKeys(tx: Transaction<Tables>, home: HomeId): Promise<void> {
  await forgetOlder(tx, home, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

async function forgetOlder(tx: Transaction<Tables>, home: HomeId, before: number, beforeMs: number): Promise<void> {
  await tx
    .deleteFrom('announced_keys')
    .where('home_id', '=', home)
    .where('epoch', '<', before)
    .where('at_ms', '<', beforeMs)
    .where('second', '=', 0)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('announced_keys as other')
            .select('other.kid')
            .whereRef('other.kid', '=', 'announced_keys.kid')
            .where('other.second', '=', 1),
        ),
      ),
    )
    .execute();
}

/**
 * The announcement of the first stands before the units that followed it; where it was forgotten since, its units stand before whoever
 * announced the key id after.
 */
async function historiesOf(db: Kysely<Tables>, kids: readonly string[]): Promise<Map<string, KeyHistory>> {
  const found = new Map<string, KeyHistory>();
  for (const part of parts(kids)) {
    const announced = Map.groupBy(await announcedRows(db, part), (row) => row.kid);
    const entered = Map.groupBy(await enteredRows(db, part), (row) => row.kid);
    for (const kid of part) {
      const [own, units] = [announced.get(kid) ?? [], entered.get(kid) ?? []];
      const [first, second] = [own.filter((row) => row.second === 0), own.filter((row) => row.second === 1)];
      if (own.length + units.length === 0) continue;
      const tracks = [...first, ...units, ...second].map(trackOf);
      found.set(kid, { tracks, entered: units.map(trackOf), isAnnounced: first.length > 0 });
    }
  }
  return found;
}

function hasOther(history: KeyHistory | undefined, home: HomeId): boolean {
  return history?.tracks.some(({ homeId: other }) => other !== home) === true;
}

function announcedRows(db: Kysely<Tables>, kids: readonly string[]) {
  return db
    .selectFrom('announced_keys')
    .select(['kid', 'home_id', 'camera_id', 'stream_id', 'second'])
    .where('kid', 'in', kids)
    .orderBy('at_ms')
    .execute();
}

function enteredRows(db: Kysely<Tables>, kids: readonly string[]) {
  return db
    .selectFrom('ledger')
    .select(['kid', 'home_id', 'camera_id', 'stream_id'])
    .where('kind', '=', 'source')
    .where('kid', 'in', kids)
    .orderBy('seq')
    .execute();
}

function parts<T>(all: readonly T[]): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < all.length; at += ROWS_A_STATEMENT) found.push(all.slice(at, at + ROWS_A_STATEMENT));
  return found;
}

interface TrackRow {
  readonly home_id: string;
  readonly camera_id: string;
  readonly stream_id: number;
}

function trackOf(row: TrackRow): Track {
  const [home, camera, stream]: [HomeId, CameraId, StreamId] = [
    homeId(row.home_id),
    cameraId(row.camera_id),
    streamId(row.stream_id),
  ];
  return { homeId: home, cameraId: camera, streamId: stream };
}
