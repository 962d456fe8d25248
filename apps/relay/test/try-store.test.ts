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
const WINDOW_MS = 600_000;
const key = (keyHash: string, most = 3): TryKey => ({ keyHash, most });

async function tries() {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) });
  lab.onEnd(() => db.destroy());
  await migrate(db);
  const store = new SqlTryStore((query) => query(db), MOST_ROWS);
  const begin = (nowMs: number, ...keys: TryKey[]): Promise<boolean> =>
    store.begin(keys, { nowMs, windowMs: WINDOW_MS });
  const rows = async (): Promise<number> => (await db.selectFrom('operator_tries').selectAll().execute()).length;
  return { store, begin, rows };
}

describe('wrong tries', () => {
  it('count for both keys, lock at the most of either, and are over ten minutes after the first', async () => {
    const { begin, rows } = await tries();
    for (let n = 0; n < 3; n += 1) expect(await begin(1_000 + n, key('ada'), key('office', 9))).toBe(true);
    expect(await begin(2_000, key('ada'), key('elsewhere'))).toBe(false);
    expect(await begin(2_000, key('grace'), key('office', 9))).toBe(true);
    // Refused ones count for nothing: nobody stays locked out for ever by trying on.
    expect(await rows()).toBe(3);
    expect(await begin(1_000 + WINDOW_MS - 1, key('ada'))).toBe(false);
    expect(await begin(1_000 + WINDOW_MS, key('ada'))).toBe(true);
  });

  it('that were right are taken back, alone', async () => {
    const { store, begin, rows } = await tries();
    await begin(1, key('ada'));
    for (let n = 0; n < 10; n += 1) {
      expect(await begin(2, key('ada'))).toBe(true);
      await store.forgive([key('ada')]);
    }
    expect([await begin(3, key('ada')), await begin(3, key('ada')), await begin(3, key('ada'))]).toEqual([
      true,
      true,
      false,
    ]);
    await begin(3, key('grace'));
    await store.forgive([key('grace')]);
    expect(await rows()).toBe(1);
  });

  it('at many accounts fill nothing, and do not push out the one that is nearly locked', async () => {
    const { begin, rows } = await tries();
    for (let n = 0; n < 2; n += 1) await begin(1, key('ada'));
    for (let n = 0; n < 3 * MOST_ROWS; n += 1) await begin(2 + n, key(`stranger ${n}`));
    expect(await rows()).toBe(MOST_ROWS);
    expect(await begin(100, key('ada'))).toBe(true);
    expect(await begin(100, key('ada'))).toBe(false);
  });

  it('from a clock that was set back lock nobody out for longer than the window', async () => {
    const { begin } = await tries();
    for (let n = 0; n < 3; n += 1) await begin(10 * WINDOW_MS, key('ada'));
    expect(await begin(10 * WINDOW_MS, key('ada'))).toBe(false);
    expect(await begin(WINDOW_MS, key('ada'))).toBe(true);
  });
});
