/**
 * All that the agent must not forget: its home's roster chain, names, cameras, the highest epoch. One file, replaced whole (`durable-file.ts`): every change is there or is not, however the process ends.
 */
import { join } from 'node:path';
import {
  cameraId,
  deviceId,
  epoch,
  homeId,
  NO_MODEL,
  SEALED_ROUTE,
  SealcamError,
  type CameraId,
  type Epoch,
} from '@sealcam/protocol';
import * as v from 'valibot';
import { keepBefore, readDurably, writeDurably } from './durable-file.ts';
import { upgraded, type Upgrade } from './file-version.ts';

const id = <T>(make: (hex: string) => T) =>
  v.pipe(
    v.string(),
    v.check((hex) => isMade(make, hex)),
    v.transform((hex) => make(hex)),
  );
const Uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** `sealed` is the vault's; the demo has none. */
export const StoredCamera = v.strictObject({
  cameraId: id(cameraId),
  name: v.string(),
  room: v.string(),
  private: v.boolean(),
  hasSub: v.boolean(),
  hasAudio: v.boolean(),
  mainCodec: v.picklist(['h264', 'h265']),
  /** '' where nobody declared one. */
  model: v.optional(v.string(), NO_MODEL),
  sealed: v.optional(v.string()),
});
export type StoredCamera = v.InferOutput<typeof StoredCamera>;

const MemberName = v.strictObject({
  name: v.string(),
  kind: v.picklist(['display', 'phone', 'browser', 'agent']),
  model: v.optional(v.string(), NO_MODEL),
  route: v.optional(v.string(), SEALED_ROUTE),
});
export type StoredMember = v.InferOutput<typeof MemberName>;

/** Byte strings are base64url. */
export const StoredHome = v.strictObject({
  homeId: id(homeId),
  homeName: v.string(),
  /** Signed rosters from the genesis on; verified again at each start. */
  rosters: v.array(v.string()),
  members: v.record(id(deviceId), MemberName),
  /** Signed HPKE key messages, the highest keySeq of each device. */
  hpkeKeys: v.record(id(deviceId), v.string()),
  /** Of versions that numbered commands; nothing reads it. */
  commandSeqs: v.optional(v.record(id(deviceId), Uint)),
  recoveryUsedAtMs: Uint,
  /** A roster signed with the recovery sheet that waits for a confirmation at the console. */
  recoveryWaiting: v.optional(v.string()),
});
export type StoredHome = v.InferOutput<typeof StoredHome>;

/** A home that was reset and that its relay may not know to be over yet, with the keys that can say so. */
const Ending = v.strictObject({
  homeId: id(homeId),
  keys: v.strictObject({ sigPub: v.string(), pkcs8: v.string() }),
});
export type Ending = v.InferOutput<typeof Ending>;

/** To each version from the one before. What is added to a version that is out is a new version. */
const UPGRADES: readonly Upgrade[] = [
  // From protocol 1 to 2: what those of before must not go on with.
  (one) => ({ ...one, version: 2 }),
];

/** Of the file of the home, as this program writes it. */
export const HOME_VERSION = UPGRADES.length + 1;

export const AgentRecord = v.strictObject({
  version: v.literal(HOME_VERSION),
  /** The highest epoch ever used. Never goes back, not even at a reset. */
  epoch: Uint,
  home: v.optional(StoredHome),
  /** In the order of the grid. They outlive a home. */
  cameras: v.array(StoredCamera),
  demoRemoved: v.boolean(),
  endings: v.array(Ending),
});
export type AgentRecord = v.InferOutput<typeof AgentRecord>;

const EMPTY: AgentRecord = { version: HOME_VERSION, epoch: 0, cameras: [], demoRemoved: false, endings: [] };

export class HomeStore {
  readonly #path: string;
  #record: AgentRecord;

  /** @throws {SealcamError} `store.newer`, `store.corrupt`, `store.read-only`, `store.full` */
  constructor(dataDir: string) {
    this.#path = homeFile(dataDir);
    const stored = readHome(dataDir);
    this.#record = stored?.record ?? EMPTY;
    if (stored !== undefined && stored.found < HOME_VERSION) keepBefore(this.#path, HOME_VERSION);
    // At every start, so that a folder that cannot be written is met now and not at the first rotation.
    this.#write(this.#record);
  }

  get record(): AgentRecord {
    return this.#record;
  }

  /** @throws {SealcamError} `internal` while unclaimed */
  get home(): StoredHome {
    if (this.#record.home === undefined) throw new SealcamError('internal', 'no home');
    return this.#record.home;
  }

  /** On disk when it returns; unchanged, in memory too, when it throws. @throws {SealcamError} `store.read-only`, `store.full` */
  update(change: (record: AgentRecord) => AgentRecord): void {
    const next = change(this.#record);
    this.#write(next);
    this.#record = next;
  }

  updateHome(change: (home: StoredHome) => StoredHome): void {
    const next = change(this.home);
    this.update((record) => ({ ...record, home: next }));
  }

  updateCamera(camera: CameraId, change: Partial<StoredCamera>): void {
    this.update((record) => ({
      ...record,
      cameras: record.cameras.map((each) => (each.cameraId === camera ? { ...each, ...change } : each)),
    }));
  }

  /**
   * A new epoch, on disk before it is returned (SEALING.md, "Epoch secrets").
   * @param rosters the chain as it is now: the bulletin of this epoch must never be above what is stored
   */
  nextEpoch(nowMs: number, rosters: readonly string[]): Epoch {
    const next = epoch(Math.max(this.#record.epoch + 1, Math.floor(nowMs)));
    this.update((record) => ({
      ...record,
      epoch: next,
      ...(record.home === undefined ? {} : { home: { ...record.home, rosters: [...rosters] } }),
    }));
    return next;
  }

  /** On disk when it returns; never down. */
  raiseEpoch(to: Epoch): void {
    this.update((record) => ({ ...record, epoch: Math.max(record.epoch, to) }));
  }

  #write(record: AgentRecord): void {
    writeDurably(this.#path, JSON.stringify(record));
  }
}

const homeFile = (dataDir: string): string => join(dataDir, 'home');

/**
 * Reads only.
 * @returns undefined when there is none. `found`: the version that it is of
 * @throws {SealcamError} `store.newer`, `store.corrupt`
 */
export function readHome(dataDir: string): { readonly record: AgentRecord; readonly found: number } | undefined {
  const text = readDurably(homeFile(dataDir));
  if (text === undefined) return undefined;
  try {
    const { value, found } = upgraded(JSON.parse(text), 'home', UPGRADES);
    return { record: v.parse(AgentRecord, value), found };
  } catch (error) {
    if (error instanceof SealcamError && error.code === 'store.newer') throw error;
    throw new SealcamError('store.corrupt', 'the record of the home');
  }
}

function isMade(make: (hex: string) => unknown, hex: string): boolean {
  try {
    make(hex);
    return true;
  } catch {
    return false;
  }
}
