/** A relay's folder with homes, guests, a suspension and a ledger of some thousand rows, made by the real relay; and ways to damage it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cameraId, deviceId, homeId, streamId } from '@sealcam/protocol';
import { systemClock } from '../src/clock.ts';
import { Checkpoints } from '../src/ledger/checkpoints.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { EventLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { House, randomCamera, type Lab } from './house.ts';

const HOMES = 6;
const GUESTS = 8;
const ROWS = 1_500;

/** @returns the data folder, on which nothing runs */
export async function livedIn(lab: Lab): Promise<string> {
  const dataDir = await lab.folder();
  const relay = await lab.relay({ dataDir });
  for (let n = 0; n < HOMES; n += 1) {
    const house = await House.build(lab, relay);
    const cameras = [randomCamera(), randomCamera(), randomCamera()].toSorted();
    const agent = await house.agent();
    await house.bulletin(agent);
    await house.announce(agent, cameras);
    const admin = await house.viewer();
    for (let guest = 0; guest < GUESTS; guest += 1) {
      const granted = guest % 2 === 0 ? 'all' : cameras.slice(0, 2);
      const keys = await house.addViewer(admin, granted);
      if (guest === 3) {
        const target = { width: 'display', homeId: house.id, deviceId: keys.deviceId } as const;
        await relay.suspensions.suspend({ target, cause: 'operator', by: 'Ada', reason: 'strangers' });
      }
      if (guest === 5) await house.change(admin, [{ do: 'removeDevice', deviceId: keys.deviceId }]);
    }
  }
  await relay.close();
  await addRows(join(dataDir, 'relay'));
  return dataDir;
}

async function addRows(folder: string): Promise<void> {
  const store = await openSqliteStore(folder);
  const checkpoints = new Checkpoints(folder, systemClock, new EventLog(undefined));
  const ledger = await Ledger.open({ store, metrics: createMetrics(), checkpoints });
  const hex = (): string => randomBytes(16).toString('hex');
  const track = { homeId: homeId(hex()), cameraId: cameraId(hex()), streamId: streamId(0), route: 'sealed' };
  for (let n = 0; n < ROWS; n += 100) {
    const rows = Array.from({ length: 100 }, () => ({
      ...({ ...track, kind: 'mark', deviceId: deviceId(hex()), spanId: hex(), connectionId: hex() } as const),
      ...{ atMs: n, fromMs: n, toMs: n, units: 1 },
    }));
    await Promise.all(rows.map((row) => ledger.append(row)));
  }
  checkpoints.close();
  await store.close();
}

/** All of the journal in the file, so that a copy of the file is a copy of the store. */
export function settle(file: string): void {
  const db = new Database(file);
  db.pragma('journal_mode = DELETE');
  db.close();
}

/** Ways in which a disk damages a page; `at` is where the page begins. */
export const DAMAGES = {
  'a page of noise': (bytes: Buffer, at: number, random: () => number) => {
    for (let n = at; n < at + PAGE; n += 1) bytes[n] = Math.floor(random() * 256);
  },
  'a page of zeros': (bytes: Buffer, at: number) => bytes.fill(0, at, at + PAGE),
  '64 bytes inside a page': (bytes: Buffer, at: number, random: () => number) => {
    const from = at + Math.floor(random() * (PAGE - 64));
    for (let n = from; n < from + 64; n += 1) bytes[n] = (bytes[n] ?? 0) ^ 0x5a;
  },
  'one bit': (bytes: Buffer, at: number, random: () => number) => {
    const byte = at + Math.floor(random() * PAGE);
    bytes[byte] = (bytes[byte] ?? 0) ^ (1 << Math.floor(random() * 8));
  },
} as const;

export const PAGE = 4096;

/** What may not silently become something else: who may see what, what is suspended, and the record. */
const FACTS = [
  'select home_id, agent_id, version, head_hash, ended_ms from homes',
  'select * from rosters',
  'select home_id, device_id, sig_pub, role, all_cameras, not_after, removed_version is null from members',
  'select * from grants',
  'select width, target_key, lifted_ms is null from suspensions',
  'select * from ledger',
];

/** @returns every fact as text; undefined where the damage lets nobody read them */
export function factsIn(file: string): string | undefined {
  const db = new Database(file, { readonly: true });
  try {
    return FACTS.map((facts) => JSON.stringify(db.prepare(facts).raw().all())).join('\n');
  } catch {
    return undefined;
  } finally {
    db.close();
  }
}
