/**
 * One row of the route table: everything that the relay answers over plain HTTP is one of these, and nothing else is
 * registered (`server.ts` refuses it). The hostile-cache probe is generated from the same rows.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OperatorRole } from '@sealcam/protocol';

/**
 * Who may have the answer. `machine`: this machine itself, or a scraper with the bearer. `stranger`: somebody who is about to
 * sign in. The rest are signed-in operators, each role with what the one before it may do.
 */
export type RouteRole = 'anyone' | 'machine' | 'stranger' | OperatorRole;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Exact: no suffix, no other encoding. A private path of a person has the part `ONCE`. */
  readonly path: string;
  /** `private`: the answer depends on who asks, and no cache may keep it. */
  readonly kind: 'public' | 'private';
  readonly role: RouteRole;
  /** Largest body, bytes; 0 takes none. */
  readonly bodyBytes: number;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** What may be told of a route to a test. */
export type RouteInfo = Omit<Route, 'handle'>;

/**
 * The part of a private path that the page makes anew for every request: 128 random bits. A cache that keeps what it was told
 * not to keep, of every method and without regard to cookies, files the answer under an address that nobody asks for again.
 */
export const ONCE = ':once(^[A-Za-z0-9_-]{22}$)';

/** What every private answer says. */
export const PRIVATE_HEADERS = { 'cache-control': 'private, no-store', vary: 'Cookie' } as const;

/** Whether its address is used once. */
export function isOnce(route: Pick<Route, 'path'>): boolean {
  return route.path.includes(ONCE);
}
