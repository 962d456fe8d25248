/** A data folder is refused as a whole where any part of it is from a newer Sealcam. */
import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';
import { relay } from './commands/relay.ts';
import { up } from './commands/up.ts';
import { refuseNewer } from './formats.ts';
import { systemTerminal } from './terminal.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sealcam-formats-'));
  mkdirSync(join(data, 'agent'));
  mkdirSync(join(data, 'relay'));
});
afterEach(() => rmSync(data, { recursive: true }));

const home = (): string => join(data, 'agent', 'home');

function writeHome(version: number): void {
  const text = JSON.stringify({ version, epoch: 1, cameras: [], demoRemoved: true, endings: [] });
  writeFileSync(home(), `${createHash('sha256').update(text).digest('hex')}\n${text}`);
}

function writeStore(schema: string): void {
  const db = new Database(join(data, 'relay', 'relay.db'));
  db.exec(`create table meta (name text primary key, value text not null)`);
  db.prepare(`insert into meta values ('schema', ?)`).run(schema);
  db.close();
}

/** What `sealcam <typed>` says to whoever typed it. */
async function said(...typed: string[]): Promise<string> {
  const lines: string[] = [];
  const terminal = { ...systemTerminal, note: (line: string) => void lines.push(line) };
  expect(await runCommand([up, relay], [...typed, '--data', data, '--port', '0'], {}, terminal)).toBe(1);
  return lines.join('\n');
}

describe('a data folder', () => {
  it('whose agent was a newer one is refused before the relay’s store is brought to today’s version', async () => {
    writeHome(99);
    writeStore('1');
    const before = [readFileSync(home()), readFileSync(join(data, 'relay', 'relay.db'))];
    expect(await said('up')).toMatch(/A newer Sealcam wrote this data, and nothing in it was changed.*store\.newer/);
    expect([readFileSync(home()), readFileSync(join(data, 'relay', 'relay.db'))]).toEqual(before);
  });

  it('whose relay was a newer one is refused before the agent’s files are', async () => {
    writeHome(1);
    writeStore('99');
    const before = readFileSync(home());
    expect(await said('up')).toContain('store.newer');
    expect(await said('relay')).toContain('store.newer');
    expect(readFileSync(home())).toEqual(before);
  });

  it('that is damaged is left to the part that reads it', () => {
    writeHome(1);
    writeFileSync(home(), 'not what was written');
    writeFileSync(join(data, 'relay', 'relay.db'), 'no database at all'.repeat(100));
    expect(() => refuseNewer(data)).not.toThrow();
  });
});
