/** What the process on a data folder tells of itself, and what doctor makes of an answer that is none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { startControl } from './control.ts';
import { checkRunning, judgedSettings } from './running-check.ts';
import { askRunning, differences, runningActs } from './running.ts';
import { mergeSettings, type Settings } from './settings.ts';

let data: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sealcam-running-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(data, { recursive: true });
});

const given = (...typed: string[]): Settings => mergeSettings(parseArguments(['--data', data, ...typed], []).flags);

async function run(command: string, settings: Settings, port?: number): Promise<void> {
  const now = () => ({ reach: { from: 'machine', addresses: [] } as const, ...(port !== undefined && { port }) });
  const acts = runningActs(command, { settings, settingsFile: join(data, 'sealcam.yaml') }, now);
  ends.push(await startControl(data, { command, acts }));
}

/** Something that answers each line on the control socket with what is given. */
async function answering(say: (line: string) => string): Promise<void> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').once('data', (line: string) => socket.end(`${say(line.trimEnd())}\n`));
  });
  await new Promise<void>((done) => server.listen(join(data, 'sealcam.sock'), done));
  ends.push(() => new Promise((done) => void server.close(() => done())));
}

const told = (value: unknown) => (line: string) => JSON.stringify({ ok: line === 'who' ? 'up' : value });

describe('the process that runs', () => {
  it('tells its settings as it runs, with the port that it got and paths that are whole', async () => {
    await run('up', given('--port', '0', '--tls', 'files', '--tls-key', 'key.pem', '--no-demo'), 9000);
    const asked = await askRunning(data);
    expect(asked).toMatchObject({
      at: 'told',
      running: {
        command: 'up',
        pid: process.pid,
        settings: { port: 9000, demo: false, 'tls-key': resolve('key.pem') },
      },
    });
    const settings = judgedSettings(asked, given());
    expect([settings.port, settings.tls, settings.data]).toEqual([9000, 'files', data]);
  });

  it('tells no secret', async () => {
    const secrets = ['--invite', 'one-use-code-of-a-home', '--metrics-token', 'a bearer of some length'];
    let said = '';
    const acts = runningActs('up', { settings: given(...secrets), settingsFile: '' }, () => ({
      reach: { from: 'machine', addresses: [] },
    }));
    for (const act of Object.values(acts)) said += JSON.stringify(await act(null));
    expect(said).toContain('"port":8420');
    expect(said).not.toMatch(/one-use-code|bearer|invite|metrics-token/u);
  });

  it('of before this question is said to be older, and doctor’s own settings are judged', async () => {
    await answering((line) =>
      JSON.stringify(line === 'who' ? { ok: 'up' } : { code: 'command.refused', no: 'cannot' }),
    );
    const asked = await askRunning(data);
    expect(asked).toEqual({ at: 'older', command: 'up' });
    expect(judgedSettings(asked, given('--port', '9'))).toEqual(given('--port', '9'));
    expect(checkRunning(asked, given())).toMatchObject([
      {
        verdict: 'mind',
        words: expect.stringMatching(/too old to tell its settings\. Judged by these flags/u) as string,
      },
    ]);
  });

  it.each([
    ['nothing of ours', told(7)],
    ['null', () => 'null'],
    ['no JSON', () => 'HTTP/1.1 400 Bad Request'],
    [
      'settings of no kind',
      told({ command: 'up', pid: 1, sinceMs: 1, settings: { port: 'x' }, settingsFile: '', reach: '{}' }),
    ],
    [
      'a time that is none',
      told({ command: 'up', pid: 1, sinceMs: 1e300, settings: {}, settingsFile: '', reach: '{}' }),
    ],
  ])('that answers %s needs help, and doctor goes on', async (_, say) => {
    await answering(say);
    const asked = await askRunning(data);
    expect(asked.at).toBe('mute');
    expect(checkRunning(asked, given())).toMatchObject([{ verdict: 'wrong' }]);
  });

  it('may answer anything: it is understood, or it is mute in our words', async () => {
    let answer = '';
    await answering((line) => (line === 'who' ? '{"ok":"up"}' : answer));
    const value = fc.oneof(
      fc.json(),
      fc
        .record({ ok: fc.object({ key: fc.constantFrom('command', 'settings', 'pid') }) })
        .map((each) => JSON.stringify(each)),
    );
    await fc.assert(
      fc.asyncProperty(value, async (text) => {
        answer = text;
        const asked = await askRunning(data);
        if (asked.at === 'mute') expect(asked.why).not.toContain('(internal)');
      }),
      { numRuns: 200 },
    );
  });
});

describe('settings that differ', () => {
  it('are said in one line, each as it is there and here', () => {
    const running = given('--host', '0.0.0.0', '--port', '9000', '--tls', 'local', '--url', 'https://cams.example');
    const reach = { from: 'machine', addresses: [] } as const;
    const process = { command: 'up', pid: 7, sinceMs: 0, settings: running, settingsFile: '', reach };
    const [first, second, ...more] = checkRunning({ at: 'told', running: process }, given());
    expect(first?.words).toBe('sealcam up, process 7, since 1970-01-01T00:00:00.000Z. Judged by its settings.');
    expect(second?.words).toContain('It runs with host 0.0.0.0, port 9000, tls local, url https://cams.example;');
    expect(second?.words).toMatch(/has host 127\.0\.0\.1, port 8420, tls none, no url\.$/u);
    expect(more).toEqual([]);
  });

  it('are not those that are the same otherwise spelled, nor a port that the system chooses', () => {
    expect(
      differences(given('--trust', resolve('ca.pem'), '--port', '9'), given('--trust', 'ca.pem', '--port', '0')),
    ).toEqual([]);
  });
});
