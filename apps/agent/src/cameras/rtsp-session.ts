/**
 * The dialog with a camera (RFC 2326): OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN, with sign-in wherever it is asked for.
 * Knows nothing of media but the SDP; packets pass by it.
 */
import { SealcamError, type ErrorCode } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { parseCameraAddress } from './address.ts';
import type { RtspConnection } from './rtsp-connection.ts';
import { headerOf, type RtspResponse } from './rtsp-message.ts';
import { SignIn } from './sign-in.ts';

const MAX_REDIRECTS = 3;
const DEFAULT_TIMEOUT_S = 60;
/** Some cameras do not know OPTIONS, and say nothing: what it tells is not needed. */
const OPTIONS_MS = 3_000;
/** A camera that slept wakes up first (8 s and more were seen), a restreamer connects first. */
const DESCRIBE_MS = 30_000;
/** One that has not answered anything yet. */
const FIRST_ANSWER_MS = 15_000;

export interface Description {
  readonly sdp: string;
  /** Content-Base, else Content-Location, else the URL asked: what control URLs are relative to. */
  readonly base: string;
}

export type TransportOffer =
  | { readonly kind: 'tcp'; readonly channel: number }
  /** Even, and the port after it for RTCP. */
  | { readonly kind: 'udp'; readonly port: number };

export type TransportAnswer =
  | { readonly kind: 'tcp'; readonly rtpChannel: number; readonly rtcpChannel: number }
  /** Absent where the camera keeps its ports to itself. */
  | { readonly kind: 'udp'; readonly rtpPort?: number; readonly rtcpPort?: number };

type Headers = Readonly<Record<string, string>>;

export class RtspSession {
  readonly #connection: RtspConnection;
  readonly #address: CameraAddress;
  readonly #signIn: SignIn;
  #session: string | undefined;
  #timeoutS = DEFAULT_TIMEOUT_S;
  #keepAlive: 'GET_PARAMETER' | 'OPTIONS' | undefined = 'OPTIONS';
  #aggregate: string | undefined;
  #wasAnswered = false;

  constructor(connection: RtspConnection, address: CameraAddress, credentials: Credentials | undefined) {
    this.#connection = connection;
    this.#address = address;
    this.#signIn = new SignIn(credentials);
  }

  /** Whatever status comes back, or none, is fine. Signs in only where that comes first. @returns whether any came */
  async options(): Promise<boolean> {
    const response = await this.#connection
      .request('OPTIONS', this.#address.url, {}, OPTIONS_MS)
      .catch((error: unknown) => unlessSilent(error));
    if (response === undefined) return false;
    this.#wasAnswered = true;
    if (headerOf(response, 'public')?.toUpperCase().includes('GET_PARAMETER') === true)
      this.#keepAlive = 'GET_PARAMETER';
    if (response.status === 401) this.#signIn.challenged(response.headers, 0);
    return true;
  }

  /** @throws {Elsewhere} to another port of the same host @throws {SealcamError} `rtsp.password`, `rtsp.not-found`, `rtsp.busy` … */
  async describe(): Promise<Description> {
    let url = this.#address.url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await this.#request(
        'DESCRIBE',
        url,
        { Accept: 'application/sdp' },
        this.#wasAnswered ? DESCRIBE_MS : FIRST_ANSWER_MS,
      );
      if (response.status >= 300 && response.status < 400) {
        url = this.#redirected(headerOf(response, 'location'));
        continue;
      }
      expectOk(response, 'rtsp.not-found');
      const base = headerOf(response, 'content-base') ?? headerOf(response, 'content-location') ?? url;
      return { sdp: new TextDecoder().decode(response.body), base: absolute(base, url) };
    }
    throw new SealcamError('rtsp.not-found', 'redirects without end');
  }

  /** Within the same host only: a camera must not send our password elsewhere, nor have it sent in the clear. */
  #redirected(location: string | undefined): string {
    const here = this.#address;
    const to = location === undefined ? undefined : parseCameraAddress(absolute(location, here.url)).address;
    if (to === undefined) throw new SealcamError('rtsp.not-found', 'redirects to nowhere');
    // Inside a tunnel the dialog is plain, whatever is around it.
    const isHere = to.host === here.host && to.port === here.port;
    if (isHere && here.tunnel === true && to.tunnel === undefined) return to.url;
    if (to.host !== here.host || (here.secure && !to.secure)) throw new SealcamError('rtsp.elsewhere', to.host);
    if (!isHere || to.secure !== here.secure) throw new Elsewhere(to);
    return to.url;
  }

  /**
   * @returns undefined where the camera refuses this transport (461): another one may do
   * @throws {SealcamError} `rtsp.transport` for an answer that does not fit the offer
   */
  async setup(url: string, offer: TransportOffer): Promise<TransportAnswer | undefined> {
    const transport =
      offer.kind === 'tcp'
        ? `RTP/AVP/TCP;unicast;interleaved=${offer.channel}-${offer.channel + 1}`
        : `RTP/AVP;unicast;client_port=${offer.port}-${offer.port + 1}`;
    const response = await this.#request('SETUP', url, { Transport: transport });
    if (response.status === 461) return undefined;
    expectOk(response, 'rtsp.transport');
    this.#readSession(headerOf(response, 'session'));
    return transportAnswer(headerOf(response, 'transport') ?? '', offer);
  }

  #readSession(header: string | undefined): void {
    if (header === undefined) return;
    const [id, ...parameters] = header.split(';').map((part) => part.trim());
    if (id !== undefined && /^[\x21-\x7e]{1,256}$/u.test(id)) this.#session = id;
    const timeout = parameters.map((parameter) => /^timeout\s*=\s*(\d{1,6})$/iu.exec(parameter)?.[1]).find(Boolean);
    if (timeout !== undefined) this.#timeoutS = Number(timeout);
  }

  /**
   * @param url the session's own control URL
   * @param range with one: some cameras send nothing without it. Others answer it with 503, or begin at their own zero, so it comes second.
   */
  async play(url: string, range: boolean): Promise<void> {
    this.#aggregate = url;
    expectOk(await this.#request('PLAY', url, range ? { Range: 'npt=0.000-' } : {}), 'rtsp.silent');
  }

  /** Half of what the camera grants, within 2 to 60 s. */
  get keepAliveEveryMs(): number {
    return Math.min(60, Math.max(2, this.#timeoutS / 2)) * 1000;
  }

  /**
   * Tells the camera that we are there. A camera that ignores or dislikes the method is left in peace: whether it still
   * sends pictures is what counts, and the watchdog sees that.
   * @throws {SealcamError} `rtsp.ended` where the camera has forgotten the session
   */
  async keepAlive(): Promise<void> {
    if (this.#keepAlive === undefined) return;
    let response: RtspResponse | undefined;
    try {
      response = await this.#request(this.#keepAlive, this.#aggregate ?? this.#address.url, {});
    } catch (error) {
      // It let us in without, or with another word: asking on would only lock the account.
      if (error instanceof SealcamError && error.code === 'rtsp.password') this.#keepAlive = undefined;
      else unlessSilent(error);
    }
    if (response === undefined) return;
    if (response.status === 454) throw new SealcamError('rtsp.ended', 'the camera has forgotten the session');
    if (response.status < 400 || this.#keepAlive === 'OPTIONS') return;
    // At once: until the next time the session may have timed out.
    this.#keepAlive = 'OPTIONS';
    await this.keepAlive();
  }

  /** Whether the camera is there at all. Any answer will do. */
  async isThere(withinMs: number): Promise<boolean> {
    try {
      await this.#connection.request(
        'OPTIONS',
        this.#address.url,
        this.#headers('OPTIONS', this.#address.url),
        withinMs,
      );
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the session and its connection; waits for nothing. */
  close(): void {
    try {
      const url = this.#aggregate ?? this.#address.url;
      if (this.#session !== undefined) this.#connection.tell('TEARDOWN', url, this.#headers('TEARDOWN', url));
    } catch {
      // What the camera had us say cannot stand in a request: it frees our place when the session times out.
    }
    this.#connection.close();
  }

  async #request(method: string, url: string, headers: Headers, withinMs?: number): Promise<RtspResponse> {
    for (let signIns = 0; ; signIns += 1) {
      const all = { ...headers, ...this.#headers(method, url) };
      const response = await this.#connection.request(method, url, all, withinMs);
      if (response.status !== 401) return response;
      this.#signIn.challenged(response.headers, signIns);
    }
  }

  #headers(method: string, uri: string): Headers {
    const session = this.#session === undefined ? {} : { Session: this.#session };
    const signed = this.#signIn.authorization(method, uri);
    return signed === undefined ? session : { ...session, Authorization: signed };
  }
}

/** The camera is asked at another port of its host. */
export class Elsewhere extends Error {
  readonly address: CameraAddress;

  constructor(address: CameraAddress) {
    super('another port of the same host');
    this.address = address;
  }
}

function unlessSilent(error: unknown): undefined {
  if (error instanceof SealcamError && error.code === 'rtsp.silent') return undefined;
  throw error;
}

/** Cameras are loose with statuses: what a refusal means depends on what was asked. */
function expectOk(response: RtspResponse, otherwise: ErrorCode): void {
  const { status } = response;
  if (status >= 200 && status < 300) return;
  throw new SealcamError(STATUS_FAULTS[status] ?? (status >= 500 ? 'rtsp.busy' : otherwise), `status ${status}`);
}

const STATUS_FAULTS: Readonly<Record<number, ErrorCode>> = {
  403: 'rtsp.password',
  404: 'rtsp.not-found',
  415: 'rtsp.codec',
  453: 'rtsp.busy',
  454: 'rtsp.ended',
  461: 'rtsp.transport',
  501: 'rtsp.not-rtsp',
  505: 'rtsp.not-rtsp',
};

/** Some cameras send a path alone as the base, or to be redirected to. */
function absolute(base: string, asked: string): string {
  if (/^rtsps?:\/\//iu.test(base)) return base;
  const origin = /^rtsps?:\/\/[^/]+/iu.exec(asked)?.[0] ?? '';
  return base.startsWith('/') ? origin + base : asked;
}

function transportAnswer(header: string, offer: TransportOffer): TransportAnswer {
  // Where a camera answers with several, the first is meant.
  const fields = (header.split(',')[0] ?? '').split(';').map((field) => field.trim().toLowerCase());
  const range = (name: string): readonly [number, number] | undefined => {
    const match = fields
      .map((field) => /^([a-z_]+)=(\d{1,5})(?:-(\d{1,5}))?$/u.exec(field))
      .find((found) => found?.[1] === name);
    return match ? [Number(match[2]), match[3] === undefined ? Number(match[2]) + 1 : Number(match[3])] : undefined;
  };
  const channels = range('interleaved');
  if (offer.kind === 'tcp') {
    if (fields[0] !== '' && fields[0] !== 'rtp/avp/tcp')
      throw new SealcamError('rtsp.transport', 'answers with another transport');
    const [rtpChannel, rtcpChannel] = channels ?? [offer.channel, offer.channel + 1];
    if (rtpChannel > 255 || rtcpChannel > 255) throw new SealcamError('rtsp.transport', 'channels out of range');
    return { kind: 'tcp', rtpChannel, rtcpChannel };
  }
  if (channels !== undefined || fields.includes('multicast'))
    throw new SealcamError('rtsp.transport', 'answers with another transport');
  const ports = range('server_port');
  if (ports === undefined || ports.some((port) => port < 1 || port > 65_535)) return { kind: 'udp' };
  return { kind: 'udp', rtpPort: ports[0], rtcpPort: ports[1] };
}
