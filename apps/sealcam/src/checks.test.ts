/** What the doctor finds, on real ports, folders and clocks. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@sealcam/agent';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { CHECKS, type Finding } from './checks.ts';
import { startControl } from './control.ts';
import { listen } from './listen.ts';
import { judgedSettings } from './running-check.ts';
import { askRunning } from './running.ts';
import { mergeSettings } from './settings.ts';

let data: string;
const servers: Server[] = [];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sealcam-doctor-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(data, { recursive: true });
});

async function look(
  name: keyof typeof CHECKS,
  typed: readonly string[] = [],
  now = new Date(),
): Promise<readonly Finding[]> {
  const own = mergeSettings(parseArguments(['--data', data, ...typed], []).flags);
  const asked = await askRunning(own.data);
  const settings = judgedSettings(asked, own);
  return CHECKS[name]!({ asked, settings, own, settingsFile: join(data, 'sealcam.yaml'), now });
}

async function serve(date?: Date): Promise<number> {
  const server = createServer((_request, response) => {
    if (date !== undefined) response.setHeader('date', date.toUTCString());
    response.end('ok');
  });
  servers.push(server);
  return listen(server, 0, '127.0.0.1');
}

describe('the doctor', () => {
  it('sees a port that is taken, and one that Sealcam itself has', async () => {
    const port = await serve();
    expect(await look('port', ['--port', String(port)])).toMatchObject([{ verdict: 'wrong' }]);
    const end = await startControl(data, { command: 'up' });
    expect(await look('port', ['--port', String(port)])).toMatchObject([{ verdict: 'well' }]);
    await end();
  });

  it('sees a data folder that is open to others, and one that is a file', async () => {
    expect(await look('data')).toMatchObject([{ verdict: 'well' }]);
    await chmod(data, 0o755);
    expect(await look('data')).toMatchObject([{ verdict: 'mind' }]);
    await writeFile(join(data, 'file'), '');
    expect(await look('data', ['--data', join(data, 'file')])).toMatchObject([{ verdict: 'wrong' }]);
  });

  it('asks for TLS where other machines shall see pictures', async () => {
    expect(await look('certificate')).toMatchObject([{ verdict: 'well' }]);
    expect(await look('certificate', ['--host', '0.0.0.0'])).toMatchObject([{ verdict: 'wrong' }]);
    expect(await look('certificate', ['--host', '0.0.0.0', '--tls', 'local'])).toMatchObject([{ verdict: 'mind' }]);
  });

  it('asks for the address of a proxy that has the certificate, without which all who come through it count as one', async () => {
    expect(await look('proxy')).toMatchObject([{ verdict: 'well' }]);
    const behind = ['--url', 'https://cams.example'];
    expect(await look('proxy', behind)).toMatchObject([{ verdict: 'mind' }]);
    expect(await look('proxy', [...behind, '--proxy', '127.0.0.1'])).toMatchObject([{ verdict: 'well' }]);
  });

  it('sees a clock that is wrong by itself or beside the relay’s', async () => {
    expect(await look('clock', [], new Date(0))).toMatchObject([{ verdict: 'wrong' }]);
    const early = await serve(new Date(Date.now() - 3_600_000));
    expect(await look('clock', ['--relay', `ws://127.0.0.1:${early}`])).toMatchObject([{ verdict: 'wrong' }]);
    const right = await serve();
    expect(await look('clock', ['--relay', `ws://127.0.0.1:${right}`])).toMatchObject([{ verdict: 'well' }]);
  });

  it('says the versions of all parts, what the next start does with old ones, and what newer ones need', async () => {
    const said = async (): Promise<string> =>
      (await look('versions')).map(({ verdict, words }) => `${verdict} ${words}`).join('\n');
    expect(await said()).toMatch(/well sealcam \d+\.\d+\.\d+, node 24\S*, protocol \d+\.\nwell relay store: none yet/);

    await mkdir(join(data, 'relay'));
    const db = new Database(join(data, 'relay', 'relay.db'));
    db.exec(`create table meta (name text primary key, value text); insert into meta values ('schema', '1')`);
    expect(await said()).toMatch(/mind relay store: relay\.db version 1 of \d+\. .*Make a backup first\./);
    db.exec(`update meta set value = '4711'`);
    db.close();
    expect(await said()).toMatch(/wrong relay store: A newer Sealcam wrote this data.*\(store\.newer\)/);

    const agent = await startAgent({
      ...{ dataDir: join(data, 'agent'), relayUrl: 'ws://127.0.0.1:9', pagesUrl: 'http://x', demo: false },
      logger: pino({ level: 'silent' }),
    });
    await agent.close();
    expect(await said()).toMatch(/well agent files: home version \d+, identity version 1, secrets\.key version 1\./);
    expect(await said()).toMatch(/(well|mind) pages: /);
  });

  it('says of what runs whether it is of this version, also where it is too old to say', async () => {
    const end = await startControl(data, { command: 'up' });
    expect(await look('versions')).toContainEqual({
      verdict: 'well',
      words: expect.stringMatching(/^running: sealcam up, \d+\.\d+\.\d+ protocol \d+\.$/u) as string,
    });
    await end();
    const old = createSocketServer((socket) =>
      socket.once('data', (line) =>
        socket.end(`${JSON.stringify(String(line) === 'who\n' ? { ok: 'up' } : { no: 'cannot do that' })}\n`),
      ),
    );
    await new Promise<void>((done) => old.listen(join(data, 'sealcam.sock'), done));
    expect(await look('versions')).toContainEqual({
      verdict: 'mind',
      words: 'running: sealcam up, older than this one. Restart it to have this one.',
    });
    old.close();
  });

  it('says a word about everything else', async () => {
    for (const name of ['node', 'settings', 'disk', 'ffmpeg'] as const) {
      for (const finding of await look(name)) expect(finding.words.length).toBeGreaterThan(3);
    }
  });
});
