/** The command as it is typed: real processes on real ports and folders, from the claim link to the exit code. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claim } from '../../../tests/harness/household.ts';

// Several processes start in each of these; on a loaded machine that takes its time.
vi.setConfig({ testTimeout: 120_000 });
const MAIN = join(import.meta.dirname, 'main.ts');
let folder: string;
let data: string;
const running: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-cli-'));
  data = join(folder, 'data');
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  await rm(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  /** Resolves with the match once standard output has it; rejects when the process ends without. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

function sealcam(...args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let out = '';
  let err = '';
  const look = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    for (const each of look) each();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  const seen = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((done, fail) => {
      const check = (): void => {
        const match = pattern.exec(out);
        if (match === null) return;
        look.delete(check);
        done(match);
      };
      look.add(check);
      check();
      void ended.then(() => fail(new Error(`it ended first: ${out}${err}`)));
    });
  return { child, seen, ended };
}

describe('sealcam up', () => {
  it('reaches the claim link, answers the other commands, and ends well on Ctrl-C', async () => {
    const up = sealcam('up', '--port', '0');
    const [, link = ''] = await up.seen(/(http:\/\/127\.0\.0\.1:\d+\/app#claim=\S+)/);
    const { origin } = new URL(link);
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect((await fetch(`${origin}/app`)).headers.get('content-type')).toContain('text/html');

    expect(await sealcam('status').ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('unclaimed') as string,
    });
    expect((await sealcam('home', 'code').ended).out).toContain('#claim=');
    expect((await sealcam('invite').ended).out.trim()).toMatch(/^\S{16,}$/);

    const second = await sealcam('up', '--port', '0').ended;
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining('(store.in-use)') as string });
    expect(second.err).not.toContain('    at ');

    const backup = await sealcam('backup', join(folder, 'home.tar.gz')).ended;
    expect(backup.code).toBe(0);

    up.child.kill('SIGINT');
    expect(await up.ended).toMatchObject({ code: 0 });
    expect((await sealcam('status').ended).code).toBe(1);
    expect((await sealcam('restore', join(folder, 'home.tar.gz'), '--overwrite').ended).code).toBe(0);
    expect(await readdir(folder)).toContain('data.before-restore');
  });

  it('is claimed, and after a reset claimed anew: the old home is over, the new one comes up', async () => {
    const up = sealcam('up', '--port', '0');
    const [, link = ''] = await up.seen(/(http:\S+#claim=\S+)/);
    const relay = new URL(link).origin.replace('http', 'ws');
    await claim(relay, link, 'Elm Street');
    await up.seen(/Elm Street is up/);
    expect((await sealcam('home', 'reset', '--yes').ended).code).toBe(0);
    const [, , next = ''] = await up.seen(/(#claim=)[^]*?Elm Street is up[^]*?(http:\S+#claim=\S+)/);
    await claim(relay, next, 'Oak Street');
    await up.seen(/Oak Street is up/);
    expect((await sealcam('status').ended).out).toContain('Oak Street: online');
    up.child.kill('SIGINT');
    expect((await up.ended).code).toBe(0);
  });

  it('writes its commented settings once, for its owner alone', async () => {
    const up = sealcam('up', '--port', '0', '--no-demo');
    await up.seen(/#claim=/);
    const path = join(data, 'sealcam.yaml');
    expect(await readFile(path, 'utf8')).toContain('#port: 8420');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    up.child.kill('SIGTERM');
    expect((await up.ended).code).toBe(0);
  });

  it('with --tls local serves HTTPS, and the page that explains it, nothing else, beside it', async () => {
    const up = sealcam('up', '--port', '0', '--host', '0.0.0.0', '--tls', 'local');
    const [, trustPort = ''] = await up.seen(/http:\/\/\S+?:(\d+)\n/);
    const [, port = ''] = await up.seen(/https:\/\/\S+?:(\d+)\/app#claim=/);
    const page = await fetch(`http://127.0.0.1:${trustPort}/`);
    expect(await page.text()).toContain(`https://127.0.0.1:${port}/display`);
    expect((await fetch(`http://127.0.0.1:${trustPort}/app`)).status).toBe(404);
    up.child.kill('SIGINT');
    expect((await up.ended).code).toBe(0);
  });
});

describe('what is in the way is told in words, with its code and exit code 1', () => {
  async function refused(code: string, ...args: string[]): Promise<void> {
    const outcome = await sealcam(...args).ended;
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain(`(${code})`);
    expect(outcome.err).not.toContain('    at ');
  }

  it('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    await refused('port.in-use', 'up', '--port', String((other.address() as AddressInfo).port));
    other.close();
  });

  it('a data folder that is a file', async () => {
    await writeFile(data, 'x');
    const outcome = await sealcam('up', '--port', '0').ended;
    expect(outcome.code).toBe(1);
    expect(outcome.err).not.toContain('    at ');
  });

  it('a data folder where none can be made, at once', async () => {
    data = '/proc/sealcam/data';
    const { code, err } = await sealcam('up', '--port', '0').ended;
    expect(code).toBe(1);
    expect(err).toMatch(/cannot be written\..*\(store\.read-only\)/);
  });

  it('a damaged database', async () => {
    const up = sealcam('up', '--port', '0');
    await up.seen(/#claim=/);
    up.child.kill('SIGINT');
    await up.ended;
    await writeFile(join(data, 'relay', 'relay.db'), Buffer.alloc(8192, 0x33));
    await refused('store.corrupt', 'up', '--port', '0');
  });

  it('settings that do not fit', async () => {
    await refused('config.invalid', 'up', '--relay', 'wss://relay.example');
    await refused('config.invalid', 'agent');
    await refused('config.invalid', 'up', '--tls', 'files');
    await refused('config.invalid', 'invite');
    await refused('home.offline', 'home', 'reset', '--yes');
  });
});
