/** The operator page of a relay that was restored from an older copy: what is missing, and who may put it back. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRelay } from '@sealcam/relay';
import { expect, it } from 'vitest';
import { folderFor, kept } from '../harness/cleanup.ts';
import { operatorOf } from '../harness/operator.ts';

const ID = 'ab'.repeat(16);

it('is told what is missing, and whoever may suspend puts it back', async () => {
  const dataDir = await folderFor('restored');
  await mkdir(join(dataDir, 'relay'));
  const suspension = {
    ...{ id: ID, target: { width: 'partner', partner: 'google' }, cause: 'operator' },
    ...{ by: 'Ada', reason: 'strangers reported', atMs: 1_795_000_000_000 },
  };
  await writeFile(join(dataDir, 'relay', 'suspensions.log'), `${JSON.stringify({ v: 1, suspension })}\n{ half a li`);
  const witness = { v: 1, seq: 1204, hash: 'cd'.repeat(32), atMs: 1_795_000_060_000 };
  await writeFile(join(dataDir, 'relay', 'witness.json'), JSON.stringify(witness));
  const relay = kept(await startRelay({ host: '127.0.0.1', port: 0, dataDir, open: true, operator: true }));
  const looks = await operatorOf(relay, 'Bo', 'look');
  const suspends = await operatorOf(relay, 'Grace', 'suspend');

  expect((await looks.ask('suspensions')).data).toMatchObject({
    active: [],
    missing: {
      words: [
        expect.stringContaining('(1204 rows of the ledger)'),
        expect.stringContaining('One suspension may be missing'),
      ],
      suspensions: [{ id: ID, by: 'Ada' }],
    },
  });
  expect(await looks.ask('put-back')).toMatchObject({ code: 'operator.role' });
  expect(await suspends.ask('put-back')).toMatchObject({ status: 200 });
  expect((await suspends.ask('suspensions')).data).toMatchObject({
    active: [{ id: ID, by: 'Ada', reason: 'strangers reported', atMs: suspension.atMs }],
    missing: { words: [expect.stringContaining('This relay was restored')], suspensions: [] },
  });
});
