/**
 * A socket in the data folder through which `sealcam invite`, `backup` and `restore` find the process that runs on it. One
 * line of JSON asks, one answers. It is for the same user of the same machine: the folder is closed to everyone else.
 */
import { isErrorCode, PROGRAM_VERSION, PROTOCOL_VERSION, SealcamError } from '@sealcam/protocol';
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
  /** What else may be asked of it, by name: values in and out are JSON. A `SealcamError` reaches whoever asks. */
  readonly acts?: Readonly<Record<string, (input: unknown) => Promise<unknown>>>;
}

/** Of the program that runs, however old the one that asks. */
const VERSION = `${PROGRAM_VERSION} protocol ${PROTOCOL_VERSION}`;
const MAX_LINE = 4096;
/** A list may be long. */
const MAX_ANSWER = 4 * 1024 * 1024;
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
    const ask = await readLine(socket, MAX_LINE);
    if (ask === 'who') socket.end(`${JSON.stringify({ ok: answers.command })}\n`);
    else if (ask === 'version') socket.end(`${JSON.stringify({ ok: VERSION })}\n`);
    else if (ask === 'pid') socket.end(`${JSON.stringify({ ok: String(process.pid) })}\n`);
    else if (ask === 'invite' && answers.invite) socket.end(`${JSON.stringify({ ok: await answers.invite() })}\n`);
    else if (ask.startsWith('act ')) socket.end(`${JSON.stringify(await answerAct(ask.slice(4), answers))}\n`);
    else socket.end(`${JSON.stringify({ no: `sealcam ${answers.command} cannot do that` })}\n`);
  } catch {
    socket.destroy();
  }
}

async function answerAct(text: string, { acts = {}, command }: ControlAnswers): Promise<object> {
  const { name, input } = JSON.parse(text) as { name: string; input: unknown };
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (act === undefined) return { code: 'command.refused', no: `sealcam ${command} cannot do that` };
  try {
    return { ok: (await act(input)) ?? null };
  } catch (error) {
    if (!(error instanceof SealcamError)) return { code: 'internal', no: 'it failed; its log says why' };
    return { code: error.code, no: error.message.replace(`${error.code}: `, '') };
  }
}

/**
 * Asks the process that runs on a folder to do one of its `acts`.
 * @returns undefined when no Sealcam runs there; null where there is nothing to say
 * @throws {SealcamError} what the act threw; `command.refused` when that process has no such act
 */
export async function actControl(data: string, name: string, input: unknown): Promise<unknown> {
  const line = `act ${JSON.stringify({ name, input })}`;
  if (line.length > MAX_LINE) throw new SealcamError('protocol.too-large');
  const answer = await exchange(data, line, MAX_ANSWER);
  if (answer === undefined || answer.ok !== undefined) return answer?.ok;
  const code = answer.code !== undefined && isErrorCode(answer.code) ? answer.code : 'command.refused';
  throw new SealcamError(code, answer.no);
}

/**
 * @returns undefined when no Sealcam runs on that folder
 * @throws {SealcamError} `command.refused` when it runs but cannot do that
 */
export async function askControl(data: string, ask: 'who' | 'pid' | 'version' | 'invite'): Promise<string | undefined> {
  const answer = await exchange(data, ask, MAX_LINE);
  if (answer === undefined) return undefined;
  if (typeof answer.ok !== 'string') throw new SealcamError('command.refused', answer.no);
  return answer.ok;
}

interface Answer {
  readonly ok?: unknown;
  readonly no?: string;
  readonly code?: string;
}

/** @throws {SealcamError} `protocol.unexpected` for a line that is no answer: something else may have that socket */
function readAnswer(line: string): Answer {
  try {
    const said: unknown = JSON.parse(line);
    if (isAnswer(said)) return said;
  } catch {
    // Not even JSON: said below.
  }
  throw new SealcamError('protocol.unexpected', 'What answers there is no Sealcam.');
}

function isAnswer(said: unknown): said is Answer {
  if (typeof said !== 'object' || said === null) return false;
  const { no, code }: { no?: unknown; code?: unknown } = said;
  return [no, code].every((each) => each === undefined || typeof each === 'string');
}

async function exchange(data: string, line: string, most: number): Promise<Answer | undefined> {
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
  socket.write(`${line}\n`);
  try {
    return readAnswer(await readLine(socket, most));
  } finally {
    socket.destroy();
  }
}

function readLine(socket: Socket, most: number): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => socket.destroy(new SealcamError('auth.timeout')));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) done(text.slice(0, end));
      else if (text.length > most) socket.destroy(new SealcamError('protocol.too-large'));
    });
    socket.once('error', fail);
    socket.once('close', () => fail(new SealcamError('protocol.unexpected', 'the other process went away')));
  });
}
