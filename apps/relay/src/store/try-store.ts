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
  /** Unix ms. */
  until_ms: number;
}

/** What one try counts for. */
export interface TryKey {
  readonly keyHash: string;
  /** So many wrong ones, and it is not listened to. */
  readonly most: number;
}

export interface TryTimes {
  /** Unix ms. */
  readonly nowMs: number;
  /** From the first wrong try. */
  readonly windowMs: number;
}

export interface TryStore {
  /** Counts one for each key, unless one of them is at its most already. @returns whether it counted */
  begin(keys: readonly TryKey[], times: TryTimes): Promise<boolean>;
  /** It was right: takes one from each key. */
  forgive(keys: readonly TryKey[]): Promise<void>;
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

  begin(keys: readonly TryKey[], { nowMs, windowMs }: TryTimes): Promise<boolean> {
    return this.#transaction(async (tx) => {
      // Over; or from before the clock was set back, when nobody knows how long it should last.
      await tx
        .deleteFrom('operator_tries')
        .where((is) => is.or([is('until_ms', '<=', nowMs), is('until_ms', '>', nowMs + windowMs)]))
        .execute();
      const hashes = keys.map(({ keyHash }) => keyHash);
      const rows = await tx.selectFrom('operator_tries').selectAll().where('key_hash', 'in', hashes).execute();
      const isAtMost = ({ keyHash, most }: TryKey): boolean =>
        rows.some((row) => row.key_hash === keyHash && row.wrong >= most);
      if (keys.some(isAtMost)) return false;
      for (const key_hash of hashes)
        await tx
          .insertInto('operator_tries')
          .values({ key_hash, wrong: 1, until_ms: nowMs + windowMs })
          .onConflict((clash) => clash.column('key_hash').doUpdateSet({ wrong: sql<number>`operator_tries.wrong + 1` }))
          .execute();
      await this.#prune(tx);
      return true;
    });
  }

  forgive(keys: readonly TryKey[]): Promise<void> {
    return this.#transaction(async (tx) => {
      const hashes = keys.map(({ keyHash }) => keyHash);
      await tx
        .updateTable('operator_tries')
        .set({ wrong: sql<number>`wrong - 1` })
        .where('key_hash', 'in', hashes)
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
