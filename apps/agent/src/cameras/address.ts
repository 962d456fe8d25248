/**
 * What a person pastes as a camera address, taken apart: step 1 of the path begins here.
 * Credentials leave the URL at once and never come back into it, so that no log, error or page can show them.
 */
import { isIPv6 } from 'node:net';
import { SealcamError } from '@sealcam/protocol';

/** Where a camera's stream is. Holds no credentials. */
export interface CameraAddress {
  /** With TLS: `rtsps://` and `https://`. */
  readonly secure: boolean;
  /** RTSP inside HTTP (`rtsp-tunnel.ts`): `http://` and `https://`. */
  readonly tunnel?: true;
  /** Host name or IP address, in lower case; IPv6 without brackets, with its zone as it was written. */
  readonly host: string;
  /** 1..65535; where the URL has none 554, with TLS 322, of a tunnel 80 and 443. */
  readonly port: number;
  /** Path and query, with its leading `/`. Empty where the URL has none. */
  readonly path: string;
  /**
   * The whole URL again, without credentials, as it is sent in requests: that of a tunnel is of what is inside, `rtsp://`, and no zone is in it,
   * for that is this machine's own (RFC 6874, section 1).
   */
  readonly url: string;
}

/** A camera account. Only ever held in memory and inside sealed or encrypted bytes. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Scheme {
  readonly secure: boolean;
  readonly tunnel?: true;
  readonly transport?: 'tcp' | 'udp';
}

/** What the scheme says. `rtspx` is of UniFi; those with another letter behind are what GStreamer calls the ways to ask. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  rtsp: { secure: false },
  rtsps: { secure: true },
  rtspx: { secure: true },
  rtspt: { secure: false, transport: 'tcp' },
  rtspu: { secure: false, transport: 'udp' },
  rtsph: { secure: false, tunnel: true },
  http: { secure: false, tunnel: true },
  https: { secure: true, tunnel: true },
};
const MAX_ADDRESS = 2048;

export interface ParsedAddress {
  readonly address: CameraAddress;
  readonly credentials?: Credentials;
  /** Where the address names one. */
  readonly transport?: 'tcp' | 'udp';
}

/**
 * @param text as pasted: `rtsp://user:password@192.168.1.20:554/stream1`
 * @throws {SealcamError} `rtsp.address` when it is not an address of a camera, `rtsp.account` when user and password cannot be told from it for
 *   sure; the message never repeats the text
 */
export function parseCameraAddress(text: string): ParsedAddress {
  const parts = splitUrl(text.trim());
  const { transport, ...scheme } = parts.scheme;
  const host = checkedHost(parts.host);
  const port = checkedPort(parts.port, scheme);
  const address = cameraAddress({ ...scheme, host, port, path: checkedPath(parts.rest) });
  const named = transport === undefined ? {} : { transport };
  if (parts.userinfo === undefined) return { address, ...named };
  const colon = parts.userinfo.indexOf(':');
  const user = colon < 0 ? parts.userinfo : parts.userinfo.slice(0, colon);
  const password = colon < 0 ? '' : parts.userinfo.slice(colon + 1);
  return { address, credentials: { user: unescape(user), password: unescape(password) }, ...named };
}

/** Composes an address from checked parts; `url` omits a default port as people and cameras write it. */
export function cameraAddress(parts: Omit<CameraAddress, 'url'>): CameraAddress {
  const isPlain = !parts.secure || parts.tunnel === true;
  const host = hostInUrl(parts.host);
  const port = parts.port === (isPlain ? 554 : 322) ? '' : `:${parts.port}`;
  return { ...parts, url: `${isPlain ? 'rtsp' : 'rtsps'}://${host}${port}${parts.path}` };
}

/** As it is told to a camera: IPv6 in brackets, without its zone. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host.replace(/%.*$/u, '')}]` : host;
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
function splitUrl(text: string): { scheme: Scheme; userinfo?: string; host: string; port?: string; rest: string } {
  if (text.length > MAX_ADDRESS) refuse('too long');
  // eslint-disable-next-line no-control-regex -- a line break would forge a header of the request
  if (/[\u0000-\u0020\u007f]/u.test(text)) refuse('has spaces or control characters');
  const [front = '', name = ''] = /^([a-z]{4,5}):\/\//iu.exec(text) ?? [];
  const scheme = Object.hasOwn(SCHEMES, name.toLowerCase()) ? SCHEMES[name.toLowerCase()] : undefined;
  if (scheme === undefined) refuse('no rtsp:// or rtsps:// in front');
  const body = text.slice(front.length);
  const at = userinfoEnd(body);
  const match = AUTHORITY.exec(at < 0 ? body : body.slice(at + 1));
  if (match === null) refuse('no host');
  return {
    scheme,
    ...(at < 0 ? {} : { userinfo: body.slice(0, at) }),
    host: match[1] ?? '',
    ...(match[2] === undefined || match[2] === '' ? {} : { port: match[2] }),
    rest: match[3] ?? '',
  };
}

const AUTHORITY = /^(\[[^\]]*\]|[^:/?#]*)(?::([^/?#]*))?([/?#].*)?$/u;
/** What nobody has as a password: an IP address, or a name with dots that ends like one. */
const CLEARLY_A_HOST =
  /^(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|\d{1,3}(?:\.\d{1,3}){3}|(?:[a-z0-9-]+\.)+[a-z]{2,}|localhost)$/iu;

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
    // `%25` begins a zone as RFC 6874 has it, `%` as people write it. Names of interfaces tell large letters from small ones.
    const [, bare = '', zone = ''] = /^([0-9a-f:.]{2,45})((?:%25|%)[\w.-]+)?$/iu.exec(raw.slice(1, -1)) ?? [];
    if (!isIPv6(bare)) refuse('not an IPv6 address');
    return bare.toLowerCase() + zone.replace(/^%25(?=.)/u, '%');
  }
  const host = raw.toLowerCase();
  if (host.length === 0 || host.length > 253 || !/^[\p{L}\p{N}_]([\p{L}\p{N}._-]*[\p{L}\p{N}_.])?$/u.test(host))
    refuse('not a host');
  return host;
}

function checkedPort(raw: string | undefined, { secure, tunnel }: Scheme): number {
  if (raw === undefined) return tunnel === true ? (secure ? 443 : 80) : secure ? 322 : 554;
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
