/**
 * What a person pastes as a camera address, taken apart: step 1 of the path begins here.
 * Credentials leave the URL at once and never come back into it, so that no log, error or page can show them.
 */
import { SealcamError } from '@sealcam/protocol';

/** Where a camera's stream is. Holds no credentials. */
export interface CameraAddress {
  /** True for `rtsps://`. */
  readonly secure: boolean;
  /** Host name or IP address; IPv6 without brackets. Lower case. */
  readonly host: string;
  /** 1..65535; 554 (322 with TLS) where the URL has none. */
  readonly port: number;
  /** Path and query, with its leading `/`. Empty where the URL has none. */
  readonly path: string;
  /** The whole URL again, without credentials, as it is sent in requests. */
  readonly url: string;
}

/** A camera account. Only ever held in memory and inside sealed or encrypted bytes. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const DEFAULT_PORT = { rtsp: 554, rtsps: 322 } as const;
const MAX_ADDRESS = 2048;

/**
 * @param text as pasted: `rtsp://user:password@192.168.1.20:554/stream1`; `rtspx://` (UniFi) is read as `rtsps://`
 * @throws {SealcamError} `rtsp.address` when it is not an RTSP URL, `rtsp.account` when user and password cannot be told from it for sure; the
 *   message never repeats the text
 */
export function parseCameraAddress(text: string): {
  readonly address: CameraAddress;
  readonly credentials?: Credentials;
} {
  const parts = splitUrl(text.trim());
  const host = checkedHost(parts.host);
  const port = checkedPort(parts.port, parts.secure);
  const address = cameraAddress({ secure: parts.secure, host, port, path: checkedPath(parts.rest) });
  if (parts.userinfo === undefined) return { address };
  const colon = parts.userinfo.indexOf(':');
  const user = colon < 0 ? parts.userinfo : parts.userinfo.slice(0, colon);
  const password = colon < 0 ? '' : parts.userinfo.slice(colon + 1);
  return { address, credentials: { user: unescape(user), password: unescape(password) } };
}

/** Composes an address from checked parts; `url` omits a default port as people and cameras write it. */
export function cameraAddress(parts: Omit<CameraAddress, 'url'>): CameraAddress {
  const scheme = parts.secure ? 'rtsps' : 'rtsp';
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
  const port = parts.port === DEFAULT_PORT[scheme] ? '' : `:${parts.port}`;
  return { ...parts, url: `${scheme}://${host}${port}${parts.path}` };
}

/**
 * For logs and errors: every `scheme://user:password@` in a text loses its credentials, and so do query parameters that
 * brands use for them (`user=`, `password=`, `pwd=`, `token=`…). Paths stay: they help, and they open nothing by themselves
 * but where they are tokens (UniFi), so show only `address.host` to people.
 */
export function redact(text: string): string {
  return (
    text
      // A scheme of bounded length: without the bound, a long word is looked through once for each of its letters.
      .replaceAll(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]*@/giu, '$1')
      .replaceAll(/([?&;](?:user(?:name)?|usr|pass(?:word|wd)?|pwd|token|auth|loginuse|loginpas)=)[^&\s;]*/giu, '$1…')
  );
}

function refuse(why: string): never {
  throw new SealcamError('rtsp.address', why);
}

/** By hand, as `URL` treats rtsp as an opaque scheme and people paste passwords with `@`, `#` and `/` unescaped. */
function splitUrl(text: string): { secure: boolean; userinfo?: string; host: string; port?: string; rest: string } {
  if (text.length > MAX_ADDRESS) refuse('too long');
  // eslint-disable-next-line no-control-regex -- a line break would forge a header of the request
  if (/[\u0000-\u0020\u007f]/u.test(text)) refuse('has spaces or control characters');
  const scheme = /^(rtsps?|rtspx):\/\//iu.exec(text);
  if (scheme === null) refuse('no rtsp:// or rtsps:// in front');
  const secure = scheme[1]?.toLowerCase() !== 'rtsp';
  const body = text.slice(scheme[0].length);
  const at = userinfoEnd(body);
  const match = AUTHORITY.exec(at < 0 ? body : body.slice(at + 1));
  if (match === null) refuse('no host');
  return {
    secure,
    ...(at < 0 ? {} : { userinfo: body.slice(0, at) }),
    host: match[1] ?? '',
    ...(match[2] === undefined || match[2] === '' ? {} : { port: match[2] }),
    rest: match[3] ?? '',
  };
}

const AUTHORITY = /^(\[[^\]]*\]|[^:/?#]*)(?::([^/?#]*))?([/?#].*)?$/u;
/** What nobody has as a password: an IP address, or a name with dots that ends like one. */
const CLEARLY_A_HOST = /^(\[[0-9a-f:.%]+\]|\d{1,3}(?:\.\d{1,3}){3}|(?:[a-z0-9-]+\.)+[a-z]{2,}|localhost)$/iu;

/**
 * Account and host part at the last `@`. Only where no `@` stands before the path, and nothing that could be a password, does an `@` in a path
 * stay one. What could be read in two ways is refused: a wrong guess would look a piece of the password up as a name, for all the network.
 *
 * @returns -1 where there is no account
 * @throws {SealcamError} `rtsp.account`
 */
function userinfoEnd(body: string): number {
  const last = body.lastIndexOf('@');
  const path = body.search(/[/?#]/u);
  if (last < 0 || path < 0 || last < path) return last;
  // Read without the later `@`, this would be the host; read with it, the beginning of the account.
  const front = body.slice(0, path);
  const before = front.slice(front.lastIndexOf('@') + 1);
  if (!/^(\[[^\]]*\]|[^:]+)(:\d{1,5})?$/u.test(before)) return last;
  const [isBefore, isBehind] = [before, body.slice(last + 1)].map((each) =>
    CLEARLY_A_HOST.test(AUTHORITY.exec(each)?.[1] ?? ''),
  );
  if (isBehind === true && isBefore !== true) return last;
  // No `:`, no password.
  if (isBehind !== true && !front.includes('@') && (isBefore === true || !front.includes(':'))) return -1;
  throw new SealcamError('rtsp.account', 'can be read in two ways');
}

function checkedHost(raw: string): string {
  if (raw.startsWith('[')) {
    const inner = raw.slice(1, -1).toLowerCase();
    if (!/^[0-9a-f:.]{2,45}(%[a-z0-9._-]+)?$/u.test(inner)) refuse('not an IPv6 address');
    return inner;
  }
  const host = raw.toLowerCase();
  if (host.length === 0 || host.length > 253 || !/^[\p{L}\p{N}_]([\p{L}\p{N}._-]*[\p{L}\p{N}_.])?$/u.test(host))
    refuse('not a host');
  return host;
}

function checkedPort(raw: string | undefined, secure: boolean): number {
  if (raw === undefined) return secure ? DEFAULT_PORT.rtsps : DEFAULT_PORT.rtsp;
  const port = /^\d{1,5}$/u.test(raw) ? Number(raw) : 0;
  if (port < 1 || port > 65_535) refuse('not a port');
  return port;
}

/** A fragment never goes over the wire. Non-ASCII is escaped, what is escaped already stays as it is. */
function checkedPath(rest: string): string {
  const path = rest.startsWith('?') ? `/${rest}` : rest;
  const hash = path.indexOf('#');
  return encodeURI(hash < 0 ? path : path.slice(0, hash)).replaceAll('%25', '%');
}

function unescape(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
