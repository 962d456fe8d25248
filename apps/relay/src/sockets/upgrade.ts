/** From an HTTP upgrade to a served socket: exact paths, a name of our own, and the browser's own origin only. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { ERRORS, LIMITS } from '@sealcam/protocol';
import type { Place } from '../door/strangers.ts';
import type { RelayParts } from '../relay-parts.ts';
import { serveAgent } from './agent.ts';
import { CLOSE, Connection, type ConnectionParts, type RawStream } from './connection.ts';
import { servePairing } from './pair.ts';
import { serveViewer } from './viewer.ts';

interface Path {
  readonly kind: ConnectionParts['kind'];
  readonly serve: (connection: Connection, parts: RelayParts) => void;
  readonly server: WebSocketServer;
}

/** No compression: sealed bytes do not shrink, and a compressor's state is one more thing shared between messages. */
function path(kind: Path['kind'], serve: Path['serve'], maxPayload: number): Path {
  return {
    kind,
    serve,
    server: new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload, clientTracking: false }),
  };
}

/** A host as browsers and agents send it: a name or an address, perhaps a port. */
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;

export class Upgrades {
  readonly #parts: RelayParts;
  readonly #paths: ReadonlyMap<string, Path>;
  readonly #connections = new Set<Connection>();
  readonly #stop: () => void;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#paths = new Map([
      ['/ws/viewer', path('viewer', serveViewer, LIMITS.viewerTextBytes)],
      ['/ws/agent', path('agent', serveAgent, Math.max(LIMITS.textMessageBytes, LIMITS.binaryMessageBytes))],
      ['/ws/pair', path('pair', servePairing, LIMITS.mailboxMessageBytes + 4096)],
    ]);
    this.#stop = parts.clock.every(LIMITS.pingEveryMs, () => {
      for (const connection of this.#connections) connection.checkAlive();
    });
  }

  listen(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Says good-bye to everyone; resolves when all sockets are gone and what had come by them is worked off. */
  async close(): Promise<void> {
    this.#stop();
    const over = [...this.#connections].map((connection) => connection.over);
    for (const connection of this.#connections) connection.end(CLOSE.goingAway);
    await Promise.all(over);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Before anything else: a peer that resets now must not become an uncaught error.
    socket.on('error', () => socket.destroy());
    const found = this.#paths.get(request.url ?? '');
    const host = request.headers.host?.toLowerCase() ?? '';
    const { arrivals } = this.#parts;
    const address = arrivals.asked(request);
    const refused = this.#refused(request, found, host);
    if (refused !== undefined) return this.#refuse(socket, refused);
    if (found === undefined) return this.#refuse(socket, 404);
    if (socket instanceof Socket) socket.setNoDelay(true);
    // A stream that `Relay.accept` was given need not be a socket; what is looked at of it is in `RawStream`.
    const raw = socket as RawStream;
    const { place } = arrivals.of(request);
    found.server.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, { raw, host, address, place }, found));
  }

  /** @returns the HTTP status to refuse with; undefined when it may come in */
  #refused(request: IncomingMessage, found: Path | undefined, host: string): number | undefined {
    if (found === undefined) return 404;
    if (!HOST.test(host)) return 400;
    if (!this.#parts.ownNames.has(host)) return ERRORS['host.foreign'].status;
    // Another site's page must not speak in the name of the person in front of this browser.
    return isOwnOrigin(request.headers.origin, host) ? undefined : 403;
  }

  #refuse(socket: Duplex, status: number): void {
    this.#parts.metrics.refusals.inc({ code: `http.${status}` });
    const words = status === ERRORS['host.foreign'].status ? `${ERRORS['host.foreign'].words}\n` : '';
    const head = [
      `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(words)}`,
    ];
    // Upgraded sockets are out of the server's hands: one whose peer never hangs up would stay for ever.
    socket.once('finish', () => socket.destroy());
    socket.end(`${[...head, 'Cache-Control: private, no-store'].join('\r\n')}\r\n\r\n${words}`);
  }

  #accept(
    socket: WebSocket,
    from: { readonly raw: RawStream; readonly host: string; readonly address: string; readonly place: Place },
    found: Path,
  ): void {
    const { clock, log, metrics } = this.#parts;
    const connection = new Connection({ ...from, socket, kind: found.kind, clock, log, metrics });
    this.#connections.add(connection);
    void connection.over.then(() => this.#connections.delete(connection));
    found.serve(connection, this.#parts);
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
};

/** No `Origin`: not a browser. Else it must be this very host: scheme aside, since a proxy may end TLS. */
function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true;
  const page = URL.parse(origin);
  // A host of the right letters can still be none: `1.2.3.4.5`, `a:99999`.
  return page !== null && page.host === URL.parse(`${page.protocol}//${host}`)?.host;
}
