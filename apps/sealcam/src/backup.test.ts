/** Backup and restore: one file with everything, taken while a database is written, and nothing put in place that is not whole. */
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectBackup, MANIFEST } from './backup-files.ts';
import { writeBackup } from './commands/backup.ts';
import { readBackup } from './commands/restore.ts';
import { startControl } from './control.ts';

let folder: string;
let data: string;
let file: string;
let database: Database.Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-backup-'));
  [data, file] = [join(folder, 'data'), join(folder, 'home.tar.gz')];
  await mkdir(join(data, 'agent'), { recursive: true });
  await mkdir(join(data, 'relay'));
  await writeFile(join(data, 'sealcam.yaml'), 'port: 9000\n');
  await writeFile(join(data, 'agent', 'identity'), randomBytes(96), { mode: 0o600 });
  database = new Database(join(data, 'relay', 'relay.db'));
  database.pragma('journal_mode = WAL');
  database.exec('create table ledger (seq integer primary key, body text)');
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const rows = (path: string): number => {
  const copy = new Database(path, { readonly: true });
  const { n } = copy.prepare('select count(*) as n from ledger').get() as { n: number };
  copy.close();
  return n;
};

describe('a backup', () => {
  it('comes back as it was, with what SQLite had only in its journal', async () => {
    for (let i = 0; i < 500; i += 1) database.prepare('insert into ledger (body) values (?)').run('x'.repeat(200));
    expect(await writeBackup(data, file, Date.now())).toBe(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const elsewhere = join(folder, 'elsewhere');
    expect(await readBackup(file, elsewhere, false)).toBeUndefined();
    expect(rows(join(elsewhere, 'relay', 'relay.db'))).toBe(500);
    expect(await readFile(join(elsewhere, 'agent', 'identity'))).toEqual(
      await readFile(join(data, 'agent', 'identity')),
    );
    expect((await readdir(elsewhere, { recursive: true })).sort()).toEqual([
      'agent',
      'agent/identity',
      'relay',
      'relay/relay.db',
      'sealcam.yaml',
    ]);
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o700);
    expect((await stat(join(elsewhere, 'agent', 'identity'))).mode & 0o777).toBe(0o600);
  });

  it('is of one moment while another connection writes on', async () => {
    const insert = database.prepare('insert into ledger (body) values (?)');
    const pair = database.transaction(() => void (insert.run('a'), insert.run('b')));
    const writing = setInterval(() => pair(), 1);
    await writeBackup(data, file, Date.now());
    clearInterval(writing);
    await readBackup(file, join(folder, 'copy'), false);
    expect(rows(join(folder, 'copy', 'relay', 'relay.db')) % 2).toBe(0);
  });

  it('leaves sockets, locks and half-written files out', async () => {
    for (const name of ['agent/lock', 'agent/state.new', 'relay/lock.db']) await writeFile(join(data, name), 'x');
    expect(await writeBackup(data, file, Date.now())).toBe(3);
  });

  it('of a damaged database is refused rather than written', async () => {
    const page = Buffer.alloc(4096, 0x5a);
    for (let i = 0; i < 50; i += 1) database.prepare('insert into ledger (body) values (?)').run('x'.repeat(900));
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    const path = join(data, 'relay', 'relay.db');
    const bytes = await readFile(path);
    page.copy(bytes, 8192);
    await writeFile(path, bytes);
    await expect(writeBackup(data, file, Date.now())).rejects.toMatchObject({ code: /corrupt/i });
    expect(await readdir(folder)).toEqual(['data']);
  });

  it('never takes the place of a file, and needs something to hold', async () => {
    await writeFile(file, 'mine');
    await expect(writeBackup(data, file, Date.now())).rejects.toMatchObject({ code: 'config.invalid' });
    await expect(writeBackup(join(folder, 'no'), `${file}.2`, Date.now())).rejects.toMatchObject({
      code: 'config.invalid',
    });
  });
});

describe('a restore', () => {
  it('refuses a folder that is not empty, or puts it aside when told', async () => {
    await writeBackup(data, file, Date.now());
    await expect(readBackup(file, data, false)).rejects.toMatchObject({ code: 'config.invalid' });
    await writeFile(join(data, 'agent', 'identity'), 'changed since');
    const kept = await readBackup(file, data, true);
    expect(await readFile(join(kept ?? '', 'agent', 'identity'), 'utf8')).toBe('changed since');
    expect((await readFile(join(data, 'agent', 'identity'))).length).toBe(96);
  });

  it('refuses while a Sealcam runs on the folder', async () => {
    await writeBackup(data, file, Date.now());
    const end = await startControl(data, { command: 'up' });
    await expect(readBackup(file, data, true)).rejects.toMatchObject({ code: 'store.in-use' });
    await end();
  });

  it('refuses every truncated or altered file and leaves the folder as it was', async () => {
    await writeBackup(data, file, Date.now());
    const whole = await readFile(file);
    for (let i = 0; i < 40; i += 1) {
      const at = Math.floor((i / 40) * whole.length);
      const altered =
        i % 2 === 0 ? whole.subarray(0, at) : Buffer.from(whole.map((byte, n) => (n === at ? byte ^ 0x41 : byte)));
      await writeFile(`${file}.bad`, altered);
      const target = join(folder, 'target');
      const outcome = await readBackup(`${file}.bad`, target, false).then(
        () => 'restored',
        (error: unknown) => (error as { code: string }).code,
      );
      // A flipped bit in gzip's own header (its time stamp) changes nothing that it holds.
      if (outcome === 'restored') expect(await readFile(join(target, 'sealcam.yaml'), 'utf8')).toBe('port: 9000\n');
      else expect(outcome).toBe('store.corrupt');
      await rm(target, { recursive: true, force: true });
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('.sealcam'))).toEqual([]);
  });

  it('takes no link out of an archive, and no file that the manifest does not name', async () => {
    const trap = join(folder, 'trap');
    await collectBackup(data, trap, Date.now());
    await symlink('/etc/passwd', join(trap, 'agent', 'link'));
    await create({ gzip: true, file, cwd: trap }, ['.']);
    await readBackup(file, join(folder, 'one'), false);
    expect(await readdir(join(folder, 'one', 'agent'))).toEqual(['identity']);

    await rm(join(trap, 'agent', 'link'));
    await writeFile(join(trap, 'agent', 'extra'), 'x');
    await create({ gzip: true, file, cwd: trap }, ['.']);
    await expect(readBackup(file, join(folder, 'two'), false)).rejects.toMatchObject({ code: 'store.corrupt' });
  });

  it('of a newer Sealcam, by its own format or by what is in it, is refused as such and put nowhere', async () => {
    const inner = join(folder, 'inner');
    const manifest = await collectBackup(data, inner, Date.now());
    await writeFile(join(inner, MANIFEST), JSON.stringify({ ...manifest, format: manifest.format + 1 }));
    await create({ gzip: true, file, cwd: inner }, ['.']);
    await expect(readBackup(file, join(folder, 'x'), false)).rejects.toMatchObject({ code: 'store.newer' });

    database.exec(`create table meta (name text, value text); insert into meta values ('schema', '4711')`);
    await writeBackup(data, `${file}.2`, Date.now());
    await expect(readBackup(`${file}.2`, join(folder, 'x'), false)).rejects.toMatchObject({ code: 'store.newer' });
    await expect(stat(join(folder, 'x'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves out what is kept of an older version beside the files of today', async () => {
    await writeFile(join(data, 'agent', 'home.before-2'), 'old');
    await writeFile(join(data, 'relay', 'relay.db.before-2'), 'old');
    expect((await collectBackup(data, join(folder, 'inner'), Date.now())).files).toHaveLength(3);
  });

  it('of something else says that it is no backup', async () => {
    await writeFile(file, 'hello');
    await expect(readBackup(file, join(folder, 'x'), false)).rejects.toMatchObject({ code: 'store.corrupt' });
    await expect(readBackup(join(folder, 'nothing'), join(folder, 'x'), false)).rejects.toMatchObject({
      code: 'config.invalid',
    });
    await chmod(folder, 0o700);
  });
});
