/**
 * Plain HTTP: the pages, `/healthz`, `/metrics`, and nothing of any home. Whatever is not an asset of the build is
 * `Cache-Control: private, no-store`; an unknown path, suffix or encoding is 404.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ERRORS, SealcamError } from '@sealcam/protocol';
import type { EventLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import { loadPages, type Page } from './pages.ts';

export interface HttpOptions {
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly pages: string | undefined;
  readonly metricsToken: string | undefined;
  readonly requestsPerMinute: number;
  readonly metrics: Metrics;
  readonly log: EventLog;
  /** Throws when the store does not answer. */
  readonly healthy: () => Promise<void>;
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
const PRIVATE = 'private, no-store';
/** Milliseconds a client may take over its headers and over a whole request, and how often that is looked at. Upgraded sockets have their own. */
const SLOW = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 2_500 } as const;

/** @throws {SealcamError} `config.invalid` for a folder of pages that is none */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const pages = options.pages === undefined ? new Map<string, Page>() : loadPages(options.pages);
  const shared = {
    logger: false,
    bodyLimit: 1024,
    forceCloseConnections: true,
    requestTimeout: SLOW.requestTimeout,
  } as const;
  const { tls } = options;
  if (tls !== undefined) checkTls(tls);
  const app = (
    tls === undefined ? fastify({ ...shared, http: SLOW }) : fastify({ ...shared, https: { ...SLOW, ...tls } })
  ) as FastifyInstance;
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { ...CSP, 'connect-src': ["'self'", ownSockets] } },
    // A home's own authority is trusted by hand, or clicked past on an old tablet: HSTS would make that impossible.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  await app.register(rateLimit, { max: options.requestsPerMinute, timeWindow: 60_000 });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('permissions-policy', PERMISSIONS);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', PRIVATE);
  });
  routes(app, pages, options);
  return app;
}

/** Before a server is made of it: which of key and certificate is wrong never reaches a log, only that one is. */
function checkTls(tls: { readonly key: string; readonly cert: string }): void {
  try {
    createSecureContext({ ...tls });
  } catch (error) {
    throw new SealcamError('config.invalid', 'the TLS key or certificate cannot be used', { cause: error });
  }
}

function routes(app: FastifyInstance, pages: ReadonlyMap<string, Page>, options: HttpOptions): void {
  if (pages.has('/app')) app.get('/', (_request, reply) => reply.redirect('/app', 302));
  for (const [path, page] of pages) if (path !== '/') app.get(path, (request, reply) => sendPage(request, reply, page));
  app.get('/healthz', async (_request, reply) => {
    await options.healthy();
    return reply.send({ status: 'ok' });
  });
  app.get('/metrics', async (request, reply) => {
    if (!mayReadMetrics(request, options.metricsToken)) return notFound(reply);
    return reply.type(options.metrics.registry.contentType).send(await options.metrics.registry.metrics());
  });
  app.setNotFoundHandler((_request, reply) => notFound(reply));
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.log.fault('http.failed', error);
    const code = status === 429 ? 'protocol.too-many' : status >= 500 ? 'internal' : 'codec.malformed';
    return reply
      .status(request.url === '/healthz' && status >= 500 ? 503 : status)
      .send({ code, words: ERRORS[code].words });
  });
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.status(404).type('text/plain; charset=utf-8').send('Not found.\n');
}

function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  reply.header('cache-control', page.cache).header('etag', page.etag).header('vary', 'accept-encoding');
  if (request.headers['if-none-match'] === page.etag) return reply.status(304).send();
  const accepts = request.headers['accept-encoding']?.toString() ?? '';
  reply.type(page.type);
  if (page.brotli !== undefined && /\bbr\b/.test(accepts))
    return reply.header('content-encoding', 'br').send(page.brotli);
  if (page.gzip !== undefined && /\bgzip\b/.test(accepts))
    return reply.header('content-encoding', 'gzip').send(page.gzip);
  return reply.send(page.body);
}

/** Older browsers do not count `ws:` of the same host as 'self'. The `Host` goes into a header: only what is one is taken. */
function ownSockets(request: { readonly headers: { readonly host?: string | undefined } }): string {
  const host = request.headers.host ?? '';
  return /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host) ? `ws://${host} wss://${host}` : "'self'";
}

/** This machine itself (not by way of a proxy on it), or who has the bearer. */
function mayReadMetrics(request: FastifyRequest, token: string | undefined): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
  const isProxied = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  if (isLoopback && !isProxied) return true;
  if (token === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}
