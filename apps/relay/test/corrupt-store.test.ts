/** A damaged store: refused at start, found by the whole check, or damaged where nothing is; never a wrong permission. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SealcamError } from '@sealcam/protocol';
import { checkStore, openLedger, startRelay } from '../src/index.ts';
import { factsIn, DAMAGES, livedIn, PAGE, settle } from './damaged-folder.ts';
import { Lab } from './house.ts';

const SEEDS = 12;
const SLOW = 60_000;

const lab = new Lab();
let whole: string;
let copy: string;
let good: Buffer;
beforeAll(async () => {
  whole = await livedIn(lab);
  settle(join(whole, 'relay', 'relay.db'));
  good = await readFile(join(whole, 'relay', 'relay.db'));
  copy = `${whole}.copy`;
});
afterAll(async () => {
  await rm(copy, { recursive: true, force: true });
  await lab.end();
});

const file = (): string => join(copy, 'relay', 'relay.db');

/** A fresh copy of the folder with these bytes as its database. */
async function put(bytes: Buffer): Promise<void> {
  await rm(copy, { recursive: true, force: true });
  await cp(whole, copy, { recursive: true });
  await writeFile(file(), bytes);
}

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof SealcamError) return error.code;
    throw error;
  }
}

const start = async (): Promise<void> => {
  const relay = await startRelay({ host: '127.0.0.1', port: 0, open: true, dataDir: copy });
  await relay.close();
};

/** As `sealcam doctor` looks: the store, then the ledger. */
async function doctorFinds(): Promise<boolean> {
  if ((await codeOf(() => checkStore(copy))) !== undefined) return true;
  const ledger = await openLedger(copy);
  try {
    return !(await ledger.verifyLedger()).whole;
  } finally {
    await ledger.close();
  }
}

function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

it('whole: starts, and the whole check finds nothing', async () => {
  await put(good);
  expect(await codeOf(start)).toBeUndefined();
  expect(await doctorFinds()).toBe(false);
});

it.each(Object.entries(DAMAGES))(
  'with %s: refused at start, found by the doctor, or nothing was there',
  async (_name, damage) => {
    const facts = await put(good).then(() => factsIn(file()));
    const pages = good.length / PAGE;
    const outcomes = { refused: 0, found: 0, nothing: 0 };
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = randomOf(seed);
      random();
      const bad = Buffer.from(good);
      damage(bad, Math.floor(random() * pages) * PAGE, random);
      await put(bad);
      const isSame = factsIn(file()) === facts;
      const code = await codeOf(start);
      expect([undefined, 'store.corrupt']).toContain(code);
      if (code !== undefined) outcomes.refused += 1;
      else if (await doctorFinds()) outcomes.found += 1;
      else {
        expect(isSame, `seed ${seed}: other facts, and nobody noticed`).toBe(true);
        outcomes.nothing += 1;
      }
    }
    expect(outcomes.refused + outcomes.found + outcomes.nothing).toBe(SEEDS);
  },
  SLOW,
);

/** What no check of pages can see: a value that reads as another one. Each would be a wrong permission. */
const PERMISSIONS = [
  ['a viewer that is an admin', "update members set role = 'admin' where role = 'viewer'"],
  ['a guest for ever', 'update members set not_after = 4102444800000 where role = \'viewer\''],
  ['a removed member that is none', 'update members set removed_version = null where removed_version is not null'],
  ['all cameras', 'update members set all_cameras = 1 where all_cameras = 0'],
  ['another camera', "update grants set camera_id = 'f' || substr(camera_id, 2) where substr(camera_id, 1, 1) <> 'f'"],
  ['another key', "update members set sig_pub = 'A' || substr(sig_pub, 2, 5) || 'zz' || substr(sig_pub, 9)"],
  ['another agent', "update homes set agent_id = (select device_id from members m where m.home_id = homes.home_id and role = 'admin')"],
  ['an older head', 'update homes set version = version - 1'],
  ['a suspension of another device', "update suspensions set target_key = substr(target_key, 1, 60) || 'ffff'"],
  ['a suspension of another width', "update suspensions set width = 'everything'"],
] as const; // prettier-ignore

describe('a value that became another one', () => {
  it.each(PERMISSIONS)('%s is refused at start', async (_name, change) => {
    await put(good);
    const db = new Database(file());
    expect(db.prepare(change).run().changes).toBeGreaterThan(0);
    db.close();
    expect(await codeOf(start)).toBe('store.corrupt');
    expect(await codeOf(() => checkStore(copy))).toBe('store.corrupt');
  });
});
