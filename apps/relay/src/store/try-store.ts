/**
 * Wrong tries to sign in, in the store of record, so that a restart forgives nobody. Names and addresses are hashed by whoever asks, and a
 * row goes when its time is over; beyond a bound those with the fewest tries go first, so that strangers can neither fill the disk nor
 * push out whom they are guessing at.
 */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from './schema.ts';

export interface TryTable {
  key_hash: string;
  wrong: number;
  /** Unix ms: of the last wrong try, or where that locked, of the end of the lock. */
  until_ms: number;
}

/** What one try counts for. */
export interface TryKey {
  readonly keyHash: string;
  /** So many wrong ones lock nothing. */
  readonly free: number;
}

export interface TryTimes {
  /** Unix ms. */
  readonly nowMs: number;
  /** The first lock; each further wrong try doubles it, up to the longest. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** From a lock's end, or the last try, until all is forgotten. */
  readonly forgetMs: number;
}

export interface TryStore {
  /** Counts one for each key, unless one of them is locked. @returns whether it counted */
  begin(keys: readonly TryKey[], times: TryTimes): Promise<boolean>;
  /** It was right: forgets all wrong ones of some keys, and takes one from others. */
  forgive(keys: { readonly whole: readonly TryKey[]; readonly one: readonly TryKey[] }): Promise<void>;
}

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

export class SqlTryStore implements TryStore {
  readonly #run: Run;
  readonly #mostRows: number;

  /** @param run one short query, with the disk's faults turned into `SealcamError` */
  constructor(run: Run, mostRows = 10_000) {
    this.#run = run;
    this.#mostRows = mostRows;
  }

  begin(keys: readonly TryKey[], times: TryTimes): Promise<boolean> {
    const { nowMs, longestMs, forgetMs } = times;
    return this.#transaction(async (tx) => {
      // Over; or from before the clock was set back, when nobody knows how long it should last.
      await tx
        .deleteFrom('operator_tries')
        .where((is) => is.or([is('until_ms', '<=', nowMs - forgetMs), is('until_ms', '>', nowMs + longestMs)]))
        .execute();
      const hashes = keys.map(({ keyHash }) => keyHash);
      const rows = await tx.selectFrom('operator_tries').selectAll().where('key_hash', 'in', hashes).execute();
      const rowOf = ({ keyHash }: TryKey): TryTable | undefined => rows.find((row) => row.key_hash === keyHash);
      if (keys.some((key) => (rowOf(key)?.until_ms ?? 0) > nowMs)) return false;
      for (const key of keys) {
        const wrong = (rowOf(key)?.wrong ?? 0) + 1;
        const row = { wrong, until_ms: nowMs + lockMs(wrong - key.free, times) };
        await tx
          .insertInto('operator_tries')
          .values({ key_hash: key.keyHash, ...row })
          .onConflict((clash) => clash.column('key_hash').doUpdateSet(row))
          .execute();
      }
      await this.#prune(tx);
      return true;
    });
  }

  forgive({ whole, one }: Parameters<TryStore['forgive']>[0]): Promise<void> {
    const hashes = (keys: readonly TryKey[]): string[] => keys.map(({ keyHash }) => keyHash);
    return this.#transaction(async (tx) => {
      await tx.deleteFrom('operator_tries').where('key_hash', 'in', hashes(whole)).execute();
      await tx
        .updateTable('operator_tries')
        .set({ wrong: sql<number>`wrong - 1` })
        .where('key_hash', 'in', hashes(one))
        .execute();
      await tx.deleteFrom('operator_tries').where('wrong', '<=', 0).execute();
    });
  }

  async #prune(tx: Transaction<Tables>): Promise<void> {
    const { rows } = await tx
      .selectFrom('operator_tries')
      .select((is) => is.fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    if (rows <= this.#mostRows) return;
    const least = tx
      .selectFrom('operator_tries')
      .select('key_hash')
      .orderBy('wrong')
      .orderBy('until_ms')
      .limit(rows - this.#mostRows);
    await tx.deleteFrom('operator_tries').where('key_hash', 'in', least).execute();
  }

  #transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#run((db) => db.transaction().execute(work));
  }
}

/** @param over how many more than the free ones */
function lockMs(over: number, { firstMs, longestMs }: TryTimes): number {
  return over < 0 ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(over, 30));
}
