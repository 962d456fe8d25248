/**
 * A socket in the data folder through which `sealcam invite`, `backup` and `restore` find the process that runs on it. One
 * line of JSON asks, one answers. It is for the same user of the same machine: the folder is closed to everyone else.
 */
import { SealcamError } from '@sealcam/protocol';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenAt } from './listen.ts';

export interface ControlAnswers {
  /** What runs: `up`, `agent` or `relay`. */
  readonly command: string;
  /** A one-use invitation of the relay that runs here; absent where none does. */
  readonly invite?: () => Promise<string>;
}

const MAX_LINE = 4096;
const TIMEOUT_MS = 5_000;
/** Longest path of a socket that every system takes. */
const MAX_PATH = 100;

function controlPath(data: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sealcam-${digest(data)}`;
  const path = join(data, 'sealcam.sock');
  return path.length <= MAX_PATH ? path : join(tmpdir(), `sealcam-${digest(data)}.sock`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/**
 * @throws {SealcamError} `store.in-use` when another process answers there
 * @returns ends it
 */
export async function startControl(data: string, answers: ControlAnswers): Promise<() => Promise<void>> {
  const path = controlPath(data);
  const running = await askControl(data, 'who');
  if (running !== undefined) {
    const pid = await askControl(data, 'pid').catch(() => undefined);
    const which = `sealcam ${running}${pid === undefined ? '' : ` (process ${pid})`}`;
    throw new SealcamError(
      'store.in-use',
      `It is ${which} on ${data}. Stop it first, or start this one with another --data.`,
    );
  }
  // Nobody answers: a file that is there was left by a process that was killed.
  if (process.platform !== 'win32') await rm(path, { force: true });
  const server = createServer((socket) => void serveOne(socket, answers));
  server.maxConnections = 16;
  await listenAt(server, { path }, path);
  return () => new Promise((done) => void server.close(() => done()));
}

async function serveOne(socket: Socket, answers: ControlAnswers): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const ask = await readLine(socket);
    if (ask === 'who') socket.end(`${JSON.stringify({ ok: answers.command })}\n`);
    else if (ask === 'pid') socket.end(`${JSON.stringify({ ok: String(process.pid) })}\n`);
    else if (ask === 'invite' && answers.invite) socket.end(`${JSON.stringify({ ok: await answers.invite() })}\n`);
    else socket.end(`${JSON.stringify({ no: `sealcam ${answers.command} cannot do that` })}\n`);
  } catch {
    socket.destroy();
  }
}

/**
 * @returns undefined when no Sealcam runs on that folder
 * @throws {SealcamError} `command.refused` when it runs but cannot do that
 */
export async function askControl(data: string, ask: 'who' | 'pid' | 'invite'): Promise<string | undefined> {
  const socket = connect(controlPath(data));
  try {
    await new Promise<void>((done, fail) => {
      socket.once('connect', () => done());
      socket.once('error', fail);
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
  socket.write(`${ask}\n`);
  const answer = JSON.parse(await readLine(socket)) as { ok?: string; no?: string };
  socket.destroy();
  if (answer.ok === undefined) throw new SealcamError('command.refused', answer.no);
  return answer.ok;
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => socket.destroy(new SealcamError('auth.timeout')));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) done(text.slice(0, end));
      else if (text.length > MAX_LINE) socket.destroy(new SealcamError('protocol.too-large'));
    });
    socket.once('error', fail);
    socket.once('close', () => fail(new SealcamError('protocol.unexpected', 'the other process went away')));
  });
}
