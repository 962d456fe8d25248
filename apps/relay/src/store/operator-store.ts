/**
 * Operators in the store of record: accounts, what they sign in with, their sessions and one-use invitations (both only as
 * hashes), and what they did. An operator is a row here and in no home: nothing joins this to members.
 */
import type { Kysely, Transaction } from 'kysely';
import type { OperatorAct, OperatorRole, OperatorView } from '@sealcam/protocol';
import type { Tables } from './schema.ts';

export interface OperatorTables {
  operators: { operator_id: string; name: string; name_key: string; role: string; since_ms: number };
  operator_passwords: { operator_id: string; hash: string };
  operator_passkeys: {
    credential_id: string;
    operator_id: string;
    rp_id: string;
    public_key: string;
    counter: number;
    transports: string;
  };
  operator_sessions: { token_hash: string; operator_id: string; last_ms: number; ends_ms: number };
  operator_invitations: { code_hash: string; name: string; role: string; by_name: string; ends_ms: number };
  operator_acts: { id: string; at_ms: number; by_name: string; what: string; about: string };
}

export interface StoredPasskey {
  readonly credentialId: string;
  readonly operatorId: string;
  /** The host name it was made for; it opens this relay under no other. */
  readonly rpId: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
}

export interface StoredInvitation {
  readonly name: string;
  readonly role: OperatorRole;
  readonly by: string;
  readonly endsMs: number;
}

export interface StoredSession {
  readonly operator: OperatorView;
  readonly lastMs: number;
  readonly endsMs: number;
}

/** How somebody proves who they are from now on. */
export type Credential =
  | { readonly kind: 'password'; readonly hash: string }
  | ({ readonly kind: 'passkey' } & Omit<StoredPasskey, 'operatorId'>);

export interface OperatorStore {
  /** Oldest first. */
  list(): Promise<OperatorView[]>;
  byName(name: string): Promise<OperatorView | undefined>;
  addInvitation(codeHash: string, invitation: StoredInvitation): Promise<void>;
  invitation(codeHash: string, nowMs: number): Promise<StoredInvitation | undefined>;
  /** The use of the invitation, the operator and the credential in one transaction. */
  join(
    codeHash: string,
    operatorId: string,
    credential: Credential,
    nowMs: number,
  ): Promise<'joined' | 'unknown' | 'taken'>;
  /** Adds a passkey, or sets the password anew. */
  addCredential(operatorId: string, credential: Credential): Promise<void>;
  password(operatorId: string): Promise<string | undefined>;
  passkey(credentialId: string): Promise<StoredPasskey | undefined>;
  passkeys(operatorId: string): Promise<StoredPasskey[]>;
  /** @returns false when the counter is not above the stored one (both 0: the authenticator has none) */
  raiseCounter(credentialId: string, counter: number): Promise<boolean>;
  /** Its sessions end. @returns 'last' when nobody who may lift would remain */
  setRole(operatorId: string, role: OperatorRole): Promise<'done' | 'unknown' | 'last'>;
  /** @returns 'last' when others would remain of whom none may lift */
  remove(operatorId: string): Promise<'done' | 'unknown' | 'last'>;
  addSession(
    tokenHash: string,
    operatorId: string,
    session: { readonly lastMs: number; readonly endsMs: number },
  ): Promise<void>;
  session(tokenHash: string): Promise<StoredSession | undefined>;
  touchSession(tokenHash: string, lastMs: number): Promise<void>;
  endSession(tokenHash: string): Promise<void>;
  /** Sessions that are over, or were last used before `idleMs`. */
  sweep(nowMs: number, idleMs: number): Promise<void>;
  addAct(id: string, act: OperatorAct): Promise<void>;
  /** Newest first. */
  acts(limit: number): Promise<OperatorAct[]>;
}

type Run = <T>(query: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
type Db = Kysely<Tables>;

/** Names differ by more than case. */
const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase();

export class SqlOperatorStore implements OperatorStore {
  readonly #run: Run;

  /** @param run one short query, with the disk's faults turned into `SealcamError` */
  constructor(run: Run) {
    this.#run = run;
  }

  #transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#run((db) => db.transaction().execute(work));
  }

  list(): Promise<OperatorView[]> {
    return this.#run(async (db) => (await views(db).orderBy('o.since_ms').orderBy('o.name_key').execute()).map(toView));
  }

  byName(name: string): Promise<OperatorView | undefined> {
    return this.#run(async (db) => {
      const row = await views(db).where('o.name_key', '=', nameKey(name)).executeTakeFirst();
      return row && toView(row);
    });
  }

  addInvitation(codeHash: string, { name, role, by, endsMs }: StoredInvitation): Promise<void> {
    return this.#transaction(async (tx) => {
      // One link a name: a new one makes the one before it useless.
      await tx.deleteFrom('operator_invitations').where('name', '=', name).execute();
      const row = { code_hash: codeHash, name, role, by_name: by, ends_ms: endsMs };
      await tx.insertInto('operator_invitations').values(row).execute();
    });
  }

  invitation(codeHash: string, nowMs: number): Promise<StoredInvitation | undefined> {
    return this.#run((db) => readInvitation(db, codeHash, nowMs));
  }

  join(
    codeHash: string,
    operatorId: string,
    credential: Credential,
    nowMs: number,
  ): Promise<'joined' | 'unknown' | 'taken'> {
    return this.#transaction(async (tx) => {
      const invitation = await readInvitation(tx, codeHash, nowMs);
      if (invitation === undefined) return 'unknown';
      const { name, role } = invitation;
      const clash = await tx.selectFrom('operators').select('name').where('name_key', '=', nameKey(name)).execute();
      if (clash.length > 0) return 'taken';
      await tx.deleteFrom('operator_invitations').where('code_hash', '=', codeHash).execute();
      await tx
        .insertInto('operators')
        .values({ operator_id: operatorId, name, name_key: nameKey(name), role, since_ms: nowMs })
        .execute();
      await putCredential(tx, operatorId, credential);
      return 'joined';
    });
  }

  addCredential(operatorId: string, credential: Credential): Promise<void> {
    return this.#transaction((tx) => putCredential(tx, operatorId, credential));
  }

  password(operatorId: string): Promise<string | undefined> {
    return this.#run(async (db) => {
      const query = db.selectFrom('operator_passwords').select('hash').where('operator_id', '=', operatorId);
      return (await query.executeTakeFirst())?.hash;
    });
  }

  passkey(credentialId: string): Promise<StoredPasskey | undefined> {
    return this.#run(async (db) => {
      const query = db.selectFrom('operator_passkeys').selectAll().where('credential_id', '=', credentialId);
      const row = await query.executeTakeFirst();
      return row && toPasskey(row);
    });
  }

  passkeys(operatorId: string): Promise<StoredPasskey[]> {
    return this.#run(async (db) => {
      const query = db.selectFrom('operator_passkeys').selectAll().where('operator_id', '=', operatorId);
      return (await query.execute()).map(toPasskey);
    });
  }

  raiseCounter(credentialId: string, counter: number): Promise<boolean> {
    return this.#run(async (db) => {
      const done = await db
        .updateTable('operator_passkeys')
        .set({ counter })
        .where('credential_id', '=', credentialId)
        .where('counter', counter === 0 ? '=' : '<', counter)
        .executeTakeFirst();
      return done.numUpdatedRows === 1n;
    });
  }

  setRole(operatorId: string, role: OperatorRole): Promise<'done' | 'unknown' | 'last'> {
    return this.#transaction(async (tx) => {
      const outcome = await standing(tx, operatorId);
      if (outcome === 'unknown') return 'unknown';
      if (role !== 'lift' && outcome === 'only lifter') return 'last';
      await tx.updateTable('operators').set({ role }).where('operator_id', '=', operatorId).execute();
      await tx.deleteFrom('operator_sessions').where('operator_id', '=', operatorId).execute();
      return 'done';
    });
  }

  remove(operatorId: string): Promise<'done' | 'unknown' | 'last'> {
    return this.#transaction(async (tx) => {
      const outcome = await standing(tx, operatorId);
      if (outcome === 'unknown') return 'unknown';
      const { count } = await tx
        .selectFrom('operators')
        .select((is) => is.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (outcome === 'only lifter' && count > 1) return 'last';
      await tx.deleteFrom('operators').where('operator_id', '=', operatorId).execute();
      return 'done';
    });
  }

  addSession(tokenHash: string, operatorId: string, session: { lastMs: number; endsMs: number }): Promise<void> {
    const { lastMs, endsMs } = session;
    const row = { token_hash: tokenHash, operator_id: operatorId, last_ms: lastMs, ends_ms: endsMs };
    return this.#run(async (db) => void (await db.insertInto('operator_sessions').values(row).execute()));
  }

  session(tokenHash: string): Promise<StoredSession | undefined> {
    return this.#run(async (db) => {
      const row = await views(db)
        .innerJoin('operator_sessions as s', 's.operator_id', 'o.operator_id')
        .select(['s.last_ms', 's.ends_ms'])
        .where('s.token_hash', '=', tokenHash)
        .executeTakeFirst();
      return row && { operator: toView(row), lastMs: row.last_ms, endsMs: row.ends_ms };
    });
  }

  touchSession(tokenHash: string, lastMs: number): Promise<void> {
    return this.#run(async (db) => {
      const query = db.updateTable('operator_sessions').set({ last_ms: lastMs }).where('token_hash', '=', tokenHash);
      await query.execute();
    });
  }

  endSession(tokenHash: string): Promise<void> {
    return this.#run(
      async (db) => void (await db.deleteFrom('operator_sessions').where('token_hash', '=', tokenHash).execute()),
    );
  }

  sweep(nowMs: number, idleMs: number): Promise<void> {
    return this.#transaction(async (tx) => {
      await tx
        .deleteFrom('operator_sessions')
        .where((is) => is.or([is('ends_ms', '<=', nowMs), is('last_ms', '<=', idleMs)]))
        .execute();
      await tx.deleteFrom('operator_invitations').where('ends_ms', '<=', nowMs).execute();
    });
  }

  addAct(id: string, { atMs, by, what, about }: OperatorAct): Promise<void> {
    const row = { id, at_ms: atMs, by_name: by, what, about };
    return this.#run(async (db) => void (await db.insertInto('operator_acts').values(row).execute()));
  }

  acts(limit: number): Promise<OperatorAct[]> {
    return this.#run(async (db) => {
      const rows = await db.selectFrom('operator_acts').selectAll().orderBy('at_ms', 'desc').limit(limit).execute();
      return rows.map((row) => ({ atMs: row.at_ms, by: row.by_name, what: row.what, about: row.about }));
    });
  }
}

/** Operators with what they can sign in with. */
function views(db: Db) {
  return db.selectFrom('operators as o').select((is) => [
    'o.operator_id',
    'o.name',
    'o.role',
    'o.since_ms',
    is
      .selectFrom('operator_passwords as w')
      .whereRef('w.operator_id', '=', 'o.operator_id')
      .select((own) => own.fn.countAll<number>().as('n'))
      .as('passwords'),
    is
      .selectFrom('operator_passkeys as k')
      .whereRef('k.operator_id', '=', 'o.operator_id')
      .select((own) => own.fn.countAll<number>().as('n'))
      .as('passkeys'),
  ]);
}

interface ViewRow {
  readonly operator_id: string;
  readonly name: string;
  readonly role: string;
  readonly since_ms: number;
  readonly passwords: number | null;
  readonly passkeys: number | null;
}

function toView(row: ViewRow): OperatorView {
  return {
    operatorId: row.operator_id,
    name: row.name,
    role: row.role as OperatorRole,
    sinceMs: row.since_ms,
    hasPassword: (row.passwords ?? 0) > 0,
    passkeys: row.passkeys ?? 0,
  };
}

function toPasskey(row: OperatorTables['operator_passkeys']): StoredPasskey {
  return {
    credentialId: row.credential_id,
    operatorId: row.operator_id,
    rpId: row.rp_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports: row.transports === '' ? [] : row.transports.split(','),
  };
}

async function readInvitation(db: Db, codeHash: string, nowMs: number): Promise<StoredInvitation | undefined> {
  const row = await db
    .selectFrom('operator_invitations')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('ends_ms', '>', nowMs)
    .executeTakeFirst();
  return row && { name: row.name, role: row.role as OperatorRole, by: row.by_name, endsMs: row.ends_ms };
}

async function putCredential(tx: Db, operatorId: string, credential: Credential): Promise<void> {
  if (credential.kind === 'password') {
    const { hash } = credential;
    await tx
      .insertInto('operator_passwords')
      .values({ operator_id: operatorId, hash })
      .onConflict((clash) => clash.column('operator_id').doUpdateSet({ hash }))
      .execute();
    return;
  }
  const { credentialId, rpId, publicKey, counter, transports } = credential;
  await tx
    .insertInto('operator_passkeys')
    .values({
      credential_id: credentialId,
      operator_id: operatorId,
      rp_id: rpId,
      public_key: publicKey,
      counter,
      transports: transports.join(','),
    })
    .execute();
}

/** Whether an operator is the only one who may lift. */
async function standing(tx: Db, operatorId: string): Promise<'unknown' | 'only lifter' | 'one of them'> {
  const rows = await tx.selectFrom('operators').select(['operator_id', 'role']).execute();
  const mine = rows.find((row) => row.operator_id === operatorId);
  if (mine === undefined) return 'unknown';
  const others = rows.filter((row) => row.operator_id !== operatorId && row.role === 'lift');
  return mine.role === 'lift' && others.length === 0 ? 'only lifter' : 'one of them';
}
