/**
 * A shared cache in hostile hands, as Steam's partner, Wyze's web view and Klarna's edge had one: a real HTTP proxy on loopback that
 * files answers under an address without regard to who asked. It tells in headers of its own what it did, and for whom.
 */
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How bad it is. All ignore Vary, leave cookies and bearers out of the key, and keep no Set-Cookie.
 * obedient: honours `no-store` and `private`. deaf: keeps every GET that came out well, whatever it says. boundless: keeps every method
 * and status, and finds it again whatever the query and the letters' case.
 */
export const CACHES = ['obedient', 'deaf', 'boundless'] as const;
export type CacheKind = (typeof CACHES)[number];

interface Kept {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Who was answered so first. */
  readonly asker: string;
}

export interface Cache {
  readonly url: string;
  /** Addresses that it has something for. */
  readonly keys: readonly string[];
  close(): Promise<void>;
}

/** @param upstream `http://127.0.0.1:port`; requests say who asks in `x-asker`, which goes no further */
export async function startCache(upstream: string, kind: CacheKind): Promise<Cache> {
  const store = new Map<string, Kept>();
  const server = createServer((asked, answer) => {
    const asker = String(asked.headers['x-asker'] ?? '');
    const key = keyOf(kind, asked);
    const kept = store.get(key);
    if (kept !== undefined) return give(answer, kept, 'hit');
    fetchFrom(upstream, asked)
      .then((fresh) => {
        if (keeps(kind, asked.method ?? '', fresh)) store.set(key, { ...fresh, asker });
        give(answer, { ...fresh, asker }, 'miss');
      })
      .catch(() => answer.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get keys() {
      return [...store.keys()];
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function keyOf(kind: CacheKind, { method = '', url = '' }: IncomingMessage): string {
  const address = kind === 'boundless' ? (url.split('?')[0] ?? '').toLowerCase() : url;
  return `${method} ${address}`;
}

function keeps(kind: CacheKind, method: string, { status, headers }: Omit<Kept, 'asker'>): boolean {
  if (kind === 'boundless') return true;
  if (method !== 'GET' || status !== 200) return false;
  return kind === 'deaf' || !/no-store|private/.test(headers['cache-control'] ?? '');
}

function give(answer: ServerResponse, { status, headers, body, asker }: Kept, how: 'hit' | 'miss'): void {
  const { 'set-cookie': cookie, 'transfer-encoding': _encoding, connection: _connection, ...rest } = headers;
  const passed = how === 'miss' && cookie !== undefined ? { ...rest, 'set-cookie': cookie } : rest;
  answer.writeHead(status, { ...passed, 'x-cache': how, 'x-cache-asker': asker });
  answer.end(body);
}

function fetchFrom(upstream: string, asked: IncomingMessage): Promise<Omit<Kept, 'asker'>> {
  const { hostname, port } = new URL(upstream);
  const { 'x-asker': _asker, connection: _connection, ...headers } = asked.headers;
  return new Promise((resolve, reject) => {
    const { method = 'GET', url: path = '/' } = asked;
    const going = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    going.on('error', reject);
    asked.pipe(going);
  });
}
