/**
 * Step 7's socket: dials, says who it is, keeps asking and answering by id, and comes back by itself after any break. It knows
 * the messages of docs/protocol.md, nothing of keys or pictures.
 */
import {
  CodecError,
  decodeEnvelope,
  fromBase64Url,
  isErrorCode,
  isVersionCode,
  parseMessage,
  Redial,
  relayRefusal,
  SealcamError,
  ToViewer,
  type Envelope,
  type ErrorCode,
  type FromViewer,
} from '@sealcam/protocol';
import type { SocketEvents, ViewerPorts, ViewerSocket } from './ports.ts';
import { Store, type Readable } from './store.ts';

/** `code`: why, where the relay said so. `final`: the relay will not have this device; it stops trying until `start`. */
export type ConnectionState =
  | { readonly state: 'connecting'; readonly sinceMs: number }
  | { readonly state: 'online'; readonly sinceMs: number }
  | {
      readonly state: 'offline';
      readonly sinceMs: number;
      readonly code: ErrorCode | undefined;
      readonly final: boolean;
    };

type Message<Name extends ToViewer['t']> = Extract<ToViewer, { t: Name }>;
export type Welcome = Message<'welcome'>;
type WithId = Extract<FromViewer, { id: number }>;
/** A request before it has a number. */
export type Request = WithId extends infer One ? (One extends WithId ? Omit<One, 'id'> : never) : never;
export type Answer = Extract<ToViewer, { re: number }>;

export interface ConnectionEvents {
  /** The `auth` message for this challenge. @param host what was dialed, lower case, with its port */
  authenticate(nonce: Uint8Array, host: string): Promise<Extract<FromViewer, { t: 'auth' }>>;
  online(welcome: Welcome): void;
  /** Everything that answers no request, in the order of arrival. */
  event(message: ToViewer): void;
  unit(envelope: Envelope): void;
  /** The connection that was online is lost. */
  lost(): void;
}

interface Pending {
  take(answer: Answer): void;
  fail(error: SealcamError): void;
  readonly untilMs: number;
}

const LAST_RETRY_MS = 15_000;
/** After a refusal that may pass (the relay does not know this device yet) there is no hurry. */
const REFUSED_RETRY_MS = 10_000;
/** Somebody has to update, or to reload: until then an answer is not worth a second connection a second. */
const VERSION_RETRY_MS = 60_000;
const REQUEST_MS = 15_000;
/** Nothing heard for so long: ask something; for twice as long: the socket is dead, whatever it says. */
const SILENT_MS = 8_000;

export class Connection {
  readonly #url: string;
  readonly #ports: Pick<ViewerPorts, 'dial' | 'clock' | 'random'>;
  readonly #events: ConnectionEvents;
  readonly #state: Store<ConnectionState>;
  readonly #pending = new Map<number, Pending>();
  readonly #redial: Redial;
  #socket: ViewerSocket | undefined;
  #online = false;
  #nextId = 1;
  /** Whether the relay of this socket is there: it has challenged us. */
  #challenged = false;
  #heardMs = 0;
  #refusal: ErrorCode | undefined;
  #cancelRetry: (() => void) | undefined;
  #probe: (() => Request) | undefined;
  #probing = false;

  constructor(url: string, ports: Pick<ViewerPorts, 'dial' | 'clock' | 'random'>, events: ConnectionEvents) {
    this.#url = url;
    this.#ports = ports;
    this.#events = events;
    this.#redial = new Redial({
      nowMs: () => this.#now(),
      random: () => this.#random(),
      longestMs: LAST_RETRY_MS,
    });
    this.#state = new Store<ConnectionState>({ state: 'connecting', sinceMs: ports.clock.wallMs() });
  }

  get state(): Readable<ConnectionState> {
    return this.#state;
  }

  get isOnline(): boolean {
    return this.#online;
  }

  /** Dials now, whatever the back-off. Does nothing while a socket is there. @param probe asked when the line is silent */
  start(probe?: () => Request): void {
    this.#probe = probe ?? this.#probe;
    this.#cancelRetry?.();
    if (this.#socket === undefined) this.#dial();
  }

  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const socket = this.#socket;
    this.#drop();
    socket?.close();
  }

  /** Gives the socket up and dials again after the back-off. */
  restart(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#lose(1006);
    socket.close();
  }

  /** @returns false where there is no line to send it on */
  send(message: FromViewer): boolean {
    if (!this.#online) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  /**
   * One request, one answer.
   * @throws {SealcamError} the code of the relay's `error`, or `home.offline` when the connection breaks or nothing comes
   */
  async request(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.ask(request, resolve, reject, REQUEST_MS);
    });
  }

  /** As `request`. @param fail is called with `isOnline` false where the connection broke before an answer */
  ask(
    request: Request,
    take: (answer: Answer) => void,
    fail: (error: SealcamError) => void,
    withinMs = Infinity,
  ): void {
    if (!this.#online) return fail(new SealcamError('home.offline', 'not connected'));
    const id = this.#nextId;
    this.#nextId += 1;
    this.#pending.set(id, { take, fail, untilMs: this.#now() + withinMs });
    this.send({ ...request, id });
  }

  /** Called twice a second: requests that nobody answers fail, a silent socket is probed and then given up. */
  tick(): void {
    const now = this.#now();
    for (const [id, pending] of this.#pending) {
      if (now < pending.untilMs) continue;
      this.#pending.delete(id);
      pending.fail(new SealcamError('home.offline', 'no answer'));
    }
    if (this.#socket === undefined) return;
    if (now - this.#heardMs > 2 * SILENT_MS) return this.restart();
    if (this.#online && now - this.#heardMs > SILENT_MS) this.#probeLine();
  }

  /** Whatever else is asked and not answered: that may be slow on a line that is well. */
  #probeLine(): void {
    if (this.#probing || this.#probe === undefined) return;
    this.#probing = true;
    this.request(this.#probe())
      .catch(() => undefined)
      .finally(() => (this.#probing = false));
  }

  #now(): number {
    return this.#ports.clock.monotonicMs();
  }

  #dial(): void {
    this.#refusal = undefined;
    this.#challenged = false;
    this.#heardMs = this.#now();
    const isMine = (): boolean => this.#socket === socket;
    const events: SocketEvents = {
      text: (text) => {
        if (isMine()) this.#heard(() => this.#take(parseMessage(ToViewer, text)));
      },
      binary: (bytes) => {
        if (isMine()) this.#heard(() => this.#takeUnit(bytes));
      },
      closed: (code) => {
        if (isMine()) this.#lose(code);
      },
    };
    const socket = this.#ports.dial(this.#url, events);
    this.#socket = socket;
  }

  /** A relay that speaks nonsense is a relay that is not there. */
  #heard(take: () => void): void {
    this.#heardMs = this.#now();
    try {
      take();
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#refusal = error.code;
      this.restart();
    }
  }

  #takeUnit(bytes: Uint8Array): void {
    if (!this.#online) throw new CodecError('a unit before welcome');
    this.#events.unit(decodeEnvelope(bytes));
  }

  #take(message: ToViewer): void {
    if (message.t === 'challenge') return this.#authenticate(message);
    if (message.t === 'welcome') return this.#welcome(message);
    if ('re' in message && message.re !== undefined) return this.#answer(message.re, message);
    if (message.t === 'error') {
      if (isErrorCode(message.code)) this.#refusal = message.code;
      return;
    }
    if (this.#online) this.#events.event(message);
  }

  #authenticate(challenge: Message<'challenge'>): void {
    const socket = this.#socket;
    if (socket === undefined || this.#online) return;
    this.#challenged = true;
    const refusal = relayRefusal('page', challenge.versions);
    if (refusal !== undefined) return this.#giveUp(refusal);
    const { host } = new URL(this.#url);
    this.#events.authenticate(fromBase64Url(challenge.nonce), host).then(
      (auth) => {
        if (this.#socket === socket) socket.send(JSON.stringify(auth));
      },
      () => this.restart(),
    );
  }

  /** The relay speaks another version: said, and tried again in a while. */
  #giveUp(code: ErrorCode): void {
    this.#refusal = code;
    this.restart();
  }

  #welcome(welcome: Welcome): void {
    if (this.#online) return;
    this.#online = true;
    this.#redial.up();
    this.#state.set({ state: 'online', sinceMs: this.#ports.clock.wallMs() });
    this.#events.online(welcome);
  }

  #answer(re: number, answer: Answer | Message<'error'>): void {
    const pending = this.#pending.get(re);
    if (pending === undefined) return;
    this.#pending.delete(re);
    if (answer.t === 'error') {
      pending.fail(
        new SealcamError(isErrorCode(answer.code) ? answer.code : 'internal', answer.words, {
          sinceMs: answer.sinceMs,
        }),
      );
    } else pending.take(answer);
  }

  #drop(): void {
    const was = this.#online;
    this.#socket = undefined;
    this.#online = false;
    const broken = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of broken) pending.fail(new SealcamError('home.offline', 'the connection broke'));
    if (was) this.#events.lost();
  }

  #lose(code: number): void {
    const refused = code >= 4400 || (this.#challenged && !this.#online);
    this.#drop();
    const final = code === 4403;
    const reason = this.#refusal ?? (code === 4401 ? 'auth.refused' : final ? 'device.removed' : undefined);
    const before = this.#state.get();
    const sinceMs = before.state === 'offline' ? before.sinceMs : this.#ports.clock.wallMs();
    this.#state.set({ state: 'offline', sinceMs, code: reason, final });
    if (final) return;
    const waitMs = this.#redial.lost(refused ? 'refused' : 'lost');
    const leastMs = this.#leastWaitMs(code);
    // From half to whole, so that those who are refused together do not come back together.
    this.#cancelRetry = this.#ports.clock.after(Math.max(waitMs, leastMs * (0.5 + this.#random() / 2)), () =>
      this.#dial(),
    );
  }

  #leastWaitMs(code: number): number {
    if (isVersionCode(this.#refusal)) return VERSION_RETRY_MS;
    return code === 4401 || code === 4429 ? REFUSED_RETRY_MS : 0;
  }

  /** 0 ≤ random < 1. */
  #random(): number {
    return (this.#ports.random(1)[0] ?? 0) / 256;
  }
}
