import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { House, Lab } from '../../apps/relay/test/house.ts';
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

describe('sealcam ledger, exposure and notices', () => {
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

  it('say what each home would be told, and tell nobody', async () => {
    const data = await folder();
    const lab = new Lab();
    onEnd(() => lab.end());
    const before = await lab.relay({ dataDir: data });
    await (await House.build(lab, before)).ready();
    const question = { fromMs: 0, toMs: Date.now() + 3_600_000, of: { route: 'sealed' } };
    const { batch } = await before.notices.prepare({ question, words: { todo: 'Call us.' }, by: 'Ada' });
    await before.close();
    const relay = await running(data);
    const about = ['notices', '--route', 'sealed'];
    const shown = await asked(data, ...about, '--did', 'We counted twice.');
    expect(shown).toMatchObject({ code: 0, err: expect.stringContaining('Nobody was told') });
    expect(shown.out).toMatch(/^1 home \((could-have-been|not-affected)\): A mix-up .*\n[^]*We counted twice\.\n/);
    const file = join(data, 'notices.json');
    expect(await asked(data, ...about, '--json', file)).toMatchObject({ code: 0, out: `${file}\n` });
    const written = JSON.parse(await readFile(file, 'utf8')) as { notices: { homeId: string }[] };
    expect(written).toMatchObject({ question: { of: { route: 'sealed' } } });
    expect(written.notices.map(({ homeId }) => homeId)).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    const lines = (await asked(data, ...about, '--csv', '-')).out.split('\r\n');
    expect(lines.map((line) => line.split(',')[0])).toEqual(['home', written.notices[0]?.homeId, '']);
    // Nothing was kept by any of this: only those are there that somebody prepared.
    const listed = await asked(data, 'notices');
    expect(listed.out).toMatch(
      /^[0-9a-f]{32} {2}prepared \S+ by Ada: 0 was, \d could-have-been, \d not-affected; not delivered\n$/,
    );
    expect((await asked(data, 'notices', batch.id)).out).toMatch(/by Ada[^]*1 home \([^]*Call us\.\n$/);
    expect((await asked(data, 'notices', 'a'.repeat(32))).err).toContain('No such notices');
    expect((await asked(data, 'notices', '--did', 'x')).err).toContain('Say of what');
    expect((await asked(data, ...about, '--did', ' ')).err).toContain('A text of 1 to 1000 characters');
    await relay.end('SIGTERM');
    expect(await asked(data, ...about)).toMatchObject({ code: 0, out: expect.stringContaining('1 home (') });
    expect((await asked(data, 'notices')).err).toContain('No relay runs');
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
