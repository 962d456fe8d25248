/** The whole check of a relay's store, as `sealcam doctor` asks for it, whether or not a relay runs on the folder. Reads only. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fromBase64Url, homeId, SealcamError, toBase64Url, type HomeId } from '@sealcam/protocol';
import { decodeSignedRoster, verifyChain, type RosterEntry } from '@sealcam/home/verify';
import { checkWholly } from './check-store.ts';
import type { Tables } from './schema.ts';
import { asStoreError } from './sqlite.ts';

/**
 * Looks at every page, index and fact of `<data>/relay/relay.db`, and verifies every list of members from its first on.
 * @returns false where no relay has run on that folder
 * @throws {SealcamError} `store.corrupt`, and the store's other faults
 */
export async function checkStore(dataDir: string): Promise<boolean> {
  const file = join(dataDir, 'relay', 'relay.db');
  if (!existsSync(file)) return false;
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
    try {
      checkWholly(db);
      await checkChains(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw asStoreError(error);
  }
  return true;
}

/** A running relay does so for each home when it is first asked for it. */
async function checkChains(db: Database.Database): Promise<void> {
  const homes = db.prepare('select home_id, head_hash from homes where ended_ms is null').all() as Tables['homes'][];
  const rosters = db.prepare('select roster, hash from rosters where home_id = ? order by version');
  const members = db.prepare('select sig_pub, device_id from members where home_id = ?');
  for (const { home_id: home, head_hash: hash } of homes) {
    const chain = await chainOf(homeId(home), rosters.all(home) as Tables['rosters'][]);
    if (chain.at(-1)?.hash !== hash) throw new SealcamError('store.corrupt', 'the head of a home');
    const known = new Set(chain.flatMap(({ entries }) => entries.map(keyText)));
    // Those who were removed, too: by their key they are told so.
    for (const row of members.all(home) as Tables['members'][])
      if (!known.has(`${row.device_id}/${row.sig_pub}`)) throw new SealcamError('store.corrupt', 'a key of a member');
  }
}

interface Link {
  readonly hash: string;
  readonly entries: readonly RosterEntry[];
}

async function chainOf(home: HomeId, rows: readonly Tables['rosters'][]): Promise<Link[]> {
  try {
    const bytes = rows.map(({ roster }) => fromBase64Url(roster));
    await verifyChain(bytes, home);
    const links = bytes.map((each) => {
      const { body, roster } = decodeSignedRoster(each);
      return { hash: createHash('sha256').update(body).digest('hex'), entries: roster.entries };
    });
    if (links.every(({ hash }, n) => hash === rows[n]?.hash)) return links;
  } catch (error) {
    if (!(error instanceof SealcamError)) throw error;
  }
  throw new SealcamError('store.corrupt', 'the list of members of a home');
}

function keyText({ deviceId, sigPub }: RosterEntry): string {
  return `${deviceId}/${toBase64Url(sigPub)}`;
}
