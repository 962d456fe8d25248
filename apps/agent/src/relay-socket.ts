/** One authenticated connection to a relay: dial, say who, then messages both ways. Nothing here reconnects (`uplink.ts` does). */
import { rootCertificates } from 'node:tls';
import { signAuth, type DeviceKeys } from '@sealcam/home';
import {
  ERRORS,
  fromBase64Url,
  isErrorCode,
  letGo,
  LIMITS,
  parseMessage,
  PROGRAM_VERSION,
  PROTOCOL_VERSION,
  relayRefusal,
  SealcamError,
  ToAgent,
  toBase64Url,
  type FromAgent,
  type HomeId,
} from '@sealcam/protocol';
import { WebSocket, type RawData } from 'ws';
import { codeOf } from './durable-file.ts';

export interface RelayLink {
  /** `ws://` or `wss://`, without a path. */
  readonly url: string;
  /** PEM of an authority to trust beside the system's. */
  readonly trust?: string;
}

export interface DialOptions {
  readonly link: RelayLink;
  readonly homeId: HomeId;
  readonly keys: DeviceKeys;
  /** Both only when the home may be new at this relay. */
  readonly genesis?: string;
  readonly invitation?: string;
  /** Events after `welcome`, in order. */
  readonly onMessage: (message: ToAgent) => void;
  /** Once. `problem`: an error code of the table, or of the system, for people. */
  readonly onClosed: (problem: string) => void;
}

export type AgentRequest = Extract<FromAgent, { readonly id: number }>;
export type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Answer = Extract<ToAgent, { readonly re: number }>;

const HANDSHAKE_MS = 10_000;
const LINGER_MS = 500;
const CLOSE_MALFORMED = 4400;
const CLOSE_WORDS: Readonly<Record<number, string>> = {
  4400: 'codec.malformed',
  4401: 'auth.refused',
  4403: 'device.removed',
  4409: 'store.in-use',
  4429: 'protocol.too-many',
};

export function openSocket(link: RelayLink, path: '/ws/agent' | '/ws/pair'): WebSocket {
  return new WebSocket(new URL(path, link.url), {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LIMITS.textMessageBytes + 1024,
    // Masks guard old proxies against bytes that a web page chose (RFC 6455, 10.3). Here no page chooses any, and a mask of zeros
    // saves each frame a copy and two passes over its bytes, one on each side.
    generateMask: (mask) => void mask.fill(0),
    ...(link.trust === undefined ? {} : { ca: [...rootCertificates, link.trust] }),
  });
}

export class RelaySocket {
  readonly #options: DialOptions;
  readonly #socket: WebSocket;
  readonly #requests = new Map<number, PromiseWithResolvers<Answer>>();
  #nextId = 1;
  #problem: string | undefined;
  #ended = false;
  #at: 'challenge' | 'auth' | 'welcome' | 'closed' = 'challenge';
  #silence: NodeJS.Timeout;
  readonly #welcomed = Promise.withResolvers<Extract<ToAgent, { t: 'welcome' }>>();

  constructor(options: DialOptions) {
    this.#options = options;
    this.#socket = openSocket(options.link, '/ws/agent');
    this.#silence = this.#watchSilence();
    // Nobody may be waiting: its end is told through `onClosed`.
    this.#welcomed.promise.catch(() => undefined);
    this.#socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    this.#socket.on('ping', () => this.#heard());
    this.#socket.on('open', () => this.#heard());
    this.#socket.on('error', (error) => (this.#problem ??= problemOf(error)));
    this.#socket.on('close', (code) => this.#closed(code));
  }

  /** Rejects with what `onClosed` is told too. */
  get welcome(): Promise<Extract<ToAgent, { t: 'welcome' }>> {
    return this.#welcomed.promise;
  }

  /** Bytes that wait to leave. */
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: FromAgent): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param envelope a binary message, the socket's from here on: its memory is given back when the system has its bytes */
  sendUnit(envelope: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(envelope, () => letGo(envelope));
  }

  /** @throws {SealcamError} with the relay's code, or `home.offline` when the socket closes before the answer */
  async request(message: WithoutId<AgentRequest>): Promise<Answer> {
    if (this.#at !== 'welcome') throw new SealcamError('home.offline');
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = Promise.withResolvers<Answer>();
    this.#requests.set(id, answer);
    this.send({ ...message, id });
    return await answer.promise;
  }

  /** What still comes in is not looked at. @param problem for `onClosed` */
  close(problem?: string, code = 1000): void {
    this.#problem ??= problem;
    this.#ended = true;
    this.#socket.close(code);
    // A relay that does not answer the close frame must not hold us for ws's own 30 s.
    const linger = setTimeout(() => this.#socket.terminate(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(linger));
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#heard();
    if (this.#ended) return;
    try {
      if (isBinary) throw new SealcamError('protocol.unexpected', 'binary');
      this.#handle(parseMessage(ToAgent, textOf(data)));
    } catch (error) {
      this.close(error instanceof SealcamError ? error.code : 'internal', CLOSE_MALFORMED);
    }
  }

  #handle(message: ToAgent): void {
    if (this.#at === 'welcome') return this.#inHome(message);
    if (message.t === 'error') this.#problem ??= message.code;
    else if (message.t === 'challenge' && this.#at === 'challenge') {
      this.#at = 'auth';
      void this.#answer(message).catch(() => this.close('internal'));
    } else if (message.t === 'welcome' && this.#at === 'auth') {
      this.#at = 'welcome';
      this.#welcomed.resolve(message);
    } else throw new SealcamError('protocol.unexpected', message.t);
  }

  async #answer(challenge: Extract<ToAgent, { t: 'challenge' }>): Promise<void> {
    const refusal = relayRefusal('agent', challenge.versions);
    if (refusal !== undefined) return this.close(refusal);
    const { homeId, keys, genesis, invitation, link } = this.#options;
    const nonce = fromBase64Url(challenge.nonce);
    // A nonce of another length could make the signature mean something else.
    if (nonce.length !== 32) return this.close('protocol.unexpected', CLOSE_MALFORMED);
    const sig = toBase64Url(await signAuth(keys, homeId, nonce, new URL(link.url).host.toLowerCase()));
    this.send({
      t: 'auth',
      version: PROTOCOL_VERSION,
      program: PROGRAM_VERSION,
      homeId,
      deviceId: keys.deviceId,
      sig,
      ...(genesis === undefined ? {} : { genesis }),
      ...(invitation === undefined ? {} : { invitation }),
    });
  }

  #inHome(message: ToAgent): void {
    if (!('re' in message) || message.re === undefined) return this.#options.onMessage(message);
    const waiting = this.#requests.get(message.re);
    if (waiting === undefined) throw new SealcamError('protocol.unexpected', 'an answer to nothing');
    this.#requests.delete(message.re);
    if (message.t === 'error') waiting.reject(new SealcamError(isErrorCode(message.code) ? message.code : 'internal'));
    else waiting.resolve(message);
  }

  #watchSilence(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#problem ??= 'ETIMEDOUT';
      this.#socket.terminate();
    }, LIMITS.pingTimeoutMs);
  }

  /** The relay pings every `pingEveryMs`: silence means that a middle box forgot us. */
  #heard(): void {
    if (this.#at !== 'closed') this.#silence.refresh();
  }

  #closed(code: number): void {
    if (this.#at === 'closed') return;
    this.#at = 'closed';
    this.#ended = true;
    clearTimeout(this.#silence);
    const problem = this.#problem ?? CLOSE_WORDS[code] ?? 'ECONNRESET';
    const gone = new SealcamError('home.offline', problem);
    this.#welcomed.reject(gone);
    for (const waiting of this.#requests.values()) waiting.reject(gone);
    this.#requests.clear();
    this.#options.onClosed(problem);
  }
}

/** What ws says of an upgrade that was answered with another status has no code of its own. */
export function problemOf(error: Error): string {
  if (error.message.endsWith(`: ${ERRORS['host.foreign'].status}`)) return 'host.foreign';
  return codeOf(error) === 'unknown' ? error.message : codeOf(error);
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}
