/**
 * The bootstrap, run as it is by a real node and a real npm, in a small checkout without dependencies (so that no network is
 * needed). That Node 24 itself is fetched is what a bare clone in CI shows, each time.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sealcam-boot-'));
  for (const folder of ['tools', 'apps/sealcam/src', 'part']) await mkdir(join(root, folder), { recursive: true });
  await copyFile(join(import.meta.dirname, 'bootstrap.mjs'), join(root, 'tools', 'bootstrap.mjs'));
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ name: 'small', private: true, type: 'module', workspaces: ['part'] }),
  );
  await writeFile(join(root, 'part', 'package.json'), JSON.stringify({ name: 'part', version: '1.0.0' }));
  const packages = {
    '': { name: 'small', workspaces: ['part'] },
    part: { version: '1.0.0' },
    'node_modules/part': { resolved: 'part', link: true },
  };
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({ name: 'small', lockfileVersion: 3, requires: true, packages }),
  );
  const show =
    'console.log(JSON.stringify({ ran: import.meta.filename.split(/[\\\\/]/).at(-1), args: process.argv.slice(2) }));';
  await writeFile(join(root, 'apps/sealcam/src/main.ts'), `${show} process.exitCode = 7;`);
  await writeFile(join(root, 'tools/check.ts'), show);
});
afterEach(() => rm(root, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bootstrap(...args: string[]): Promise<Outcome> {
  // The tests themselves were started by a bootstrap, whose cache is not this checkout's.
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(root, 'tools', 'bootstrap.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, out, err }));
  });
}

const exists = (path: string): Promise<boolean> =>
  stat(join(root, path)).then(
    () => true,
    () => false,
  );

describe('the bootstrap', () => {
  it('installs once, then runs the command with its words and exit code, and keeps standard output for it', async () => {
    const first = await bootstrap('up', '--port', '1');
    expect(first).toMatchObject({ code: 7, out: '{"ran":"main.ts","args":["up","--port","1"]}\n' });
    expect(first.err).toContain('Installing packages');
    const second = await bootstrap('status');
    expect(second.err).toBe('');
    expect(second.out).toContain('"args":["status"]');
  });

  it('keeps what was compiled beside the Node of the checkout, for the next start and for what it starts', async () => {
    await writeFile(
      join(root, 'tools/check.ts'),
      `import { getCompileCacheDir } from 'node:module';
       console.log(JSON.stringify([getCompileCacheDir(), process.env.NODE_COMPILE_CACHE]));`,
    );
    const [used = '', handedOn] = JSON.parse((await bootstrap(':check')).out) as string[];
    expect(used.startsWith(join(root, '.node', 'compile-cache'))).toBe(true);
    expect(handedOn).toBe(join(root, '.node', 'compile-cache'));
  });

  it('runs a task of the checkout without its name', async () => {
    expect(await bootstrap(':check', '--fix')).toMatchObject({ code: 0, out: '{"ran":"check.ts","args":["--fix"]}\n' });
    // The small checkout has no folder of that name.
    const absent = await bootstrap(':bench');
    expect(absent.code).toBe(1);
    expect(absent.err).toContain('not part of this version');
  });

  it('installs again after an install that was cut off', async () => {
    await bootstrap('up');
    await rm(join(root, 'node_modules', '.package-lock.json'));
    await rm(join(root, 'node_modules', 'part'));
    expect((await bootstrap('up')).err).toContain('Installing packages');
    expect(await exists('node_modules/part')).toBe(true);
  });

  it('started twice at once installs once', async () => {
    const both = await Promise.all([bootstrap('up'), bootstrap('up')]);
    expect(both.map(({ code }) => code)).toEqual([7, 7]);
    expect(both.filter(({ err }) => err.includes('Installing packages: done'))).toHaveLength(1);
    expect(await exists('.bootstrap.lock')).toBe(false);
  });

  it('takes over the lock of a process that is dead', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((done) => gone.once('close', done));
    await writeFile(join(root, '.bootstrap.lock'), `${gone.pid ?? 0}\n`);
    expect((await bootstrap('up')).code).toBe(7);
  });

  it('ends what it runs when the npm above it is ended', async () => {
    await writeFile(
      join(root, 'apps/sealcam/src/main.ts'),
      "process.on('SIGTERM', () => { console.log('told'); process.exit(0); }); console.log('up'); setInterval(() => {}, 1000);",
    );
    // As npm does it: a shell in between, which is terminated and tells nobody.
    const shell = spawn('sh', ['-c', `"${process.execPath}" tools/bootstrap.mjs up; :`], {
      cwd: root,
      env: { ...process.env, npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    await new Promise<void>((done) => {
      shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk;
        if (out === 'up\n') shell.kill('SIGTERM');
      });
      shell.stdout.once('close', done);
    });
    expect(out).toBe('up\ntold\n');
  });

  it('says what npm said where it does not succeed, without a stack of its own', async () => {
    await writeFile(join(root, 'package-lock.json'), '{}');
    const outcome = await bootstrap('up');
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('npm ci did not succeed');
    expect(outcome.err).not.toContain('bootstrap.mjs:');
  });
});
