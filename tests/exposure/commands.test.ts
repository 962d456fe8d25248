import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { folderFor, onEnd } from '../harness/cleanup.ts';
import { sealcam, type Child } from '../harness/child.ts';

const folder = (): Promise<string> => folderFor('exposure');

/** A relay with one home and its demo camera, in a process of its own. */
async function running(data: string): Promise<Child> {
  const child = sealcam(data, 'up', '--port', '0', '--host', '127.0.0.1', '--log', 'error');
  onEnd(() => child.end());
  await child.seen(/http/);
  return child;
}

const asked = async (data: string, ...typed: string[]): Promise<{ code: number | null; out: string; err: string }> =>
  await sealcam(data, ...typed).ended;

describe('sealcam ledger and sealcam exposure', () => {
  it('read beside a relay that runs, and on its folder when it has stopped', async () => {
    const data = await folder();
    const relay = await running(data);
    expect(await asked(data, 'ledger', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('is whole') });
    const report = join(data, 'report.json');
    expect(await asked(data, 'exposure', '--route', 'sealed', '--json', report)).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({
      rows: [],
      question: { of: { route: 'sealed' } },
    });
    await relay.end('SIGTERM');
    const words = await asked(data, 'exposure', '--pair', 'xiaomi,hub');
    expect(words).toMatchObject({ code: 0, out: expect.stringContaining('0 homes had both') });
    expect(await asked(data, 'ledger', 'verify')).toMatchObject({ code: 0 });
  });

  it('says which row was changed, with exit code 1', async () => {
    const data = await folder();
    await (await running(data)).end('SIGTERM');
    const db = new Database(join(data, 'relay', 'relay.db'));
    db.exec('drop trigger ledger_no_update');
    db.exec(`insert into ledger select 1, 1, 'open', 'h', 'd', 'c', 0, 'sealed', 's', '', null, null, null, 1, 1, 0, 0, null, '${'0'.repeat(64)}', 'x' where not exists (select 1 from ledger)`); // prettier-ignore
    db.exec('update ledger set units = 77 where seq = 1');
    db.close();
    expect(await asked(data, 'ledger', 'verify')).toMatchObject({ code: 1, out: 'Row 1 was changed.\n' });
  });

  it('says what to do where nothing has run', async () => {
    expect((await asked(await folder(), 'ledger', 'verify')).err).toContain('No relay has run');
  });
});
