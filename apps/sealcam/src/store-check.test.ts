/** What the doctor finds in a relay's store that SQLite itself, or a start, would go past. */
import { startRelay } from '@sealcam/relay';
import Database from 'better-sqlite3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkRelayStore } from './store-check.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sealcam-store-'));
});
afterEach(() => rm(data, { recursive: true }));

const start = () => startRelay({ host: '127.0.0.1', port: 0, dataDir: data, open: true });

it('a folder without a relay, a whole store beside a stopped relay', async () => {
  expect(await checkRelayStore(data)).toMatchObject([{ verdict: 'well' }]);
  await (await start()).close();
  expect(await checkRelayStore(data)).toEqual([
    { verdict: 'well', words: 'The ledger is whole: 0 rows, 0 signed checkpoints agree.' },
  ]);
});

it('a suspension that names another display now: what to do is said', async () => {
  const relay = await start();
  const target = { width: 'partner', partner: 'google' } as const;
  await relay.suspensions.suspend({ target, cause: 'operator', by: 'Ada', reason: 'strangers' });
  await relay.close();
  const db = new Database(join(data, 'relay', 'relay.db'));
  db.prepare("update suspensions set target_key = 'partner/goofle'").run();
  db.close();
  const [finding] = await checkRelayStore(data);
  expect(finding?.verdict).toBe('wrong');
  expect(finding?.words).toMatch(
    /^The data folder is damaged\. Restore a backup\..*sealcam restore <file> --overwrite/,
  );
});
