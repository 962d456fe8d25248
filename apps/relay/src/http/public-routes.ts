/** What needs no person: the pages, where they are opened, `/healthz` and `/metrics`. None of it is of a home. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeReach, ERRORS, REACH_PATH } from '@sealcam/protocol';
import { isLoopbackAddress } from '../door/network.ts';
import type { EventLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { RelayOptions } from '../options.ts';
import type { Page } from '../pages.ts';
import { notFound } from './answers.ts';
import type { Route } from './route.ts';

export interface PublicParts {
  /** By path. */
  readonly pages: ReadonlyMap<string, Page>;
  readonly metricsToken: string | undefined;
  readonly reach: RelayOptions['reach'];
  readonly metrics: Metrics;
  readonly log: EventLog;
  /** Throws when the store does not answer. */
  readonly healthy: () => Promise<void>;
}

export function publicRoutes(parts: PublicParts): Route[] {
  const open = { method: 'GET', kind: 'public', role: 'anyone', bodyBytes: 0 } as const;
  const routes: Route[] = [];
  if (parts.pages.has('/app'))
    routes.push({ ...open, path: '/', handle: (_request, reply) => reply.redirect('/app', 302) });
  for (const [path, page] of parts.pages) {
    if (path === '/') continue;
    routes.push({ ...open, path, handle: (request, reply) => sendPage(request, reply, page) });
  }
  const { reach } = parts;
  if (reach !== undefined) {
    routes.push({ ...open, path: REACH_PATH, handle: (request, reply) => sendReach(request, reply, reach) });
  }
  routes.push({ ...open, path: '/healthz', handle: (_request, reply) => health(reply, parts) });
  routes.push({
    ...open,
    path: '/metrics',
    kind: 'private',
    role: 'machine',
    handle: async (request, reply) => {
      if (!mayReadMetrics(request, parts.metricsToken)) return notFound(reply);
      return reply.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
    },
  });
  return routes;
}

async function health(reply: FastifyReply, { healthy, log }: PublicParts): Promise<FastifyReply> {
  try {
    await healthy();
    return await reply.send({ status: 'ok' });
  } catch (error) {
    log.fault('http.failed', error);
    return await reply.status(503).send({ code: 'internal', words: ERRORS.internal.words });
  }
}

/** The same to everybody; not kept, since addresses come and go. */
function sendReach(
  { server }: FastifyRequest,
  reply: FastifyReply,
  reach: NonNullable<RelayOptions['reach']>,
): FastifyReply {
  const [listening] = server.addresses();
  const port = typeof listening === 'object' ? listening.port : 0;
  return reply.type('application/json; charset=utf-8').send(encodeReach(reach(port)));
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

/** This machine itself (not by way of a proxy on it), or who has the bearer. */
function mayReadMetrics(request: FastifyRequest, token: string | undefined): boolean {
  if (isLoopbackAddress(request.clientAddress) && !isProxied(request)) return true;
  if (token === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

/** A proxy says so, or passes on the public name that it was asked by. */
function isProxied({ headers }: FastifyRequest): boolean {
  if (['x-forwarded-for', 'forwarded', 'via'].some((name) => headers[name] !== undefined)) return true;
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return !(host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host));
}
