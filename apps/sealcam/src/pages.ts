/** The web pages, built by Vite when their sources are newer than what is built. */
import { SealcamError } from '@sealcam/protocol';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Terminal } from './terminal.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const WEB = join(ROOT, 'apps', 'web');
const SOURCES = [WEB, ...['protocol', 'media', 'seal', 'home', 'player'].map((name) => join(ROOT, 'packages', name))];
const STAMP = '.sources';

/** @returns the folder of the built pages, which belong to the sources as they are */
export async function ensurePages(terminal: Terminal, force = false): Promise<string> {
  const built = join(WEB, 'dist');
  const wanted = await hashSources();
  if (!force && (await readFile(join(built, STAMP), 'utf8').catch(() => '')) === wanted) return built;
  const progress = terminal.progress('Building the pages');
  // Aside, then by rename: who looks on meanwhile sees the old pages or the new ones, whole.
  const half = join(WEB, `dist.${process.pid}`);
  try {
    await runVite(half);
    await writeFile(join(half, STAMP), wanted);
    await rm(built, { recursive: true, force: true });
    await rename(half, built);
    progress.done();
  } catch (error) {
    progress.done('failed');
    await rm(half, { recursive: true, force: true });
    throw error;
  }
  return built;
}

/** Which sources the built pages are of, and which they would be of now: hashes. */
export async function pagesBuild(): Promise<{ readonly built: string | undefined; readonly wanted: string }> {
  const built = await readFile(join(WEB, 'dist', STAMP), 'utf8').catch(() => undefined);
  return { built, wanted: await hashSources() };
}

/** A process of its own: what the builder needs of memory goes when it ends. */
async function runVite(outDir: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'], {
    cwd: WEB,
    // A test run says `test`, which builds pages for developers: larger, with the names of source files in them.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-8000)));
  }
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  if (code !== 0) throw new SealcamError('internal', `the pages could not be built.\n${said.trim()}`);
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(ROOT, 'package-lock.json')));
  for (const folder of SOURCES) {
    for (const file of await sourceFiles(folder)) {
      hash.update(`\n${relative(ROOT, file)}\n`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries
    .filter(
      (entry) => entry.name !== 'node_modules' && !entry.name.startsWith('dist') && !entry.name.includes('.test.'),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sourceFiles(path) : Promise.resolve([path]);
    });
  return (await Promise.all(nested)).flat();
}
