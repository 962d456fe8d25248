/**
 * One WebSocket with the manners all three paths share: bounded messages, one at a time and in order, a rate, an error before
 * every close, and no way for a peer's bytes to become anything but a message or a close code.
 */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocket, type RawData } from 'ws';
import { CodecError, ERRORS, LIMITS, SealcamError, type ErrorCode } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { Place } from '../door/strangers.ts';
import type { QueuedSocket } from '../live/viewer-queue.ts';
import type { EventLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { Bucket } from './bucket.ts';
import { sharedFrame } from './shared-frame.ts';

export const CLOSE = {
  goingAway: 1001,
  malformed: 4400,
  refused: 4401,
  removed: 4403,
  silent: 4408,
  replaced: 4409,
  tooMany: 4429,
} as const;
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** The bytes under a WebSocket: a TCP or TLS socket, or what `Relay.accept` was given. */
export type RawStream = Duplex & { readonly bytesWritten: number };

export interface ConnectionParts {
  readonly socket: WebSocket;
  readonly raw: RawStream;
  readonly kind: 'viewer' | 'agent' | 'pair';
  /** The `Host` header of the upgrade, lower case. */
  readonly host: string;
  readonly address: string;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly metrics: Metrics;
  /** A stranger's, which it has until it is known who this is. */
  readonly place: Place;
}

/** What a path does with messages. A promise holds the next message back until it is settled. */
export interface Handlers {
  text(message: string): Promise<void> | void;
  binary(message: Uint8Array): Promise<void> | void;
  /** Nothing reaches the peer any more. What it had sent before may still come; `closed` ends that. */
  gone?(): void;
  /** Nothing comes any more. Called once, after `gone`. */
  closed(): void;
}

/** Messages that may wait behind one that takes long, before the socket is no longer read. */
const BACKLOG = { messages: 64, bytes: 8 * 1024 * 1024 };
/** Control messages that may wait to go out to one that does not read them. */
const OUT_BYTES = LIMITS.viewerQueueBytes + LIMITS.gopBytes + 2 * LIMITS.textMessageBytes;
/** The same for a side of a pairing, whom nobody knows: all that a mailbox holds. */
const PAIR_OUT_BYTES = LIMITS.mailboxMessages * LIMITS.mailboxMessageBytes;
/** From the close frame to the end of the socket. */
const LINGER_MS = 1_000;
/** What a peer had sent before its end is worked on so long, and no longer. */
const FINISH_MS = 10_000;

/** Ends that say nothing against what the peer had sent before them. After every other one nothing more of it is looked at. */
const BLAMELESS: ReadonlySet<CloseCode> = new Set([CLOSE.goingAway, CLOSE.silent]);

/**
 * Of the rate. An agent answers for all viewers of its home. A viewer that leaves a page of twenty cameras, and comes back, asks
 * for three tracks of each twice; at a single share flipping pages ended its connection.
 */
const SHARES = { agent: 20, viewer: 4, pair: 1 } as const;

type Inbound = { readonly text: string } | { readonly binary: Uint8Array };

export class Connection {
  readonly id: string = randomBytes(16).toString('hex');
  readonly host: string;
  readonly address: string;
  readonly kind: ConnectionParts['kind'];
  readonly socket: WebSocket;
  /** For pictures: framed once for all viewers, and in order with `send`, since nothing is compressed and ws holds nothing back. */
  readonly units: QueuedSocket;
  readonly #parts: ConnectionParts;
  readonly #rate: Bucket;
  readonly #over = Promise.withResolvers<undefined>();
  /** Undefined again when nothing more is looked at. */
  #handlers: Handlers | undefined;
  #known = false;
  #ended = false;
  #isClosed = false;
  #busy = false;
  /** What a pong must bring that says: all before it has arrived. */
  #drainMark: Buffer | undefined;
  #backlog: Inbound[] = [];
  #backlogBytes = 0;
  #earlyBytes = 0;
  #heardMs: number;
  #flushedBytes = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.socket = parts.socket;
    this.host = parts.host;
    this.address = parts.address;
    this.kind = parts.kind;
    this.units = unitsTo(parts);
    this.#heardMs = parts.clock.monoMs();
    const share = SHARES[parts.kind];
    this.#rate = new Bucket(LIMITS.messagesPerSecond * share, LIMITS.messageBurst * share, parts.clock);
    parts.raw.on('data', this.#countEarly);
    parts.socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    parts.socket.on('pong', (data) => this.#ponged(data));
    // ws closes by itself, with 1002, 1007 or 1009, what breaks the WebSocket protocol; the event only says so.
    parts.socket.on('error', () => this.#parts.metrics.refusals.inc({ code: 'codec.malformed' }));
    parts.socket.on('close', () => this.#closed());
  }

  /** Nothing can be sent any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when the socket is gone and nothing that came by it is looked at any more. */
  get over(): Promise<unknown> {
    return this.#over.promise;
  }

  /** Begins to hand messages on. */
  serve(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  /** It said who it is, and it is true: the bounds of strangers end. */
  known(): void {
    if (this.#known) return;
    this.#known = true;
    this.#parts.raw.off('data', this.#countEarly);
    this.#parts.place.leave();
  }

  /** It has a place elsewhere, in a mailbox, though nobody knows who it is. */
  isPlaced(): void {
    this.#parts.place.leave();
  }

  /** While it is found out who this is, other strangers are put out first. */
  async held<T>(work: () => Promise<T>): Promise<T> {
    const letGo = this.#parts.place.hold();
    try {
      return await work();
    } finally {
      letGo();
    }
  }

  send(message: object): void {
    if (this.#ended || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > (this.kind === 'pair' ? PAIR_OUT_BYTES : OUT_BYTES))
      return this.end(CLOSE.tooMany);
    this.socket.send(JSON.stringify(message));
  }

  /** An error the connection survives. */
  fail(code: ErrorCode, re?: number, sinceMs?: number): void {
    this.#parts.metrics.refusals.inc({ code });
    const { words } = ERRORS[code];
    this.send({ t: 'error', ...(re !== undefined && { re }), code, words, ...(sinceMs !== undefined && { sinceMs }) });
  }

  /** The last word. @param code the error that is sent first */
  end(close: CloseCode, code?: ErrorCode): void {
    if (this.#ended) return BLAMELESS.has(close) ? undefined : this.#forget();
    if (code !== undefined) this.fail(code);
    this.#ended = true;
    this.#parts.log.info('socket.ended', { kind: this.kind, address: this.address, status: close, code });
    this.socket.close(close);
    // A peer that does not answer the close frame must not hold the socket for ws's own 30 s.
    const stop = this.#parts.clock.after(LINGER_MS, () => this.socket.terminate());
    this.socket.once('close', stop);
    // Out of every track at once, not when the peer answers the close.
    if (BLAMELESS.has(close)) this.#finish();
    else this.#forget();
  }

  /**
   * What waits to go out arrives soon or never: a peer that has not taken all of it by then is dropped, and with a reset, so that the
   * system forgets it too. (Under TLS the system's own buffer is out of reach; what is in ours goes.)
   */
  drainWithin(ms: number): void {
    if (this.#drainMark !== undefined || this.#ended || this.socket.readyState !== WebSocket.OPEN) return;
    const mark = randomBytes(8);
    this.#drainMark = mark;
    this.socket.ping(mark);
    this.#parts.clock.after(ms, () => {
      // A relay that was busy itself reads first what has come meanwhile.
      setImmediate(() => {
        if (this.#drainMark === mark) this.#reset();
      });
    });
  }

  #reset(): void {
    const { raw, log } = this.#parts;
    log.info('socket.reset', { kind: this.kind, address: this.address });
    if (raw instanceof Socket && !(raw instanceof TLSSocket)) raw.resetAndDestroy();
    else this.socket.terminate();
  }

  /** Called every `pingEveryMs`: a peer that neither answers nor drains what is sent is gone. */
  checkAlive(): void {
    const { raw, clock } = this.#parts;
    const flushed = raw.bytesWritten - raw.writableLength;
    if (raw.writableLength > 0 && flushed > this.#flushedBytes) this.#heard(); // its pong waits behind pictures
    this.#flushedBytes = flushed;
    if (clock.monoMs() - this.#heardMs > LIMITS.pingTimeoutMs) {
      this.end(CLOSE.silent);
      this.socket.terminate();
    } else if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }

  #ponged(data: Buffer): void {
    this.#heard();
    if (this.#drainMark?.equals(data) === true) this.#drainMark = undefined;
  }

  #heard(): void {
    this.#heardMs = this.#parts.clock.monoMs();
  }

  /** Bytes of one that nobody knows yet: counted as they come in, not when a message is whole. */
  readonly #countEarly = (chunk: Uint8Array): void => {
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes <= LIMITS.firstMessageBytes || this.kind === 'pair') return;
    this.socket.pause();
    this.end(CLOSE.malformed, 'protocol.too-large');
  };

  #received(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    this.#heard();
    const bytes = asBuffer(data);
    if (!isBinary && !this.#rate.take(1)) return this.end(CLOSE.tooMany, 'protocol.too-many');
    const message = isBinary ? { binary: bytes } : { text: bytes.toString('utf8') };
    if (!this.#busy) return void this.#handle(message);
    this.#backlog.push(message);
    this.#backlogBytes += bytes.length;
    if (this.#backlog.length >= BACKLOG.messages || this.#backlogBytes >= BACKLOG.bytes) this.socket.pause();
  }

  /** @returns whether the next one has to wait for it */
  #handle(message: Inbound): boolean {
    try {
      const pending = 'text' in message ? this.#handlers?.text(message.text) : this.#handlers?.binary(message.binary);
      if (!(pending instanceof Promise)) return false;
      this.#busy = true;
      void pending.catch((error: unknown) => this.#failed(error)).then(() => this.#next());
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #next(): void {
    this.#busy = false;
    for (let message = this.#backlog.shift(); message !== undefined; message = this.#backlog.shift()) {
      this.#backlogBytes -= 'text' in message ? message.text.length : message.binary.length;
      if (this.#handle(message)) return;
    }
    this.#backlogBytes = 0;
    if (this.#ended) this.#forget();
    else if (this.socket.isPaused) this.socket.resume();
  }

  /** Bytes that are no message end the socket; a refusal is answered; a fault of ours is logged, and the peer told no more than that. */
  #failed(error: unknown): void {
    if (error instanceof CodecError) return this.end(CLOSE.malformed, 'codec.malformed');
    if (error instanceof SealcamError) return this.fail(error.code);
    this.#parts.log.fault('socket.failed', error, { kind: this.kind });
    this.fail('internal');
  }

  #closed(): void {
    this.#isClosed = true;
    const wasEnded = this.#ended;
    this.#ended = true;
    if (wasEnded) this.#settle();
    else this.#finish();
    this.known();
  }

  /**
   * Nothing goes out any more; what had come in is worked off, in order: the last receipt of a display that hangs up counts.
   * Bounded by the backlog and by time. Strangers have nothing to finish.
   */
  #finish(): void {
    this.#handlers?.gone?.();
    if (!this.#busy || !this.#known) return this.#forget();
    const stop = this.#parts.clock.after(FINISH_MS, () => this.#forget());
    void this.over.then(stop);
  }

  /** Nothing that it sent is looked at any more. */
  #forget(): void {
    this.#backlog = [];
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.closed();
    this.#settle();
  }

  #settle(): void {
    if (this.#isClosed && this.#handlers === undefined) this.#over.resolve(undefined);
  }
}

function unitsTo({ socket, raw }: ConnectionParts): QueuedSocket {
  return {
    get bufferedAmount() {
      return raw.writableLength;
    },
    // Node's own bound for "no more for now" is far below `DRAINED_BYTES`.
    send: (message) => socket.readyState === WebSocket.OPEN && raw.write(sharedFrame(message)),
  };
}

function asBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
