/** SQLite as Kysely speaks to it, with what Kysely does not take for granted of it: DDL inside of a transaction is undone with it. */
import { SqliteAdapter, SqliteDialect } from 'kysely';

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export class StoreDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}
