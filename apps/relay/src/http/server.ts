/**
 * Plain HTTP: exactly the rows of the route table. Whatever is not an asset of the build is `Cache-Control: private, no-store`;
 * an unknown path, suffix or encoding is 404.
 */
import { createSecureContext } from 'node:tls';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { ERRORS, SealcamError } from '@sealcam/protocol';
import type { Door } from '../door/door.ts';
import { networkOf } from '../door/network.ts';
import type { EventLog } from '../log.ts';
import { foreignHost, notFound } from './answers.ts';
import { PRIVATE_HEADERS, type Route } from './route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: the other end of the connection, or whom a named proxy speaks for. */
    clientAddress: string;
  }
}

export interface HttpOptions {
  readonly door: Door;
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly requestsPerMinute: number;
  readonly log: EventLog;
  readonly routes: readonly Route[];
}

/** Only the build's own files run; pictures are drawn on a canvas, sockets go home, nothing is framed or sent elsewhere. */
const CSP = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'media-src': ["'self'", 'blob:'],
  'worker-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};
/** Camera for the QR code, microphone for sentences: asked of the person by the browser, of no other site. */
const PERMISSIONS =
  'camera=(self), microphone=(self), screen-wake-lock=(self), fullscreen=(self), geolocation=(), usb=(), payment=()';
/**
 * Milliseconds a client may take over its headers and over a whole request, and how often that is looked at. Upgraded sockets have
 * their own. One that is kept alive keeps a stranger's place, and gives it up when there are too many.
 */
const SLOW = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 2_500 } as const;
/** For the handshake of TLS; Node's own is two minutes. */
const HANDSHAKE_MS = 10_000;
const BODY_BYTES = 1024;

/** @param options with `tls` that `checkTls` has looked at */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const shared = {
    logger: false,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: SLOW.requestTimeout,
  } as const;
  const { tls } = options;
  const app = (
    tls === undefined
      ? fastify({ ...shared, http: SLOW })
      : fastify({ ...shared, https: { ...SLOW, handshakeTimeout: HANDSHAKE_MS, ...tls } })
  ) as FastifyInstance;
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { ...CSP, 'connect-src': ["'self'", ownSockets] } },
    // A home's own authority is trusted by hand, or clicked past on an old tablet: HSTS would make that impossible.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  guardDoor(app, options.door);
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ clientAddress }) => networkOf(clientAddress),
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('permissions-policy', PERMISSIONS);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', PRIVATE_HEADERS['cache-control']);
  });
  register(app, options);
  return app;
}

/** Nothing goes past it: what is not asked for by a name of ours gets one page, which says so. */
function guardDoor(app: FastifyInstance, { arrivals, ownNames }: Door): void {
  arrivals.guard(app.server);
  app.decorateRequest('clientAddress', '');
  app.addHook('onRequest', async (request, reply) => {
    request.clientAddress = arrivals.asked(request.raw);
    reply.raw.once('close', arrivals.of(request.raw).place.hold());
    if (!ownNames.has(request.headers.host)) return await foreignHost(reply);
    return undefined;
  });
}

/**
 * Before a server is made of it: which of key and certificate is wrong never reaches a log, only that one is.
 * @throws {SealcamError} `config.invalid`
 */
export function checkTls(tls: { readonly key: string; readonly cert: string }): void {
  try {
    createSecureContext({ ...tls });
  } catch (error) {
    throw new SealcamError('config.invalid', 'the TLS key or certificate cannot be used', { cause: error });
  }
}

function register(app: FastifyInstance, { routes, log }: HttpOptions): void {
  const known = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  // A route that somebody registers past the table would be one that no probe looks at.
  app.addHook('onRoute', ({ method, url }) => {
    const isKnown = [method].flat().every((each) => known.has(`${each === 'HEAD' ? 'GET' : each} ${url}`));
    if (!isKnown) throw new SealcamError('internal', 'a route that is not in the table');
  });
  for (const { method, path, kind, bodyBytes, handle } of routes) {
    app.route({
      method,
      url: path,
      bodyLimit: Math.max(bodyBytes, 1),
      handler: (request, reply) => {
        if (kind === 'private') reply.headers(PRIVATE_HEADERS);
        return handle(request, reply);
      },
    });
  }
  app.setNotFoundHandler((_request, reply) => notFound(reply));
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) => {
    // What is wrong with the body of a request to nowhere tells nobody that there is nothing there.
    if (request.is404 && error.statusCode !== 429) return notFound(reply);
    const status = error.statusCode ?? 500;
    if (status >= 500) log.fault('http.failed', error);
    const code = status === 429 ? 'protocol.too-many' : status >= 500 ? 'internal' : 'codec.malformed';
    return reply.status(status).headers(PRIVATE_HEADERS).send({ code, words: ERRORS[code].words });
  });
}

/** Older browsers do not count `ws:` of the same host as 'self'. The `Host` goes into a header: only what is one is taken. */
function ownSockets(request: { readonly headers: { readonly host?: string | undefined } }): string {
  const host = request.headers.host ?? '';
  return /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host) ? `ws://${host} wss://${host}` : "'self'";
}
