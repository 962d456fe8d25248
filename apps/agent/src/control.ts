/**
 * A socket in the data folder through which `sealcam status` and `sealcam home …` talk to a running agent: JSON lines, reachable
 * for whoever may read the folder, and for nobody over a network.
 */
import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isErrorCode, SealcamError } from '@sealcam/protocol';
import * as v from 'valibot';
import type { AgentStatus } from './agent.ts';
import { codeOf } from './durable-file.ts';

/** A running agent, asked from another process of the same user. */
export interface AgentControl {
  status(): Promise<AgentStatus>;
  /** As `Agent.resetHome`. */
  resetHome(): Promise<void>;
  /** As `Agent.confirmRecovery`. */
  confirmRecovery(): Promise<boolean>;
  /** The current claim link, while unclaimed. */
  claimLink(): Promise<string | undefined>;
  close(): void;
}

const ASK = ['status', 'resetHome', 'confirmRecovery', 'claimLink'] as const;
type Ask = (typeof ASK)[number];
const Question = v.strictObject({ id: v.number(), ask: v.picklist(ASK) });
const Answer = v.strictObject({ id: v.number(), ok: v.optional(v.unknown()), code: v.optional(v.string()) });

/** One line is a question of some ten bytes; an answer is a status. */
const LONGEST_QUESTION = 256;
/** Answers that may wait for one who does not read them; a status is a few kilobytes. */
const MOST_UNREAD_BYTES = 1024 * 1024;
/** Questions of one socket under way: `resetHome` takes its time. */
const MOST_ASKED = 64;

/** `sun_path` of a Unix socket holds 108 bytes, on some systems 104. */
const LONGEST_PATH = 100;

function socketPath(dataDir: string): string {
  const inside = join(resolve(dataDir), 'control.sock');
  if (process.platform !== 'win32' && Buffer.byteLength(inside) <= LONGEST_PATH) return inside;
  const name = `sealcam-${createHash('sha256').update(inside).digest('hex').slice(0, 32)}.sock`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
}

export type Answers = { readonly [K in Ask]: () => unknown };

/**
 * Called while the folder's lock is held: a socket file that is there is of a process that is gone.
 * @returns close
 */
export async function serveControl(dataDir: string, answers: Answers): Promise<() => Promise<void>> {
  const path = socketPath(dataDir);
  rmSync(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    answerLines(socket, answers);
  });
  await listen(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return async () => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const socket of open) socket.destroy();
    await closed;
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error) => fail(new SealcamError('store.read-only', codeOf(error), { cause: error })));
    server.listen(path, done);
  });
}

function answerLines(socket: Socket, answers: Answers): void {
  let text = '';
  let asked = 0;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      if (socket.writableLength > MOST_UNREAD_BYTES || asked >= MOST_ASKED) return void socket.destroy();
      asked += 1;
      void answer(socket, line, answers).finally(() => (asked -= 1));
    }
    if (text.length > LONGEST_QUESTION) socket.destroy();
  });
}

async function answer(socket: Socket, line: string, answers: Answers): Promise<void> {
  let id = 0;
  try {
    const question = v.parse(Question, JSON.parse(line));
    id = question.id;
    const ok = await answers[question.ask]();
    socket.write(`${JSON.stringify({ id, ok })}\n`);
  } catch (error) {
    const code = error instanceof SealcamError ? error.code : 'internal';
    socket.write(`${JSON.stringify({ id, code })}\n`);
  }
}

/**
 * @param dataDir the agent's data folder
 * @returns undefined when no agent runs on it
 */
export async function connectControl(dataDir: string): Promise<AgentControl | undefined> {
  const socket = await new Promise<Socket | undefined>((done) => {
    const connecting = createConnection(socketPath(dataDir));
    connecting.once('connect', () => done(connecting));
    connecting.once('error', () => done(undefined));
  });
  if (socket === undefined) return undefined;
  const ask = questions(socket);
  return {
    status: async () => (await ask('status')) as AgentStatus,
    resetHome: async () => void (await ask('resetHome')),
    confirmRecovery: async () => (await ask('confirmRecovery')) === true,
    claimLink: async () => (await ask('claimLink')) as string | undefined,
    close: () => void socket.destroy(),
  };
}

function questions(socket: Socket): (ask: Ask) => Promise<unknown> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 1;
  const endAll = (): void => {
    for (const each of waiting.values()) each.reject(new SealcamError('home.offline', 'the agent ended'));
    waiting.clear();
  };
  socket.on('error', endAll);
  socket.on('close', endAll);
  createInterface({ input: socket }).on('line', (line) => {
    const { id, ok, code } = v.parse(Answer, JSON.parse(line));
    const asked = waiting.get(id);
    waiting.delete(id);
    if (code === undefined) asked?.resolve(ok);
    else asked?.reject(new SealcamError(isErrorCode(code) ? code : 'internal'));
  });
  return (ask) => {
    const answered = Promise.withResolvers<unknown>();
    const id = next;
    next += 1;
    waiting.set(id, answered);
    socket.write(`${JSON.stringify({ id, ask })}\n`);
    return answered.promise;
  };
}
