/**
 * Who we are to the camera: Basic (RFC 7617) and Digest with MD5 or SHA-256, qop auth or none (RFC 2069, 7616).
 * Pure: the nonce count and our own nonce are handed in. The password stays in here and in the answer's hash.
 */
import { createHash } from 'node:crypto';
import { SealcamError } from '@sealcam/protocol';
import type { Credentials } from './address.ts';

/** One way in that a camera offers (WWW-Authenticate). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'digest';
      readonly algorithm: 'MD5' | 'SHA-256';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque?: string;
      /** True where the camera offers qop `auth`. */
      readonly qop: boolean;
      /** The password was right, only the nonce is too old. */
      readonly stale: boolean;
    };

export interface DigestRequest {
  readonly method: string;
  /** Exactly the URL of the request line. */
  readonly uri: string;
  /** Our nonce, hex or base64url; used where qop is. */
  readonly cnonce: string;
  /** How often the camera's nonce was used, from 1. */
  readonly count: number;
}

const TOKEN = /[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?/gy;

/**
 * @param values of all WWW-Authenticate headers
 * @returns what we can answer, strongest first: a password never goes out in the clear where a digest would do
 */
export function parseChallenges(values: readonly string[]): Challenge[] {
  const found = values.flatMap((value) => split(value).flatMap(challengeOf));
  return found.sort((a, b) => strength(b) - strength(a));
}

interface RawChallenge {
  readonly scheme: string;
  readonly params: Map<string, string>;
}

/** Several challenges may stand in one header, so a word without `=` begins the next one. */
function split(value: string): RawChallenge[] {
  const out: RawChallenge[] = [];
  for (const match of value.matchAll(TOKEN)) {
    const word = (match[1] ?? '').toLowerCase();
    const param = match[2] ?? match[3];
    if (param === undefined) out.push({ scheme: word, params: new Map() });
    else out.at(-1)?.params.set(word, param);
  }
  return out;
}

function challengeOf({ scheme, params }: RawChallenge): Challenge[] {
  if (scheme === 'basic') return [{ scheme }];
  const nonce = params.get('nonce');
  if (scheme !== 'digest' || nonce === undefined) return [];
  const algorithm = (params.get('algorithm') ?? 'MD5').toUpperCase();
  if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return [];
  const offered = params
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/u);
  if (offered !== undefined && !offered.includes('auth') && !offered.includes('')) return [];
  const opaque = params.get('opaque');
  return [
    {
      scheme,
      algorithm,
      realm: params.get('realm') ?? '',
      nonce,
      ...(opaque === undefined ? {} : { opaque }),
      qop: offered?.includes('auth') ?? false,
      stale: params.get('stale')?.toLowerCase() === 'true',
    },
  ];
}

function strength(challenge: Challenge): number {
  if (challenge.scheme === 'basic') return 0;
  return challenge.algorithm === 'MD5' ? 1 : 2;
}

/**
 * The Authorization header's value.
 * @throws {SealcamError} `rtsp.password` for a user name that cannot stand in a header
 */
export function authorization(challenge: Challenge, credentials: Credentials, request: DigestRequest): string {
  if (challenge.scheme === 'basic') {
    return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')}`;
  }
  // eslint-disable-next-line no-control-regex -- a line break in a name would forge a header
  if (/[\u0000-\u001f\u007f]/u.test(credentials.user))
    throw new SealcamError('rtsp.password', 'a user name with control characters');
  const { algorithm, realm, nonce } = challenge;
  const hash = (words: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(words, 'utf8')
      .digest('hex');
  const who = hash(`${credentials.user}:${unquote(realm)}:${credentials.password}`);
  const what = hash(`${request.method}:${request.uri}`);
  const nc = request.count.toString(16).padStart(8, '0');
  const middle = challenge.qop ? `${unquote(nonce)}:${nc}:${request.cnonce}:auth` : unquote(nonce);
  const fields = [
    `username="${credentials.user.replaceAll(/["\\]/gu, '\\$&')}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${request.uri}"`,
    `response="${hash(`${who}:${middle}:${what}`)}"`,
    // Cameras that know only RFC 2069 trip over an algorithm they did not name themselves; MD5 is what absence means.
    ...(algorithm === 'MD5' ? [] : [`algorithm=${algorithm}`]),
    ...(challenge.opaque === undefined ? [] : [`opaque="${challenge.opaque}"`]),
    ...(challenge.qop ? [`qop=auth`, `nc=${nc}`, `cnonce="${request.cnonce}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

function unquote(quoted: string): string {
  return quoted.replaceAll(/\\(.)/gu, '$1');
}
