/**
 * From a private request to an answer: it comes from this relay's own page, somebody is signed in whose role is enough, the
 * words are of the expected shape, and the answer names the request and the operator it belongs to, so that the page refuses
 * any other (R1: the last hop compares). Reads are POST as well, and every address is used once (`http/route.ts`).
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import {
  CodecError,
  ERRORS,
  mayAs,
  SealcamError,
  TO_STRANGER,
  type ErrorCode,
  type OperatorRole,
  type OperatorView,
} from '@sealcam/protocol';
import { ONCE, type Route } from '../http/route.ts';
import type { EventLog } from '../log.ts';
import type { StoredSession } from '../store/operator-store.ts';
import type { Site } from './passkeys.ts';
import type { CookieSite, Sessions } from './sessions.ts';

export const API = '/operator/api';
const BODY_BYTES = 256 * 1024;
/** Other sites' pages cannot send it without asking this relay first, which never agrees. */
const OWN_HEADER = 'x-sealcam';

/** Who asks, and from where. */
export interface Asked {
  readonly site: Site & CookieSite;
  readonly address: string;
  readonly cookies: string | undefined;
  readonly setCookie: (header: string) => void;
}

/** A signed-in one. */
export interface AskedBy extends Asked {
  readonly operator: OperatorView;
  readonly session: StoredSession;
}

/** An answer that is a file: sent as it is made, since it may be longer than what fits into one text. */
class Download {
  readonly parts: AsyncIterable<string>;

  constructor(parts: AsyncIterable<string>) {
    this.parts = parts;
  }
}

export function download(parts: AsyncIterable<string>): Download {
  return new Download(parts);
}

/** One thing that the page may ask. */
export interface Endpoint {
  readonly name: string;
  readonly role: 'stranger' | OperatorRole;
  readonly answer: (body: unknown, asked: Asked, session: StoredSession | undefined) => Promise<unknown>;
}

/** Somebody who is about to sign in may ask it. */
export function openEndpoint<S extends v.GenericSchema>(
  name: string,
  input: S,
  answer: (input: v.InferOutput<S>, asked: Asked) => Promise<unknown>,
): Endpoint {
  return { name, role: 'stranger', answer: (body, asked) => answer(parsed(input, body), asked) };
}

/** A signed-in operator of at least that role may ask it. */
export function endpoint<S extends v.GenericSchema>(
  name: string,
  role: OperatorRole,
  input: S,
  answer: (input: v.InferOutput<S>, asked: AskedBy) => Promise<unknown>,
): Endpoint {
  return {
    name,
    role,
    answer: (body, asked, session) => {
      if (session === undefined) throw new SealcamError('operator.signed-out');
      if (!mayAs(session.operator.role, role)) throw new SealcamError('operator.role');
      return answer(parsed(input, body), { ...asked, operator: session.operator, session });
    },
  };
}

function parsed<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  throw new CodecError(v.getDotPath(result.issues[0]) ?? 'request');
}

/** @returns the rows of the route table */
export function privateRoutes(
  endpoints: readonly Endpoint[],
  parts: { readonly sessions: Sessions; readonly log: EventLog },
): Route[] {
  return endpoints.map((each) => ({
    method: 'POST',
    path: `${API}/${ONCE}/${each.name}`,
    kind: 'private',
    role: each.role,
    bodyBytes: BODY_BYTES,
    handle: (request, reply) => answer(each, request, reply, parts),
  }));
}

async function answer(
  { answer: ask }: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions, log }: { readonly sessions: Sessions; readonly log: EventLog },
): Promise<FastifyReply> {
  const re = (request.params as { readonly once: string }).once;
  let to = TO_STRANGER;
  try {
    const site = siteOf(request);
    const cookies = request.headers.cookie;
    const setCookie = (header: string): void => void reply.header('set-cookie', header);
    const session = await sessions.read(site, cookies);
    to = session?.operator.operatorId ?? TO_STRANGER;
    const asked = { site, cookies, setCookie, address: request.clientAddress };
    const data = (await ask(request.body, asked, session)) ?? null;
    if (!(data instanceof Download)) return await reply.send({ re, to, data });
    // Whose it is and what it answers go ahead of it. Text to whoever looks: nothing of it is ever a page here.
    reply.headers({ 'x-sealcam-re': re, 'x-sealcam-to': to }).type('text/plain; charset=utf-8');
    return await reply.send(Readable.from(data.parts));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'internal') log.fault('operator.failed', error);
    // What is wrong with somebody's own rules is theirs to read; every other detail stays in the log.
    const detail =
      code === 'config.invalid' && error instanceof Error ? `${error.message.replace(/^[\w.]+: /, '')}. ` : '';
    return await reply.status(ERRORS[code].status).send({ re, to, code, words: detail + ERRORS[code].words });
  }
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof SealcamError) return error.code;
  return error instanceof CodecError ? 'codec.malformed' : 'internal';
}

/** @throws {SealcamError} `operator.origin` for whatever is not a page of this very host that meant to ask */
function siteOf({ headers }: FastifyRequest): Site & CookieSite {
  const origin = URL.parse(headers.origin ?? '');
  const host = headers.host?.toLowerCase() ?? '';
  const isOwn = origin !== null && /^https?:$/.test(origin.protocol) && sameHost(origin, host);
  const fetchSite = headers['sec-fetch-site'];
  if (!isOwn || headers[OWN_HEADER] !== 'operator' || (fetchSite !== undefined && fetchSite !== 'same-origin')) {
    throw new SealcamError('operator.origin');
  }
  return { origin: origin.origin, host: origin.hostname, isSecure: origin.protocol === 'https:' };
}

/** A proxy that ends TLS keeps the `Host`, so only the scheme may differ from what reached us. */
function sameHost(origin: URL, host: string): boolean {
  return origin.host === URL.parse(`${origin.protocol}//${host}`)?.host;
}
