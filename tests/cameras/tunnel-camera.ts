/** A tunnel (RTSP inside HTTP) before any RTSP server, with one habit: what it asks of HTTP first, and what it does to a POST. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';

export interface TunnelHabit {
  /** Files of PEM: HTTPS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** `digest` wants a nonce used once; `post-digest` asks at the POST alone. */
  readonly auth?: 'basic' | 'digest' | 'post-digest';
  /** Default: a free port of 127.0.0.1. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Of the answer to the GET. */
  readonly headers?: readonly string[];
  /** For each whole request that came by a POST. @returns false: it is not passed on */
  readonly onRequest?: (post: net.Socket, count: number) => boolean;
  /** For each new POST. */
  readonly onPost?: (post: net.Socket, count: number) => void;
}

export interface TunnelCamera {
  /** `http://` or `https://`, without credentials. */
  readonly url: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The heads of all requests so far. */
  readonly heads: readonly string[];
  stop(): Promise<void>;
}

const USER = 'household';
const PASSWORD = 'p@ss: w/rd';
const TYPE = 'application/x-rtsp-tunnelled';

/** @param inner URL of the RTSP server behind */
export async function startTunnel(inner: string, habit: TunnelHabit = {}): Promise<TunnelCamera> {
  const front = new Front(inner, habit);
  const take = (socket: net.Socket): void => front.take(socket);
  const server =
    habit.tls === undefined
      ? net.createServer(take)
      : tls.createServer({ cert: await readFile(habit.tls.certificate), key: await readFile(habit.tls.key) }, take);
  const { host, port: wanted } = habit.listen ?? { host: '127.0.0.1', port: 0 };
  server.listen(wanted, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `${habit.tls === undefined ? 'http' : 'https'}://${host}:${port}/cam`,
    ...{ port, user: USER, password: PASSWORD, heads: front.heads },
    stop: async () => {
      front.stop();
      server.close();
      await once(server, 'close');
    },
  };
}

class Front {
  readonly heads: string[] = [];
  readonly #to: URL;
  readonly #habit: TunnelHabit;
  readonly #sockets = new Set<net.Socket>();
  /** By cookie. */
  readonly #inner = new Map<string, net.Socket>();
  readonly #nonces = new Set<string>();
  #posts = 0;
  #requests = 0;

  constructor(inner: string, habit: TunnelHabit) {
    this.#to = new URL(inner);
    this.#habit = habit;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  take(socket: net.Socket): void {
    this.#keep(socket);
    let held = '';
    const onData = (chunk: Buffer): void => {
      held += chunk.toString('latin1');
      const end = held.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      this.heads.push(held.slice(0, end));
      this.#begin(socket, held.slice(0, end), held.slice(end + 4));
    };
    socket.on('data', onData);
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }

  #begin(socket: net.Socket, head: string, rest: string): void {
    const method = head.split(' ', 1)[0] ?? '';
    const cookie = /\r\nx-sessioncookie: (\S+)/u.exec(head)?.[1] ?? '';
    if (!this.#isSignedIn(method, head)) return this.#challenge(socket);
    if (method === 'GET' && head.includes(`Accept: ${TYPE}`)) this.#get(socket, cookie);
    else if (method === 'POST') this.#post(socket, cookie, rest);
    else socket.end('HTTP/1.0 400 Bad Request\r\n\r\n');
  }

  #get(socket: net.Socket, cookie: string): void {
    const inner = net.connect(Number(this.#to.port), this.#to.hostname);
    this.#keep(inner);
    this.#inner.set(cookie, inner);
    const headers = this.#habit.headers ?? [`Content-Type: ${TYPE}`, 'Cache-Control: no-store'];
    socket.write(`HTTP/1.0 200 OK\r\n${headers.map((each) => `${each}\r\n`).join('')}\r\n`);
    inner.pipe(socket);
    socket.on('close', () => inner.destroy());
  }

  #post(socket: net.Socket, cookie: string, rest: string): void {
    const inner = this.#inner.get(cookie);
    if (inner === undefined) return void socket.destroy();
    this.#posts += 1;
    this.#habit.onPost?.(socket, this.#posts);
    if (socket.destroyed) return;
    let body = '';
    const onText = (text: string): void => {
      body += text;
      // Whole quads, each with its own padding behind it, as decoders of cameras take them.
      const whole = body.slice(0, body.length - (body.length % 4));
      body = body.slice(whole.length);
      for (const part of whole.match(/[^=]+={0,2}/gu) ?? []) this.#say(socket, inner, Buffer.from(part, 'base64'));
    };
    onText(rest);
    socket.on('data', (chunk: Buffer) => onText(chunk.toString('latin1')));
  }

  #say(post: net.Socket, inner: net.Socket, bytes: Buffer): void {
    const isRequest = bytes.toString('latin1').endsWith('\r\n\r\n');
    if (isRequest) this.#requests += 1;
    if (!isRequest || (this.#habit.onRequest?.(post, this.#requests) ?? true)) inner.write(bytes);
  }

  #isSignedIn(method: string, head: string): boolean {
    const { auth } = this.#habit;
    if (auth === undefined || (auth === 'post-digest' && method === 'GET')) return true;
    const [, scheme = '', value = ''] = /\r\nAuthorization: (\w+) ([^\r]+)/u.exec(head) ?? [];
    if (auth === 'basic') return value === Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
    const field = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(value)?.[1] ?? '';
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    const target = head.split(' ', 2)[1] ?? '';
    const nonce = field('nonce');
    const wanted = md5(`${md5(`${USER}:camera:${PASSWORD}`)}:${nonce}:${md5(`${method}:${target}`)}`);
    return scheme === 'Digest' && this.#nonces.has(nonce) && field('uri') === target && field('response') === wanted;
  }

  #challenge(socket: net.Socket): void {
    const nonce = createHash('sha256').update(`${this.heads.length}`).digest('hex').slice(0, 16);
    this.#nonces.add(nonce);
    const offer = this.#habit.auth === 'basic' ? 'Basic realm="camera"' : `Digest realm="camera", nonce="${nonce}"`;
    socket.end(
      `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${offer}\r\nContent-Type: text/html\r\n\r\n<html>401</html>`,
    );
  }
}
