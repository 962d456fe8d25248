/**
 * The one object pages use: a paired device's view of its home. It composes connection, membership, liveness and viewings.
 * What arrives is worked off in the order of arrival, so that a bulletin is stored and its keys derived before what follows it.
 */
import { FLOOR_REACH_MS, signAuth, signFloor, type Command, type Manifest, type Reply } from '@sealcam/home';
import {
  epoch,
  fromBase64Url,
  isErrorCode,
  PROGRAM_VERSION,
  PROTOCOL_VERSION,
  SealcamError,
  STREAM,
  toBase64Url,
  trackKey,
  type CameraId,
  type Envelope,
  type ErrorCode,
  type FromViewer,
  type LedgerRow,
  type Notice,
  type StreamId,
  type ToViewer,
} from '@sealcam/protocol';
import { AgentWord } from './agent-word.ts';
import { CommandsUnderWay } from './commands-under-way.ts';
import { Connection, type ConnectionState, type Welcome } from './connection.ts';
import { Evidence } from './evidence.ts';
import { HomeSync } from './home-sync.ts';
import { KeyIndex } from './key-index.ts';
import { TICK_MS } from './liveness.ts';
import type { Alarm } from './alarms.ts';
import { Membership, type HomeFacts } from './membership.ts';
import type { StoredDevice, ViewerPorts } from './ports.ts';
import { screenFacts, type AgentState, type FactSources } from './screen-facts.ts';
import type { Sink } from './sink.ts';
import { Store, type Readable } from './store.ts';
import type { Viewing } from './viewing.ts';
import { ViewingKeys } from './viewing-keys.ts';
import type { StrayCounts } from './strays.ts';
import { Viewings } from './viewings.ts';
import { Screen, type Watch } from './watch.ts';

export interface HomeClientOptions {
  /** `wss://host/ws/viewer` */
  readonly url: string;
  readonly ports: ViewerPorts;
}

export type LedgerQuery = Omit<Extract<FromViewer, { t: 'ledger.get' }>, 't' | 'id'>;

export class HomeClient {
  readonly #ports: ViewerPorts;
  readonly #membership: Membership;
  readonly #connection: Connection;
  readonly #viewings: Viewings;
  readonly #word: AgentWord;
  readonly #keys: ViewingKeys;
  readonly #evidence: Evidence;
  readonly #commands: CommandsUnderWay;
  readonly #sync: HomeSync;
  readonly #screens = new Set<Screen>();
  readonly #agent = new Store<AgentState | undefined>(undefined);
  readonly #notices = new Store<readonly Notice[]>([]);
  #relayTime: { readonly timeMs: number; readonly atMs: number } | undefined;
  #cancelTick: (() => void) | undefined;
  #closed = false;

  /** Loads and verifies what this device stored, and dials. @throws {SealcamError} `device.unknown`: not paired, or keys lost */
  static async open({ url, ports }: HomeClientOptions): Promise<HomeClient> {
    return new HomeClient(url, ports, await Membership.load(ports));
  }

  private constructor(url: string, ports: ViewerPorts, membership: Membership) {
    const { homeId, keys } = membership.device;
    const now = (): number => ports.clock.monotonicMs();
    this.#ports = ports;
    this.#membership = membership;
    this.#connection = new Connection(url, ports, {
      authenticate: async (nonce, host) => {
        const sig = toBase64Url(await signAuth(keys, homeId, nonce, host));
        const hello = { version: PROTOCOL_VERSION, program: PROGRAM_VERSION };
        return { t: 'auth', ...hello, homeId, deviceId: keys.deviceId, sig };
      },
      online: (welcome) => this.#online(welcome),
      event: (message) => this.#event(message),
      unit: (envelope) => this.#unit(envelope),
      lost: () => this.#lost(),
    });
    const index = new KeyIndex(homeId, ports.subtle);
    this.#evidence = new Evidence(ports, this.#connection, homeId, keys);
    membership.strays.onStray((message) => void this.#evidence.stray(message));
    this.#sync = new HomeSync(this.#connection, membership, ports.clock, async () => this.#install());
    const { clock } = ports;
    this.#commands = new CommandsUnderWay({ connection: this.#connection, membership, sync: this.#sync, clock });
    this.#viewings = new Viewings(
      homeId,
      {
        subtle: ports.subtle,
        now,
        wall: () => ports.clock.wallMs(),
        index,
        isBulletinPending: () => this.#sync.isBulletinPending,
        request: async (request) => this.#connection.request(request),
        foreign: (refusal) => void this.#evidence.report(refusal),
        counted: (refusal) => this.#evidence.count(refusal),
      },
      { changed: () => this.#refresh(), began: (viewing) => this.#began(viewing) },
    );
    this.#keys = new ViewingKeys({ clock: ports.clock, membership, index, viewings: this.#viewings });
    this.#word = new AgentWord(
      { ports, connection: this.#connection, membership, sync: this.#sync, viewings: this.#viewings },
      { alarmed: async () => this.#install(), accepted: async () => this.#wordAccepted() },
    );
    this.#connection.state.subscribe(() => this.#refresh());
    this.#connection.start(() => ({ t: 'roster.get', from: this.#membership.head.version }));
    this.#scheduleTick();
  }

  get connection(): Readable<ConnectionState> {
    return this.#connection.state;
  }

  get agent(): Readable<AgentState | undefined> {
    return this.#agent;
  }

  get home(): Readable<HomeFacts> {
    return this.#membership.facts;
  }

  get alarms(): Readable<readonly Alarm[]> {
    return this.#membership.alarms.now;
  }

  /** What the relay's operator tells the home's admins and nobody has read: the operator's words, not the home's. Empty for others. */
  get notices(): Readable<readonly Notice[]> {
    return this.#notices;
  }

  /** This device's keys and its verified roster chain: to sign rosters and to pair others. */
  get device(): StoredDevice {
    return this.#membership.device;
  }

  /** Unix milliseconds by the relay's clock; this device's own before the first connection. */
  get serverTimeMs(): number {
    const time = this.#relayTime;
    return time === undefined
      ? this.#ports.clock.wallMs()
      : time.timeMs + (this.#ports.clock.monotonicMs() - time.atMs);
  }

  /** Messages about the home's members and keys that were not this home's, or older than what came before. */
  get strays(): Readable<StrayCounts> {
    return this.#membership.strays.counts;
  }

  /** An admin has looked at the alarm. What is forked ends by a decision alone: a roster above it that the agent follows. */
  dismiss(kind: 'rollback'): void {
    this.#membership.alarms.lower(kind);
    void this.#sync.inOrder(() => this.#install());
  }

  /** Dials at once: the network is back, the page is in front again. After a final refusal, too. */
  reconnect(): void {
    if (!this.#closed) this.#connection.start();
  }

  /** Shows a track on a sink. Two screens of one track share one subscription. */
  watch(cameraId: CameraId, streamId: StreamId, sink: Sink): Watch {
    const viewing = this.#viewings.open(cameraId, streamId);
    const screen = new Screen(viewing, sink, streamId === STREAM.still, {
      now: () => this.#ports.clock.monotonicMs(),
      wall: () => this.#ports.clock.wallMs(),
      facts: () => screenFacts(this.#sources, cameraId),
      painted: (from, mark) => this.#evidence.painted(from.viewing.track, mark),
      stopped: (stopped) => {
        this.#screens.delete(stopped);
        this.#viewings.release(stopped.viewing);
        // Who looked for a few seconds has no further liveness exchange to send it with.
        void this.#evidence.sendReceipt();
      },
    });
    this.#screens.add(screen);
    this.#word.hurry();
    return screen;
  }

  /** Sends a sealed command. @param onReply steps on the way, too. @returns the last reply */
  async command(command: Command, onReply: (reply: Reply) => void = () => undefined): Promise<Reply> {
    return this.#commands.send(command, onReply);
  }

  /** Since when (Unix milliseconds) the home's computer is below what this device has accepted, and shows nothing for that reason. */
  get agentBehind(): Readable<number | undefined> {
    return this.#word.agentBehind;
  }

  /**
   * An admin knows that the home's computer was restored: it may go on, above all that this device has accepted.
   * @throws {SealcamError} `device.role`, `home.offline`
   */
  async letAgentGoOn(): Promise<void> {
    const { keys, homeId, epochFloor, mark } = this.device;
    const seen = Math.max(mark?.epoch ?? 0, epochFloor);
    const floor = await signFloor(keys, homeId, epoch(seen + FLOOR_REACH_MS));
    await this.#connection.request({ t: 'floor', floor: toBase64Url(floor) });
  }

  /** Hands on a roster that an admin signed. Resolves when the relay took it; see `rekeyed` for when it is done. */
  async putRoster(roster: Uint8Array): Promise<void> {
    await this.#connection.request({ t: 'roster.put', roster: toBase64Url(roster) });
    await this.#sync.roster(roster);
  }

  /** Resolves with the first bulletin of at least this roster version: before it a removal is "waiting for home". */
  async rekeyed(version: number): Promise<Manifest> {
    return this.#keys.rekeyed(version);
  }

  /** An admin has read it: it goes, here and on the devices of the home's other admins. @throws {SealcamError} */
  async readNotice(noticeId: string): Promise<void> {
    await this.#connection.request({ t: 'notice.read', noticeId });
    this.#notices.set(this.#notices.get().filter((notice) => notice.noticeId !== noticeId));
  }

  /** What was shown where and when. @throws {SealcamError} */
  async ledger(query: LedgerQuery): Promise<readonly LedgerRow[]> {
    const page = await this.#connection.request({ t: 'ledger.get', ...query });
    if (page.t !== 'ledger.page') throw new SealcamError('protocol.unexpected');
    return page.rows;
  }

  close(): void {
    if (this.#closed) return;
    for (const screen of [...this.#screens]) screen.stop();
    this.#closed = true;
    this.#cancelTick?.();
    this.#connection.close();
    this.#commands.close();
  }

  #online(welcome: Welcome): void {
    this.#relayTime = { timeMs: welcome.timeMs, atMs: this.#ports.clock.monotonicMs() };
    this.#agent.set({ online: welcome.agentOnline, sinceMs: welcome.timeMs });
    this.#word.forget();
    this.#evidence.again();
    for (const viewing of this.#viewings.all) viewing.subscribe();
    this.#word.ask();
    this.#sync.begin(welcome.rosterVersion);
  }

  #lost(): void {
    this.#word.forget();
    for (const viewing of this.#viewings.all) viewing.lost();
  }

  #event(message: ToViewer): void {
    switch (message.t) {
      case 'roster':
        return void this.#sync.roster(fromBase64Url(message.roster));
      case 'bulletin':
        return this.#sync.bulletin(
          fromBase64Url(message.manifest),
          message.wrap === undefined ? undefined : fromBase64Url(message.wrap),
        );
      case 'live.answer':
        return this.#word.answer(fromBase64Url(message.answer));
      case 'agent':
        this.#agent.set({ online: message.online, sinceMs: message.sinceMs, ...refusedAgent(message.code) });
        this.#commands.agent(message);
        if (message.online) {
          this.#word.forget();
          this.#sync.agentCame();
        }
        this.#word.ask();
        return this.#refresh();
      case 'reply':
        return this.#commands.reply(message.sealed);
      case 'command.over':
        return this.#commands.over(message.ticket);
      case 'notices':
        return this.#notices.set(message.notices);
      case 'cut':
        this.#viewingOf(message)?.cutOff(message.code, message.sinceMs);
        return this.#refresh();
      case 'lifted':
        return this.#viewingOf(message)?.lifted();
      default:
    }
  }

  #viewingOf({
    cameraId,
    streamId,
  }: {
    readonly cameraId: CameraId;
    readonly streamId: StreamId;
  }): Viewing | undefined {
    return this.#viewings.find(trackKey({ homeId: this.device.homeId, cameraId, streamId }));
  }

  #unit(envelope: Envelope): void {
    // The label routes, no more: a frame of another home or camera finds no key, whatever it says.
    this.#viewings.find(trackKey(envelope))?.subscription.receive(envelope);
    if (envelope.homeId !== this.device.homeId)
      void this.#evidence.misdelivered(envelope, this.#viewings.beside(envelope.streamId));
  }

  /** Keys or alarms changed. */
  async #install(): Promise<void> {
    if (!(await this.#keys.install())) return;
    if (this.#connection.isOnline) for (const viewing of this.#viewings.all) viewing.subscribe();
    this.#refresh();
  }

  #began(viewing: Viewing): void {
    this.#keys.give(viewing);
    if (this.#connection.isOnline) viewing.subscribe();
  }

  /** The agent's word came: pictures may be live now, and what was painted is told with it. */
  async #wordAccepted(): Promise<void> {
    this.#refresh();
    await this.#evidence.sendReceipt();
  }

  get #sources(): FactSources {
    return {
      connection: this.#connection,
      membership: this.#membership,
      viewings: this.#viewings,
      word: this.#word,
      agent: this.#agent.get(),
      keysSinceMs: this.#keys.sinceMs,
    };
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#ports.clock.after(TICK_MS, () => {
      this.#tick();
      if (!this.#closed) this.#scheduleTick();
    });
  }

  #tick(): void {
    this.#connection.tick();
    this.#commands.tick();
    this.#word.tick();
    if (this.#connection.isOnline) {
      for (const viewing of this.#viewings.all) void viewing.tick();
      this.#sync.tick();
    }
    this.#refresh();
  }

  #refresh(): void {
    for (const screen of this.#screens) screen.refresh();
  }
}

function refusedAgent(code: string | undefined): { readonly code?: ErrorCode } {
  return code !== undefined && isErrorCode(code) ? { code } : {};
}
