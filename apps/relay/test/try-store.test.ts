/** Wrong tries as the store keeps them: bounded, over after their time, and never forgotten early by somebody who guesses at many. */
import { afterEach, describe, expect, it } from 'vitest';
import { Kysely, SqliteDialect } from 'kysely';
import Database from 'better-sqlite3';
import { migrate } from '../src/store/migrations/index.ts';
import type { Tables } from '../src/store/schema.ts';
import { SqlTryStore, type TryKey } from '../src/store/try-store.ts';
import { Lab } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

const MOST_ROWS = 20;
const FIRST_MS = 60_000;
const LONGEST_MS = 600_000;
const FORGET_MS = 86_400_000;
const key = (keyHash: string, free = 3): TryKey => ({ keyHash, free });

async function tries() {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) });
  lab.onEnd(() => db.destroy());
  await migrate(db);
  const store = new SqlTryStore((query) => query(db), MOST_ROWS);
  const begin = (nowMs: number, ...keys: TryKey[]): Promise<boolean> =>
    store.begin(keys, { nowMs, firstMs: FIRST_MS, longestMs: LONGEST_MS, forgetMs: FORGET_MS });
  const rows = async (): Promise<number> => (await db.selectFrom('operator_tries').selectAll().execute()).length;
  return { store, begin, rows };
}

describe('wrong tries', () => {
  it('count for both keys, and lock for a minute where either has too many', async () => {
    const { begin, rows } = await tries();
    for (let n = 0; n < 3; n += 1) expect(await begin(1_000 + n, key('ada'), key('office', 9))).toBe(true);
    expect(await begin(2_000, key('ada'), key('elsewhere'))).toBe(false);
    expect(await begin(2_000, key('grace'), key('office', 9))).toBe(true);
    // Refused ones count for nothing: nobody stays locked out for ever by trying on.
    expect(await rows()).toBe(3);
    expect(await begin(1_001 + FIRST_MS, key('ada'))).toBe(false);
    expect(await begin(1_002 + FIRST_MS, key('ada'))).toBe(true);
  });

  it('lock for twice as long each time, to a bound, and are forgotten a day after', async () => {
    const { begin } = await tries();
    let nowMs = 1_000;
    for (let n = 0; n < 2; n += 1) await begin(nowMs, key('ada'));
    for (const lockMs of [1, 2, 4, 8, 10, 10].map((times) => times * FIRST_MS)) {
      expect(await begin(nowMs, key('ada'))).toBe(true);
      expect(await begin(nowMs + lockMs - 1, key('ada'))).toBe(false);
      nowMs += lockMs;
    }
    nowMs += FORGET_MS;
    for (let n = 0; n < 3; n += 1) expect(await begin(nowMs, key('ada'))).toBe(true);
    expect(await begin(nowMs, key('ada'))).toBe(false);
  });

  it('that were right are taken back: all of the account here, one of the network', async () => {
    const { store, begin, rows } = await tries();
    const [ada, office] = [key('ada'), key('office', 99)];
    for (let n = 0; n < 2; n += 1) await begin(1, ada, office);
    for (let n = 0; n < 10; n += 1) {
      expect(await begin(2, ada, office)).toBe(true);
      await store.forgive({ whole: [ada], one: [office] });
    }
    expect(await rows()).toBe(1);
    for (let n = 0; n < 3; n += 1) expect(await begin(3, ada, office)).toBe(true);
    expect(await begin(3, ada, office)).toBe(false);
  });

  it('at many accounts fill nothing, and do not push out the one that is nearly locked', async () => {
    const { begin, rows } = await tries();
    for (let n = 0; n < 2; n += 1) await begin(1, key('ada'));
    for (let n = 0; n < 3 * MOST_ROWS; n += 1) await begin(2 + n, key(`stranger ${n}`));
    expect(await rows()).toBe(MOST_ROWS);
    expect(await begin(100, key('ada'))).toBe(true);
    expect(await begin(100, key('ada'))).toBe(false);
  });

  it('from a clock that was set back lock nobody out for longer than the longest lock', async () => {
    const { begin } = await tries();
    for (let n = 0; n < 3; n += 1) await begin(10 * LONGEST_MS, key('ada'));
    expect(await begin(10 * LONGEST_MS, key('ada'))).toBe(false);
    expect(await begin(LONGEST_MS, key('ada'))).toBe(true);
  });
});
