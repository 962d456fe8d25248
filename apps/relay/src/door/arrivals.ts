/**
 * From a connection that was accepted to one that is served: it gets a stranger's place before it has said a byte, and one that
 * comes by a proxy which speaks the PROXY protocol says first for whom. Also the one answer to "whose is this request".
 */
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { Line } from './line.ts';
import { networkOf, plainAddress, type Network } from './network.ts';
import { serveLoopbackPlainly } from './plain-lines.ts';
import type { Proxies } from './proxies.ts';
import { parseProxyHeader, PROXY_HEADER_BYTES, type ProxyHeader } from './proxy-header.ts';
import type { Place, Strangers } from './strangers.ts';

/** A proxy has its header ready: it comes with the first bytes. */
const PROXY_HEADER_MS = 5_000;
const HINT_EVERY_MS = 3_600_000;
/** The place of one that came by the port; of a line that this process has brought itself there is none. */
const NO_PLACE: Place = {
  touch: () => undefined,
  hold: () => () => undefined,
  move: () => undefined,
  leave: () => undefined,
};

export interface Arrival {
  readonly place: Place;
  /** The other end, or for whom the PROXY protocol says that it speaks. */
  readonly near: string;
}

export interface ArrivalParts {
  readonly strangers: Strangers;
  readonly proxies: Proxies;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: EventLog;
}

export class Arrivals {
  readonly #parts: ArrivalParts;
  readonly #arrived = new Map<string, Arrival>();
  readonly #reading = new Set<Socket>();
  readonly #line = new Line();
  #hintedMs = -Infinity;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  /** Stands before the server: nothing reaches it that has no place. */
  guard(server: Server): void {
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    const serve = (stream: Duplex): void => {
      for (const each of listeners) Reflect.apply(each, server, [stream]);
    };
    const waiting = { clock: this.#parts.clock, reading: this.#reading };
    const serveSocket = serveLoopbackPlainly(server, waiting, serve);
    server.on('connection', (stream: Duplex) => {
      const isSocket = stream instanceof Socket && stream.remoteAddress !== undefined;
      if (isSocket) this.#arrive(stream, () => serveSocket(stream, addressOf(stream)));
      else serve(stream);
    });
  }

  of(request: IncomingMessage): Arrival {
    const { socket } = request;
    return this.#arrived.get(keyOf(socket)) ?? { place: NO_PLACE, near: addressOf(socket) };
  }

  /** Who asks, as an address. */
  client(request: IncomingMessage): string {
    return this.#parts.proxies.client(request, this.of(request).near);
  }

  /** A request came: it is this one's turn to be kept, and its place is counted for whom it comes. @returns who asks */
  asked(request: IncomingMessage): string {
    const { place, near } = this.of(request);
    const client = this.#parts.proxies.client(request, near);
    place.touch();
    if (client !== near) place.move(networkOf(client));
    if (request.headers['x-forwarded-for'] !== undefined) this.#hintAt(near);
    return client;
  }

  close(): void {
    for (const socket of this.#reading) socket.destroy();
  }

  /** A proxy that nobody named makes one of all who come by it, and the operator should hear of it. */
  #hintAt(near: string): void {
    const { clock, log, proxies } = this.#parts;
    if (proxies.isProxy(near) || clock.monoMs() - this.#hintedMs < HINT_EVERY_MS) return;
    this.#hintedMs = clock.monoMs();
    log.warn('proxy.not-named', { address: near });
  }

  #arrive(stream: Socket, serve: () => void): void {
    const { proxies, metrics } = this.#parts;
    const near = addressOf(stream);
    const isProxy = proxies.isProxy(near);
    const key = keyOf(stream);
    const network = isProxy ? proxyNetwork(key) : networkOf(near);
    const place = this.#parts.strangers.enter(network, () => {
      metrics.strangersPutOut.inc();
      stream.destroy();
    });
    this.#arrived.set(key, { place, near });
    stream.once('close', () => {
      place.leave();
      this.#arrived.delete(key);
    });
    const inLine = (from: Network): void => this.#wait(stream, from, serve);
    if (!isProxy || proxies.speaks !== 'proxy-protocol') return inLine(network);
    this.#readHeader(stream, (client) => {
      place.move(networkOf(client ?? near));
      this.#arrived.set(key, { place, near: client ?? near });
      inLine(networkOf(client ?? near));
    });
  }

  #wait(socket: Socket, from: Network, serve: () => void): void {
    // Nobody else listens yet: one that resets while it waits must not become an uncaught error.
    const drop = (): void => void socket.destroy();
    socket.on('error', drop);
    this.#line.enter(from, () => {
      socket.off('error', drop);
      if (!socket.destroyed) serve();
    });
  }

  /** @param done with whom the proxy speaks for; what came after the header is put back first */
  #readHeader(socket: Socket, done: (client: string | undefined) => void): void {
    this.#reading.add(socket);
    let bytes = Buffer.alloc(0);
    const refuse = (): void => {
      this.#parts.metrics.refusals.inc({ code: 'codec.malformed' });
      socket.destroy();
    };
    const stop = this.#parts.clock.after(PROXY_HEADER_MS, refuse);
    const read = (): void => {
      bytes = Buffer.concat([bytes, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
      const header = parsed(bytes);
      if (header === undefined) return refuse();
      if (header.at === 'more') return;
      over();
      if (bytes.length > header.bytes) socket.unshift(bytes.subarray(header.bytes));
      done(header.address);
    };
    const over = (): void => {
      stop();
      this.#reading.delete(socket);
      socket.off('readable', read).off('close', over).off('error', refuse);
    };
    socket.on('readable', read).on('close', over).on('error', refuse);
  }
}

/** @returns undefined for what is none, and for one that goes on for too long */
function parsed(bytes: Uint8Array): ProxyHeader | undefined {
  try {
    const header = parseProxyHeader(bytes);
    return header.at === 'more' && bytes.length >= PROXY_HEADER_BYTES ? undefined : header;
  } catch {
    return undefined;
  }
}

function addressOf(socket: Socket): string {
  return plainAddress(socket.remoteAddress ?? '') ?? '';
}

/** Under TLS the server sees another object than the one that was accepted: what they share is who is connected to whom. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** Until it says for whom it comes, a proxy's connection is counted by itself: the proxy's own address must not be one stranger's. */
function proxyNetwork(key: string): Network {
  return `proxy ${key}`;
}
