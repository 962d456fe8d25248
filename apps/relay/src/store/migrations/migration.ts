/** One step of the store from one version to the next. Forward only: nothing is ever taken back, a backup is (`../before.ts`). */
import type { Kysely } from 'kysely';

export interface StoreMigration {
  /**
   * Runs inside the one transaction of all pending steps. It speaks of the tables as they were then, in SQL of its own: what the
   * program calls them today may change. Rows of the ledger and of the history of links are never touched.
   */
  up(db: Kysely<unknown>): Promise<void>;
}
