/**
 * An agent that is nobody's yet: keeps a mailbox open at the relay and shows a link to it, until one browser has claimed it. The
 * secret is in the link's fragment alone. A link is renewed before it runs out; a mailbox is joined once, ever.
 */
import { randomBytes } from 'node:crypto';
import { encodePairingLink, qrDeviceReceive, showQr, type OfferedHome, type QrDevice } from '@sealcam/home';
import {
  fromBase64Url,
  idFromBytes,
  mailboxId,
  firstAnswer,
  isErrorCode,
  isVersionCode,
  millis,
  parseMessage,
  PROTOCOL_VERSION,
  SealcamError,
  toBase64Url,
  ToPairing,
  type ErrorCode,
  type FromPairing,
  type MailboxId,
} from '@sealcam/protocol';
import { WebSocket } from 'ws';
import type { ClaimLink } from './agent.ts';
import type { Identity } from './identity.ts';
import { openSocket, problemOf, type RelayLink } from './relay-socket.ts';

export interface ClaimParts {
  readonly identity: Identity;
  readonly link: RelayLink;
  readonly pagesUrl: string;
  /** What the relay will be shown when the home is new there; asked for with each link. */
  readonly invitation: () => string | undefined;
  readonly clock: () => number;
  /** A new link, or none and why. */
  readonly onLink: (link: ClaimLink | undefined, problem: string | undefined) => void;
  /** Once. The browser is told that it was claimed when this resolves: by then the relay should know the home. */
  readonly onClaimed: (home: OfferedHome) => Promise<void>;
  /** 0 ≤ random < 1, for the jitter. */
  readonly random?: () => number;
}

/** Somebody may be typing the link over: it must be good for a while yet when it is replaced. */
const RENEW_BEFORE_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** An invitation that is of no use becomes none by asking often; the operator may open the relay meanwhile. */
const UNINVITED_WAIT_MS = 60_000;

export class Claim {
  readonly #parts: ClaimParts;
  #socket: WebSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #over = false;

  constructor(parts: ClaimParts) {
    this.#parts = parts;
    this.#timer = setTimeout(() => void this.#show(), 0);
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  async #show(): Promise<void> {
    const { identity, link, clock } = this.#parts;
    const shown = await showQr({
      ...{ keys: identity.keys, hpke: identity.hpke, kind: 'agent' as const, name: 'Agent', nowMs: clock() },
      mailboxId: idFromBytes(mailboxId, randomBytes(16)),
    });
    if (this.#over) return;
    const socket = openSocket(link, '/ws/pair');
    this.#socket = socket;
    const mailbox = new Mailbox(socket, shown.state, clock, {
      opened: (expiresMs) => {
        this.#failures = 0;
        mailbox.post(shown.send);
        this.#tell(encodePairingLink(shown.link), expiresMs);
        this.#renewBefore(expiresMs, mailbox);
      },
      claimed: async (home) => {
        this.#over = true;
        clearTimeout(this.#timer);
        await this.#parts.onClaimed(home);
      },
      closed: (problem) => this.#ended(socket, problem),
    });
    socket.on('open', () => mailbox.open(shown.link.mailboxId, this.#parts.invitation()));
  }

  #tell(fragment: string, expiresMs: number): void {
    const url = `${this.#parts.pagesUrl.replace(/\/$/u, '')}/app#claim=${fragment}`;
    this.#parts.onLink({ url, expiresMs: millis(expiresMs) }, undefined);
  }

  /** Not while somebody is in the middle of claiming: the mailbox's own end decides then. */
  #renewBefore(expiresMs: number, mailbox: Mailbox): void {
    clearTimeout(this.#timer);
    const waitMs = Math.max(RENEW_BEFORE_MS / 2, expiresMs - this.#parts.clock() - RENEW_BEFORE_MS);
    this.#timer = setTimeout(() => {
      if (!mailbox.isJoined) mailbox.leave();
    }, waitMs);
  }

  #ended(socket: WebSocket, problem: string | undefined): void {
    if (this.#over || socket !== this.#socket) return;
    clearTimeout(this.#timer);
    if (problem !== undefined) this.#parts.onLink(undefined, problem);
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    const jittered = most * (0.5 + (this.#parts.random ?? Math.random)() / 2);
    const isSlow = problem === 'home.invitation' || isVersionCode(problem);
    const waitMs = problem === undefined ? 0 : isSlow ? UNINVITED_WAIT_MS : jittered;
    this.#timer = setTimeout(() => void this.#show(), waitMs);
  }
}

interface MailboxEvents {
  readonly opened: (expiresMs: number) => void;
  readonly claimed: (home: OfferedHome) => Promise<void>;
  /** `problem` undefined: it ran its time, or one attempt came to nothing; a new link is in order at once. */
  readonly closed: (problem: string | undefined) => void;
}

/** One mailbox, one attempt. */
class Mailbox {
  readonly #socket: WebSocket;
  readonly #events: MailboxEvents;
  readonly #clock: () => number;
  #state: QrDevice;
  #turn: Promise<void> = Promise.resolve();
  #opened = false;
  #problem: string | undefined;
  #mails = 0;
  isJoined = false;

  constructor(socket: WebSocket, state: QrDevice, clock: () => number, events: MailboxEvents) {
    this.#socket = socket;
    this.#state = state;
    this.#clock = clock;
    this.#events = events;
    socket.on('message', (data: Buffer, isBinary) => this.#received(data, isBinary));
    socket.on('error', (error) => (this.#problem ??= problemOf(error)));
    socket.on('close', () => events.closed(this.#problem ?? (this.#opened ? undefined : 'ECONNRESET')));
  }

  open(id: MailboxId, invitation: string | undefined): void {
    const newHome = invitation === undefined ? {} : { invitation };
    this.#send({ t: 'open', id: 1, version: PROTOCOL_VERSION, mailboxId: id, digits: false, newHome });
  }

  post(bodies: readonly Uint8Array[]): void {
    for (const body of bodies) this.#send({ t: 'post', body: toBase64Url(body) });
  }

  leave(): void {
    this.#socket.close();
  }

  #send(message: FromPairing): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #received(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) throw new SealcamError('protocol.unexpected');
      const message = parseMessage(ToPairing, data.toString('utf8'));
      if (message.t === 'opened' && !this.#opened) {
        this.#opened = true;
        this.#events.opened(message.expiresMs);
      } else if (message.t === 'joined') this.isJoined = true;
      else if (message.t === 'mail') this.#mail(fromBase64Url(message.body));
      else if (message.t === 'error') this.#refused(isErrorCode(message.code) ? message.code : 'internal');
    } catch (error) {
      this.#fail(error instanceof SealcamError ? error.code : 'internal');
    }
  }

  /** A code that ran out or was left is the end of this link only. */
  #refused(code: ErrorCode): void {
    if (!code.startsWith('pair.')) this.#problem = this.#opened ? code : firstAnswer(code);
    this.#socket.close();
  }

  #mail(body: Uint8Array): void {
    this.isJoined = true;
    this.#mails += 1;
    if (this.#mails > MOST_MAILS) return this.#fail('protocol.too-many');
    this.#turn = this.#turn.then(() => this.#step(body)).catch(() => this.#fail('internal'));
  }

  async #step(body: Uint8Array): Promise<void> {
    const { state, send } = await qrDeviceReceive(this.#state, body, this.#clock());
    this.#state = state;
    if (state.at === 'joined') await this.#events.claimed(state.home);
    this.post(send);
    if (state.at === 'joined' || state.at === 'failed') this.#socket.close();
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#socket.close();
  }
}

/** A chain of rosters comes in several bodies; more than this is no claim. */
const MOST_MAILS = 1024;
