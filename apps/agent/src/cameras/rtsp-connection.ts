/**
 * The socket to a camera, TCP or TLS: requests out, responses matched by CSeq, interleaved packets handed on.
 * One fault ends it, once, with a code of the errors table.
 */
import net from 'node:net';
import tls from 'node:tls';
import { SealcamError, type ErrorCode } from '@sealcam/protocol';
import type { CameraAddress } from './address.ts';
import type { Tap } from './recording.ts';
import { encodeRequest, headerOf, RtspReader, type RtspRequest, type RtspResponse } from './rtsp-message.ts';

export const CONNECT_TIMEOUT_MS = 5_000;
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

/** Every connection reads into this one array: a chunk is used up before the next read, so cameras share it. No Buffer: its `slice` copies nothing. */
const readBuffer = new Uint8Array(64 * 1024);

export class RtspConnection {
  readonly #socket: net.Socket;
  readonly #options: ConnectionOptions;
  readonly #reader: RtspReader;
  readonly #pending = new Map<number, Pending>();
  /** Given up, and perhaps answered late. */
  readonly #givenUp = new Set<number>();
  #cseq = 0;
  #unasked = 0;
  #bodyTimer: NodeJS.Timeout | undefined;
  #ended = false;
  /** SHA-256 of the certificate to remember, hex: set for TLS, but where a public authority vouches for the camera. */
  pin: string | undefined;

  /** Use `connect`. */
  constructor(socket: net.Socket, options: ConnectionOptions) {
    this.#socket = socket;
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

  get localAddress(): string {
    return this.#socket.localAddress ?? '';
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
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
    this.#socket.write(request);
    return cseq;
  }

  /** A binary packet on an interleaved channel. Dropped where the camera does not read: it is only a report. */
  sendFrame(channel: number, packet: Uint8Array): void {
    if (this.#ended || this.#socket.writableNeedDrain) return;
    const front = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
    this.#socket.write(Buffer.concat([front, packet]));
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
    if (this.#ended || this.#socket.writableNeedDrain) return;
    this.#socket.write(`RTSP/1.0 ${known ? '200 OK' : '501 Not Implemented'}\r\nCSeq: ${cseq.slice(0, 16)}\r\n\r\n`);
  }

  /** Ends it for a fault: pending requests fail with it, then `onFault` hears of it. */
  fail(fault: SealcamError): void {
    if (this.#ended) return;
    this.#end(fault);
    this.#socket.destroy();
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
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }
}

function ignore(): void {
  // A farewell waits for no answer.
}

/**
 * Opens the socket; for `rtsps://` also checks the certificate before a byte of ours is sent.
 * @throws {SealcamError} `rtsp.unreachable`, `rtsp.refused`, `rtsp.tls` or `rtsp.ended`
 */
export async function connect(address: CameraAddress, options: ConnectionOptions): Promise<RtspConnection> {
  options.signal.throwIfAborted();
  const opened = Promise.withResolvers<undefined>();
  // Early bytes cannot come: cameras speak only when asked, and `receive` exists before we ask.
  let connection: RtspConnection | undefined;
  const socket = openSocket(address, (bytes) => connection?.receive(readBuffer.subarray(0, bytes)));
  const fault = (error: SealcamError): void => {
    opened.reject(error);
    connection?.fail(error);
  };
  socket.once(address.secure ? 'secureConnect' : 'connect', () => opened.resolve(undefined));
  socket.on('error', (error) => fault(socketFault(error, address.secure)));
  socket.on('end', () => fault(new SealcamError('rtsp.ended')));
  socket.on('close', () => fault(new SealcamError('rtsp.ended')));
  const timer = setTimeout(() => fault(new SealcamError('rtsp.unreachable', 'no answer in time')), CONNECT_TIMEOUT_MS);
  const abort = (): void => fault(new SealcamError('rtsp.ended', 'closed by us'));
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    await opened.promise;
    const pin = socket instanceof tls.TLSSocket ? checkCertificate(socket, options.pin) : undefined;
    socket.setNoDelay(true);
    connection = new RtspConnection(socket, options);
    connection.pin = pin;
    return connection;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', abort);
  }
}

function openSocket(address: CameraAddress, onRead: (bytes: number) => void): net.Socket {
  const to = {
    host: address.host,
    port: address.port,
    onread: {
      buffer: readBuffer,
      callback: (bytes: number): boolean => {
        onRead(bytes);
        return true;
      },
    },
  };
  if (!address.secure) return net.connect(to);
  // Cameras sign their certificates themselves: `checkCertificate` decides instead of a chain.
  return tls.connect({
    ...to,
    rejectUnauthorized: false,
    ...(net.isIP(address.host) === 0 ? { servername: address.host } : {}),
  });
}

/** Trust on first use: what was seen first must come again. Without a pin, a publicly vouched certificate needs none. */
function checkCertificate(socket: tls.TLSSocket, pin: string | undefined): string | undefined {
  const seen = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
  if (seen === undefined) throw new SealcamError('rtsp.tls', 'no certificate');
  if (pin !== undefined && pin !== seen)
    throw new SealcamError('rtsp.tls', 'the certificate is not the one seen at first');
  return pin === undefined && socket.authorized ? undefined : seen;
}

const SOCKET_FAULTS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'rtsp.refused',
  ECONNRESET: 'rtsp.ended',
  EPIPE: 'rtsp.ended',
  EPROTO: 'rtsp.tls',
};

function socketFault(cause: NodeJS.ErrnoException, secure: boolean): SealcamError {
  const reason = cause.code ?? '';
  if (reason.startsWith('ERR_SSL') || reason.startsWith('ERR_TLS'))
    return new SealcamError('rtsp.tls', reason, { cause });
  // A port without TLS hangs up in the middle of the handshake.
  const code = SOCKET_FAULTS[reason] ?? 'rtsp.unreachable';
  return new SealcamError(secure && code === 'rtsp.ended' ? 'rtsp.tls' : code, reason, { cause });
}
