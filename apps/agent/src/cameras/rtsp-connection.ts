/**
 * The connection to a camera: requests out, responses matched by CSeq, interleaved packets handed on.
 * One fault ends it, once, with a code of the errors table.
 */
import { SealcamError } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import type { Tap } from './recording.ts';
import { openSocket, type Line } from './rtsp-line.ts';
import { encodeRequest, headerOf, type RtspRequest, type RtspResponse } from './rtsp-message.ts';
import { RtspReader } from './rtsp-reader.ts';
import { openTunnel } from './rtsp-tunnel.ts';

/** Unless a request says otherwise. */
export const RESPONSE_TIMEOUT_MS = 15_000;
/** Unanswered requests; only keep-alives of a camera that ignores them can pile up. */
const MAX_PENDING = 8;
/** Answers that nobody asked for: a camera that sends more of them talks to somebody else. */
const MAX_UNASKED = 32;
/** A body comes in one piece, as a rule: when nothing more has come for so long, its length was wrong. */
const BODY_PAUSE_MS = 700;

export interface ConnectionOptions {
  /** SHA-256 of the certificate that is expected, hex. */
  readonly pin?: string;
  /** For a sign-in that comes before RTSP: a tunnel's own. */
  readonly credentials?: Credentials;
  /** @param packet a view: valid only during the call */
  readonly onFrame: (channel: number, packet: Uint8Array) => void;
  /** Whether frames of this channel may come. */
  readonly isOurs: (channel: number) => boolean;
  /** Once, for whatever ends the connection after it opened, but not for `close`. */
  readonly onFault: (fault: SealcamError) => void;
  readonly signal: AbortSignal;
  readonly tap?: Tap;
}

interface Pending {
  readonly method: string;
  readonly resolve: (response: RtspResponse) => void;
  readonly reject: (fault: SealcamError) => void;
}

export class RtspConnection {
  readonly #line: Line;
  readonly #options: ConnectionOptions;
  readonly #reader: RtspReader;
  readonly #pending = new Map<number, Pending>();
  /** Given up, and perhaps answered late. */
  readonly #givenUp = new Set<number>();
  #cseq = 0;
  #unasked = 0;
  #bodyTimer: NodeJS.Timeout | undefined;
  #ended = false;

  /** Use `connect`. */
  constructor(line: Line, options: ConnectionOptions) {
    this.#line = line;
    this.#options = options;
    this.#reader = new RtspReader({
      onResponse: (response) => this.#settle(response),
      onRequest: (request) => this.#answer(request),
      onFrame: options.onFrame,
      isOurs: options.isOurs,
    });
  }

  /** Bytes so far that were part of nothing. */
  get strayBytes(): number {
    return this.#reader.skipped;
  }

  /** Feeds bytes as read; a fault of the reader ends the connection. */
  receive(chunk: Uint8Array): void {
    this.#read(() => this.#reader.push(chunk));
    clearTimeout(this.#bodyTimer);
    if (!this.#ended && this.#reader.isInBody)
      this.#bodyTimer = setTimeout(() => this.#read(() => this.#reader.endBody()), BODY_PAUSE_MS);
  }

  #read(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (cause) {
      this.fail(cause instanceof SealcamError ? cause : new SealcamError('internal', undefined, { cause }));
    }
  }

  /** See `Line.pin`. */
  get pin(): string | undefined {
    return this.#line.pin;
  }

  get localAddress(): string {
    return this.#line.localAddress;
  }

  get remoteAddress(): string {
    return this.#line.remoteAddress;
  }

  /** @throws {SealcamError} `rtsp.silent` without an answer in time, or what ended the connection */
  async request(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    withinMs: number = RESPONSE_TIMEOUT_MS,
  ): Promise<RtspResponse> {
    const response = Promise.withResolvers<RtspResponse>();
    const cseq = this.#write(method, url, headers, { method, ...response });
    const timer = setTimeout(() => {
      this.#giveUp(cseq);
      response.reject(new SealcamError('rtsp.silent', `no answer to ${method}`));
    }, withinMs);
    try {
      return await response.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #write(method: string, url: string, headers: Readonly<Record<string, string>>, pending: Pending): number {
    this.#cseq += 1;
    const cseq = this.#cseq;
    if (this.#ended) {
      pending.reject(new SealcamError('rtsp.ended'));
      return cseq;
    }
    const request = encodeRequest(method, url, { CSeq: String(cseq), 'User-Agent': 'Sealcam', ...headers });
    if (this.#pending.size >= MAX_PENDING) this.#giveUp(this.#pending.keys().next().value ?? 0);
    this.#pending.set(cseq, pending);
    this.#options.tap?.asked(method, url, cseq);
    this.#line.write(request);
    return cseq;
  }

  /** A binary packet on an interleaved channel. Dropped where the camera does not read: it is only a report. */
  sendFrame(channel: number, packet: Uint8Array): void {
    if (this.#ended || this.#line.isBusy) return;
    const front = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
    this.#line.write(Buffer.concat([front, packet]));
  }

  #giveUp(cseq: number): void {
    this.#pending.delete(cseq);
    this.#givenUp.add(cseq);
    if (this.#givenUp.size > MAX_PENDING) this.#givenUp.delete(this.#givenUp.values().next().value ?? 0);
  }

  /** Requests are answered in order, so where the number is missing, odd or another one's the oldest is meant. */
  #settle(response: RtspResponse): void {
    // 100 Continue (RFC 2326, 11): the answer is still to come.
    if (response.status < 200) return;
    const sent = Number(headerOf(response, 'cseq') ?? Number.NaN);
    if (!this.#pending.has(sent) && this.#givenUp.delete(sent)) return;
    const cseq = this.#pending.has(sent) ? sent : this.#pending.keys().next().value;
    const pending = cseq === undefined ? undefined : this.#pending.get(cseq);
    if (cseq === undefined || pending === undefined) {
      this.#unasked += 1;
      if (this.#unasked > MAX_UNASKED) throw new SealcamError('rtsp.malformed', 'answers to no request');
      return;
    }
    this.#pending.delete(cseq);
    this.#options.tap?.answered(response, { method: pending.method, cseq });
    pending.resolve(response);
  }

  /** OPTIONS and the like are a camera's own keep-alive; nothing a camera asks changes what we do. */
  #answer(request: RtspRequest): void {
    const cseq = headerOf(request, 'cseq') ?? '0';
    const known =
      request.method === 'OPTIONS' || request.method === 'SET_PARAMETER' || request.method === 'GET_PARAMETER';
    if (this.#ended || this.#line.isBusy) return;
    this.#line.write(`RTSP/1.0 ${known ? '200 OK' : '501 Not Implemented'}\r\nCSeq: ${cseq.slice(0, 16)}\r\n\r\n`);
  }

  /** Ends it for a fault: pending requests fail with it, then `onFault` hears of it. */
  fail(fault: SealcamError): void {
    if (this.#ended) return;
    this.#end(fault);
    this.#line.destroy();
    this.#options.onFault(fault);
  }

  #end(fault: SealcamError): void {
    this.#ended = true;
    clearTimeout(this.#bodyTimer);
    this.#reader.close();
    for (const pending of this.#pending.values()) pending.reject(fault);
    this.#pending.clear();
  }

  /** A last request whose answer nobody waits for. */
  tell(method: string, url: string, headers: Readonly<Record<string, string>>): void {
    this.#write(method, url, headers, { method, resolve: ignore, reject: ignore });
  }

  /**
   * Ends it on purpose: nothing is handed on from here. What was told before is still written, so that the camera frees our
   * place at once; a camera that does not take it within a second is left anyway.
   */
  close(): void {
    if (this.#ended) return;
    this.#end(new SealcamError('rtsp.ended', 'closed by us'));
    this.#line.close();
    setTimeout(() => this.#line.destroy(), 1_000).unref();
  }
}

function ignore(): void {
  // A farewell waits for no answer.
}

/**
 * Opens the line that the address wants: a socket, or a tunnel.
 * @throws {SealcamError} `rtsp.unreachable`, `rtsp.refused`, `rtsp.tls` or `rtsp.ended`
 */
export async function connect(address: CameraAddress, options: ConnectionOptions): Promise<RtspConnection> {
  const opened: { connection?: RtspConnection } = {};
  const { pin, credentials, signal } = options;
  const line = await (address.tunnel === true ? openTunnel : openSocket)(address, {
    ...(pin === undefined ? {} : { pin }),
    ...(credentials && { credentials }),
    signal,
    onBytes: (bytes) => opened.connection?.receive(bytes),
    onFault: (fault) => opened.connection?.fail(fault),
  });
  opened.connection = new RtspConnection(line, options);
  return opened.connection;
}
