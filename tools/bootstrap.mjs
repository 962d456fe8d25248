#!/usr/bin/env node
/**
 * The one door into the checkout: plain JavaScript without a dependency, for Node 20 and newer. It makes sure that Node 24
 * and the locked packages are there, then runs the command (or a file of tools/ or bench/) with that Node.
 *
 * Everything it says goes to standard error, so that `npm run -s bench -- --json` stays JSON alone. Two at once: the second
 * waits for the first. Interrupted at any moment: the half that was installed is made anew. With everything installed it
 * needs no network.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WANTED_MAJOR = 24;
const OLDEST_MAJOR = 20;
const windows = process.platform === 'win32';

/** What `npm run <x>` stands for. Anything else is a command of `sealcam`. */
const TASKS = {
  ':test': 'tools/test.ts',
  ':check': 'tools/check.ts',
  ':build': 'tools/build.ts',
  ':bench': 'bench/src/main.ts',
  ':impair': 'tests/harness/impairment/main.ts',
  ':drill': 'drills/src/main.ts',
  ':model': 'drills/src/model/main.ts',
  ':mutate': 'tools/mutate/main.ts',
};

async function main(root, args) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_MAJOR)
    throw new Complaint(
      `Sealcam needs Node ${OLDEST_MAJOR} or newer; this is ${process.version}. See https://nodejs.org.`,
    );
  const node = await ensureNode(root);
  await ensurePackages(root, node);
  const [first = 'help', ...rest] = args;
  const task = TASKS[first];
  const script = join(root, task ?? 'apps/sealcam/src/main.ts');
  if (!existsSync(script)) throw new Complaint(`${task ?? script} is not part of this version of Sealcam.`);
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  // Half of what a start costs is reading TypeScript, and who starts again after a crash has people waiting. `serve.ts` writes it.
  const cache = { NODE_COMPILE_CACHE: join(root, '.node', 'compile-cache') };
  await run(node, script, task === undefined ? args : rest, { ...cache, ...process.env, PATH: path });
}

/** @returns {Promise<string>} the path of a Node that is new enough: the one that runs, else ours in `.node/` */
export async function ensureNode(root) {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  const home = join(root, '.node');
  const found = () => nodeBinaries(home).find((path) => existsSync(path));
  const ready = found();
  if (ready !== undefined) return ready;
  return locked(root, async (owner) => {
    const other = found();
    if (other !== undefined) return other;
    // Built aside and renamed when it answers: `.node/` is whole or not there.
    discard(join(root, '.node.half'));
    const half = join(root, '.node.half', String(process.pid));
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'package.json'), '{ "private": true }\n');
    const system = windows ? 'win' : process.platform;
    for (const name of [`node@${WANTED_MAJOR}`, `node-${system}-${process.arch}@${WANTED_MAJOR}`]) {
      const failed = await npm(
        process.execPath,
        ['install', name, '--no-save', '--no-package-lock'],
        half,
        `Getting Node ${WANTED_MAJOR} (about 45 MB)`,
        owner,
      );
      const binary = failed === '' ? nodeBinaries(half).find(isBinary) : undefined;
      if (binary === undefined) continue; // `node` alone brings no binary where install scripts are off
      rmSync(home, { recursive: true, force: true });
      renameSync(half, home);
      discard(dirname(half));
      return join(home, binary.slice(half.length + 1));
    }
    throw new Complaint(
      `Node ${WANTED_MAJOR} could not be installed through npm. Check the network, or install Node ${WANTED_MAJOR} yourself.`,
    );
  });
}

function nodeBinaries(home) {
  const file = windows ? 'node.exe' : 'node';
  const system = windows ? 'win' : process.platform;
  const modules = join(home, 'node_modules');
  return [join(modules, 'node', 'bin', file), join(modules, `node-${system}-${process.arch}`, 'bin', file)];
}

/** Removes what an interrupted install left; where its last files still appear, the next start will find them. */
function discard(path) {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    /* every install has a folder of its own, so what is left harms nothing */
  }
}

function isBinary(path) {
  try {
    return statSync(path).size > 1_000_000;
  } catch {
    return false;
  }
}

/** Makes node_modules what package-lock.json says. */
export async function ensurePackages(root, node) {
  if (installedMatches(root)) return;
  await locked(root, async (owner) => {
    if (installedMatches(root)) return;
    const failed = await npm(node, ['ci', '--include=dev', '--prefer-offline'], root, 'Installing packages', owner);
    if (failed !== '') throw new Complaint(`npm ci did not succeed.\n${failed}`);
  });
}

/**
 * npm writes `node_modules/.package-lock.json` last, so where it names every locked package, an install has finished. It
 * serves better than a stamp of ours: what a plain `npm ci` or `npm install` put there counts as well.
 * @returns {boolean}
 */
export function installedMatches(root) {
  let wantedAll, there;
  try {
    wantedAll = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    there = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  if (wantedAll === undefined || there === undefined) return false;
  return Object.entries(wantedAll).every(([path, wanted]) => {
    if (path === '') return true;
    const found = there[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true || wanted.peer === true;
    return found.version === wanted.version && found.integrity === wanted.integrity && existsSync(join(root, path));
  });
}

/** Runs npm by the given node and shows that something happens. @returns what npm said where it failed, else '' */
async function npm(node, args, cwd, title, owner) {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    // An outer `npm run` describes the outer package; registry, proxy and cache settings are kept.
    if (
      /^npm_(package|lifecycle|command|node_execpath|config_(local_prefix|workspace|omit|include|production|global$))/i.test(
        name,
      )
    )
      continue;
    env[name] = value;
  }
  delete env.NODE_ENV;
  env.PATH = [dirname(node), process.env.PATH ?? ''].join(delimiter);
  const script = npmScript();
  const all = [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const how = { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: !windows };
  const child =
    script === undefined
      ? spawn(windows ? 'npm.cmd' : 'npm', all, { ...how, shell: windows })
      : spawn(node, [script, ...all], how);
  // If we are killed outright, npm goes on by itself: the lock stays its own until it has ended.
  owner(child.pid);
  const interrupt = (signal) => {
    try {
      if (windows) child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    } catch {
      /* it has just ended */
    }
    process.stderr.write('\nInterrupted. The next start begins this step anew.\n');
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, interrupt);
  let said = '';
  const keep = (chunk) => (said = (said + chunk).slice(-8000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const stop = showProgress(title);
  const code = await new Promise((done) => {
    child.once('error', (error) => done(String(keep(error.message))));
    child.once('close', (status) => done(status));
  });
  stop(code === 0);
  for (const signal of signals) process.removeListener(signal, interrupt);
  return code === 0 ? '' : said.trim() || 'npm could not be started.';
}

/** The npm that called us, else the one that came with the running node; undefined leaves it to the PATH. */
function npmScript() {
  const caller = process.env.npm_execpath;
  const bin = dirname(process.execPath);
  const candidates = [
    ...(caller !== undefined && /np[mx]-cli\.js$/.test(caller) ? [join(dirname(caller), 'npm-cli.js')] : []),
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  return candidates.find((path) => existsSync(path));
}

function showProgress(title) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const terminal = process.stderr.isTTY === true;
  if (!terminal) process.stderr.write(`${title} …\n`);
  const draw = () => process.stderr.write(terminal ? `\r${title} … ${seconds()} s ` : `  … ${seconds()} s\n`);
  if (terminal) draw();
  const timer = setInterval(draw, terminal ? 500 : 10_000);
  return (well) => {
    clearInterval(timer);
    process.stderr.write(`${terminal ? '\r' : ''}${title}: ${well ? 'done' : 'failed'} after ${seconds()} s\n`);
  };
}

/**
 * One installer at a time in a checkout. The lock holds the ids of its owners, ours and npm's; when all are dead it is taken over.
 * @param {(owner: (pid: number) => void) => Promise<T>} work
 * @template T
 * @returns {Promise<T>}
 */
export async function locked(root, work) {
  const path = join(root, '.bootstrap.lock');
  for (let waits = 0; ; waits += 1) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw new Complaint(`The checkout cannot be written (${error.code}).`);
    }
    if (ownerIsDead(path)) {
      // Renaming is atomic: of two that see the dead owner, one gets the file.
      const mine = `${path}.${process.pid}`;
      try {
        renameSync(path, mine);
        rmSync(mine);
      } catch {
        /* the other one was first */
      }
      continue;
    }
    if (waits === 4) process.stderr.write('Another start of Sealcam is installing here; waiting for it …\n');
    await new Promise((done) => setTimeout(done, 250));
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work((pid) => appendFileSync(path, `${pid}\n`));
  } finally {
    release();
    process.removeListener('exit', release);
  }
}

function ownerIsDead(path) {
  try {
    const owners = readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number);
    // Empty for an instant after it was made; an owner that died in that instant leaves it empty for good.
    if (owners.length === 0) return Date.now() - statSync(path).mtimeMs > 5000;
    return owners.every(isDead);
  } catch {
    return false;
  }
}

function isDead(pid) {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Runs the script: in this process where it is new enough, else in a child that gets our signals and gives its exit code. */
async function run(node, script, args, env) {
  if (node === process.execPath) {
    module.enableCompileCache(env.NODE_COMPILE_CACHE);
    process.env.NODE_COMPILE_CACHE = env.NODE_COMPILE_CACHE;
    process.env.PATH = env.PATH;
    process.argv = [node, script, ...args];
    whenOrphaned(() => process.kill(process.pid, 'SIGTERM'));
    await import(pathToFileURL(script).href);
    return;
  }
  const child = spawn(node, [script, ...args], { env, stdio: 'inherit' });
  // A terminal's Ctrl-C reaches the child by itself (one process group); a signal sent to us alone is handed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  whenOrphaned(() => child.kill('SIGTERM'));
  process.on('SIGINT', () => {
    if (process.stdin.isTTY !== true) child.kill('SIGINT');
  });
  const [code, signal] = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (status, by) => done([status, by]));
  });
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 1);
}

/**
 * `npm start` runs us through a shell, and a shell that is terminated tells nobody: without this, ending npm would leave a
 * Sealcam behind that nobody sees and that holds the data folder.
 */
function whenOrphaned(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 1000);
  timer.unref();
}

/** What a person reads without a stack trace. */
class Complaint extends Error {}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] !== undefined && realpathSync(resolve(process.argv[1])) === realpathSync(self)) {
  main(dirname(dirname(realpathSync(self))), process.argv.slice(2)).catch((error) => {
    process.stderr.write(error instanceof Complaint ? `sealcam: ${error.message}\n` : `${error.stack}\n`);
    process.exitCode = 1;
  });
}
