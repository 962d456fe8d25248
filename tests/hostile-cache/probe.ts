/**
 * Two users, somebody unknown, and every route of a table, through each kind of hostile cache and without one. Nothing here knows a
 * route by name: one that is added tomorrow is probed tomorrow.
 */
import { randomBytes } from 'node:crypto';
import type { RouteInfo } from '@sealcam/relay';
import { send, type Answered } from '../harness/operator.ts';
import { startCache, type Cache, type CacheKind } from './cache.ts';

export interface User {
  readonly name: string;
  /** What this one sends along to that address, signed in anew where a route before has signed it out. */
  headers(url: string): Promise<Record<string, string | undefined>>;
}

/** The part of a path that whoever asks makes anew, as the table writes it. */
const ONCE = /:once\([^)]*\)/;

/** The address that a page would ask now. */
export function addressOf({ path }: Pick<RouteInfo, 'path'>): string {
  return path.replace(ONCE, randomBytes(16).toString('base64url'));
}

export function isFixed({ path }: Pick<RouteInfo, 'path'>): boolean {
  return !ONCE.test(path);
}

/** Path confusion: what a cache takes for a picture or a style, and what a lax server takes for the page itself. */
const SUFFIXES = ['/x.css', '%2Fx.css', ';x.css', '%3Fx.css', '%0Ax.css', '%23x.css', '/', '%00', '/..%2Fx.js'];

async function ask(url: string, route: Pick<RouteInfo, 'method'>, path: string, user: User): Promise<Answered> {
  const headers = { ...(await user.headers(url)), 'x-asker': user.name };
  const body = route.method === 'POST' ? '{}' : undefined;
  return await send(url, path, { method: route.method, headers, ...(body !== undefined && { body }) });
}

/** @returns what went wrong: an answer for one that reached another */
export async function probeCache(
  upstream: string,
  kind: CacheKind,
  routes: readonly RouteInfo[],
  users: readonly User[],
): Promise<string[]> {
  const problems: string[] = [];
  const cache = await startCache(upstream, kind);
  try {
    for (const route of routes.filter((each) => each.kind === 'private')) {
      // There and back: whoever comes first must leave nothing for whoever comes after.
      for (const user of [...users, ...[...users].reverse()]) {
        const { headers } = await ask(cache.url, route, addressOf(route), user);
        const whose = String(headers['x-cache-asker']);
        if (headers['x-cache'] === 'hit' && whose !== user.name)
          problems.push(`${kind}: ${route.method} ${route.path} gave ${user.name} the answer for ${whose}`);
      }
    }
  } finally {
    await cache.close();
  }
  return problems;
}

/** @returns public routes that do not say the same to everybody, or set cookies */
export async function probePublic(
  upstream: string,
  routes: readonly RouteInfo[],
  users: readonly User[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const route of routes.filter((each) => each.kind === 'public')) {
    const answers = await Promise.all(users.map((user) => ask(upstream, route, addressOf(route), user)));
    if (new Set(answers.map(({ status, text }) => `${status} ${text}`)).size > 1)
      problems.push(`${route.method} ${route.path} is public and says different things to different people`);
    if (answers.some(({ headers }) => headers['set-cookie'] !== undefined))
      problems.push(`${route.method} ${route.path} is public and sets a cookie`);
  }
  return problems;
}

/** @returns private routes that answer under another address than their own, or let a cache keep that */
export async function probeConfusion(upstream: string, routes: readonly RouteInfo[], user: User): Promise<string[]> {
  const problems: string[] = [];
  const cache = await startCache(upstream, 'deaf');
  try {
    for (const route of routes.filter((each) => each.kind === 'private')) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'] as const) {
        // GET answers HEAD as well, without the body.
        const isOwn = method === route.method || (method === 'HEAD' && route.method === 'GET');
        for (const suffix of isOwn ? SUFFIXES : ['', ...SUFFIXES])
          problems.push(...(await confused(cache, route, method, suffix, user)));
      }
    }
  } finally {
    await cache.close();
  }
  return problems;
}

async function confused(
  cache: Cache,
  route: RouteInfo,
  method: string,
  suffix: string,
  user: User,
): Promise<readonly string[]> {
  const path = addressOf(route) + suffix;
  const headers = { ...(await user.headers(cache.url)), 'x-asker': user.name };
  const body = method === 'POST' || method === 'PUT' ? '{}' : undefined;
  const { status } = await send(cache.url, path, { method, headers, ...(body !== undefined && { body }) });
  const isKept = cache.keys.some((key) => key.includes(path));
  return status === 404 && !isKept ? [] : [`${method} ${route.path}${suffix}: ${status}${isKept ? ', kept' : ''}`];
}

/** @returns private answers, whatever their status, that do not say that they are private */
export async function probeHeaders(
  upstream: string,
  routes: readonly RouteInfo[],
  users: readonly User[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const route of routes.filter((each) => each.kind === 'private')) {
    for (const user of users) {
      const { headers } = await ask(upstream, route, addressOf(route), user);
      if (headers['cache-control'] !== 'private, no-store' || !/\bCookie\b/.test(String(headers['vary'])))
        problems.push(
          `${route.method} ${route.path}: ${String(headers['cache-control'])}, Vary: ${String(headers['vary'])}`,
        );
    }
  }
  return problems;
}
