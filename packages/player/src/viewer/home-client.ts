/**
 * The one object pages use: a paired device's view of its home. It composes connection, membership, liveness and viewings.
 * What arrives is worked off in the order of arrival, so that a bulletin is stored and its keys derived before what follows it.
 */
import { signAuth, type Command, type LiveAnswer, type Manifest, type Reply } from '@sealcam/home';
import {
  equalBytes,
  fromBase64Url,
  isErrorCode,
  PROTOCOL_VERSION,
  SealcamError,
  STREAM,
  toBase64Url,
  trackKey,
  type CameraId,
  type Envelope,
  type FromViewer,
  type LedgerRow,
  type StreamId,
  type ToViewer,
} from '@sealcam/protocol';
import { readHeader } from '@sealcam/seal';
import { CommandsUnderWay } from './commands-under-way.ts';
import { Connection, type ConnectionState, type Welcome } from './connection.ts';
import { Evidence } from './evidence.ts';
import { HomeSync } from './home-sync.ts';
import { KeyIndex } from './key-index.ts';
import { LiveChecks, type Arrived } from './live-checks.ts';
import { TICK_MS } from './liveness.ts';
import { Membership, type Alarm, type HomeFacts } from './membership.ts';
import type { PictureFacts } from './picture-state.ts';
import type { StoredDevice, ViewerPorts } from './ports.ts';
import type { Sink } from './sink.ts';
import { Store, type Readable } from './store.ts';
import type { Viewing } from './viewing.ts';
import { Viewings } from './viewings.ts';
import { Screen, type SharedFacts, type Watch } from './watch.ts';

export interface HomeClientOptions {
  /** `wss://host/ws/viewer` */
  readonly url: string;
  readonly ports: ViewerPorts;
}

/** Whether the home's agent is connected to the relay, and since when (the relay's word, Unix milliseconds). */
export interface AgentState {
  readonly online: boolean;
  readonly sinceMs: number;
}

export type LedgerQuery = Omit<Extract<FromViewer, { t: 'ledger.get' }>, 't' | 'id'>;

/** The relay has this long to hand over what the agent says is newer, before nothing is shown. */
const BEHIND_MS = 2_000;
const RESTART_MS = 10_000;

export class HomeClient {
  readonly #ports: ViewerPorts;
  readonly #membership: Membership;
  readonly #connection: Connection;
  readonly #index: KeyIndex;
  readonly #viewings: Viewings;
  readonly #live: LiveChecks;
  readonly #evidence: Evidence;
  readonly #commands: CommandsUnderWay;
  readonly #sync: HomeSync;
  readonly #screens = new Set<Screen>();
  readonly #agent = new Store<AgentState | undefined>(undefined);
  readonly #newBulletin = new Set<() => void>();
  #keysSinceMs = 0;
  /** The agent's signed word is ahead of what the relay gave us. */
  #behindMs: number | undefined;
  #relayTime: { readonly timeMs: number; readonly atMs: number } | undefined;
  #restartedMs = -Infinity;
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
        return { t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId: keys.deviceId, sig };
      },
      online: (welcome) => this.#online(welcome),
      event: (message) => this.#event(message),
      unit: (envelope) => this.#unit(envelope),
      lost: () => this.#lost(),
    });
    this.#index = new KeyIndex(homeId, ports.subtle);
    this.#live = new LiveChecks(ports);
    this.#evidence = new Evidence(ports, this.#connection, homeId, keys);
    this.#commands = new CommandsUnderWay(this.#connection, membership);
    this.#sync = new HomeSync(this.#connection, membership, ports.clock, async () => this.#install());
    this.#viewings = new Viewings(
      homeId,
      {
        subtle: ports.subtle,
        now,
        wall: () => ports.clock.wallMs(),
        index: this.#index,
        isBulletinPending: () => this.#sync.isBulletinPending,
        request: async (request) => this.#connection.request(request),
        foreign: (refusal) => void this.#evidence.report(refusal),
      },
      { changed: () => this.#refresh(), began: (viewing) => this.#began(viewing) },
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
    return this.#membership.alarms;
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

  /** An admin has looked at the alarm. */
  dismiss(kind: 'forked' | 'rollback'): void {
    this.#membership.dismiss(kind);
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
      facts: () => this.#facts(cameraId),
      painted: (from, mark) => this.#evidence.painted(from.viewing.track, mark),
      stopped: (stopped) => {
        this.#screens.delete(stopped);
        this.#viewings.release(stopped.viewing);
        // Who looked for a few seconds has no further liveness exchange to send it with.
        void this.#evidence.sendReceipt();
      },
    });
    this.#screens.add(screen);
    this.#live.hurry();
    this.#askLive();
    return screen;
  }

  /** Sends a sealed command. @param onReply steps on the way, too. @returns the last reply */
  async command(command: Command, onReply: (reply: Reply) => void = () => undefined): Promise<Reply> {
    return this.#commands.send(command, onReply);
  }

  /** Hands on a roster that an admin signed. Resolves when the relay took it; see `rekeyed` for when it is done. */
  async putRoster(roster: Uint8Array): Promise<void> {
    await this.#connection.request({ t: 'roster.put', roster: toBase64Url(roster) });
    await this.#sync.roster(roster);
  }

  /** Resolves with the first bulletin of at least this roster version: before it a removal is "waiting for home". */
  async rekeyed(version: number): Promise<Manifest> {
    return new Promise((resolve) => {
      const look = (): void => {
        const { manifest } = this.#membership.facts.get();
        if (manifest === undefined || manifest.rosterVersion < version) return;
        this.#newBulletin.delete(look);
        resolve(manifest);
      };
      this.#newBulletin.add(look);
      look();
    });
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
  }

  #online(welcome: Welcome): void {
    this.#relayTime = { timeMs: welcome.timeMs, atMs: this.#ports.clock.monotonicMs() };
    this.#agent.set({ online: welcome.agentOnline, sinceMs: welcome.timeMs });
    this.#live.forget();
    for (const viewing of this.#viewings.all) viewing.subscribe();
    this.#askLive();
    this.#sync.begin(welcome.rosterVersion);
  }

  #lost(): void {
    this.#live.forget();
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
      case 'live.answer': {
        const arrived = this.#live.arrive(fromBase64Url(message.answer));
        return arrived && void this.#sync.inOrder(() => this.#liveAnswer(arrived));
      }
      case 'agent':
        this.#agent.set({ online: message.online, sinceMs: message.sinceMs });
        this.#commands.agentLeft();
        if (message.online) this.#live.forget();
        this.#askLive();
        return this.#refresh();
      case 'cut': {
        const { homeId } = this.device;
        this.#viewings
          .find(trackKey({ homeId, cameraId: message.cameraId, streamId: message.streamId }))
          ?.cutOff(message.code);
        return this.#refresh();
      }
      default:
    }
  }

  #unit(envelope: Envelope): void {
    // The label routes, no more: a frame of another home or camera finds no key, whatever it says.
    this.#viewings.find(trackKey(envelope))?.subscription.receive(envelope);
    if (envelope.homeId !== this.device.homeId) this.#reportMisdelivered(envelope);
  }

  /** A unit of another home on our line: nothing to open it with, but the relay's operator must know. */
  #reportMisdelivered({ cameraId, streamId, sealed }: Envelope): void {
    const header = readHeader(sealed, streamId);
    const { kid, ctr } = header ?? { kid: '0'.repeat(16), ctr: 0 };
    void this.#evidence.report({ cameraId, streamId, reason: 'foreign', kid, ctr, frame: Uint8Array.from(sealed) });
  }

  /** Gives every viewing the keys of the newest bulletin; none while a fork is not looked into. */
  async #install(): Promise<void> {
    const keys = this.#membership.keys.get();
    if (keys === undefined) return;
    const shut = this.#isForked() || this.#membership.facts.get().me === undefined;
    const cameras = shut ? new Map<CameraId, never>() : keys.cameras;
    this.#keysSinceMs = this.#ports.clock.wallMs();
    this.#index.replace([...cameras.values()]);
    await Promise.all(
      this.#viewings.all.map((viewing) => viewing.subscription.install(cameras.get(viewing.track.cameraId))),
    );
    if (this.#connection.isOnline) for (const viewing of this.#viewings.all) viewing.subscribe();
    for (const look of [...this.#newBulletin]) look();
    this.#refresh();
  }

  #began(viewing: Viewing): void {
    const camera = this.#isForked() ? undefined : this.#membership.keys.get()?.cameras.get(viewing.track.cameraId);
    if (camera !== undefined) void viewing.subscription.install(camera);
    if (this.#connection.isOnline) viewing.subscribe();
  }

  #isForked(): boolean {
    return this.#membership.alarms.get().some(({ kind }) => kind === 'forked');
  }

  async #liveAnswer(arrived: Arrived): Promise<void> {
    const { head, device } = this.#membership;
    const answer = await this.#live.verify(arrived, head, device.keys.deviceId);
    if (answer === undefined || !(await this.#agrees(answer))) return;
    this.#live.accept(arrived, answer);
    for (const { track, openedMs, subscription } of this.#viewings.all) {
      // Stills are never called live, and an older one is better than none.
      if (openedMs > arrived.sentMs || track.streamId === STREAM.still) continue;
      const floor = answer.tracks.find(
        ({ cameraId, streamId }) => cameraId === track.cameraId && streamId === track.streamId,
      );
      if (floor !== undefined) subscription.setFloor(floor);
    }
    this.#refresh();
    this.#askAgainSoon();
    await this.#evidence.sendReceipt();
  }

  /** The agent's word on roster and epoch against what was accepted here: below is an alarm, above must be fetched within 2 s. */
  async #agrees(answer: LiveAnswer): Promise<boolean> {
    const { head, mark } = this.#membership;
    const { epochFloor } = this.device;
    // Not against the head: the agent learns of a new roster no earlier than we do. Its own last bulletin is its word.
    if (answer.epoch < (mark?.epoch ?? epochFloor) || answer.rosterVersion < (mark?.rosterVersion ?? 1)) {
      this.#membership.raise('rollback');
      return false;
    }
    if (answer.rosterVersion === head.version && !equalBytes(answer.rosterHash, head.hash)) {
      this.#membership.raise('forked');
      await this.#install();
      return false;
    }
    const behind = answer.rosterVersion > head.version || answer.epoch > (mark?.epoch ?? -1);
    this.#behindMs = behind ? (this.#behindMs ?? this.#ports.clock.monotonicMs()) : undefined;
    if (answer.rosterVersion > head.version) await this.#sync.fetchRosters();
    return !behind;
  }

  #facts(cameraId: CameraId): SharedFacts {
    const connection = this.#connection.state.get();
    return {
      device: { online: connection.state !== 'offline', sinceMs: connection.sinceMs },
      home: this.#agent.get(),
      alarm: this.#alarmFact(),
      sealed: { toUs: this.#isSealedToUs(cameraId), sinceMs: this.#keysSinceMs },
      camera: this.#cameraFact(cameraId),
      proven: this.#live.isProven && this.#behindMs === undefined,
      agentNowUs: this.#live.agentNowUs,
    };
  }

  #alarmFact(): PictureFacts['alarm'] {
    const forked = this.#membership.alarms.get().find(({ kind }) => kind === 'forked');
    if (forked !== undefined) return { code: 'roster.forked', sinceMs: forked.sinceMs };
    const behindForMs = this.#behindMs === undefined ? 0 : this.#ports.clock.monotonicMs() - this.#behindMs;
    return behindForMs > BEHIND_MS
      ? { code: 'roster.rollback', sinceMs: this.#ports.clock.wallMs() - behindForMs }
      : undefined;
  }

  #isSealedToUs(cameraId: CameraId): boolean {
    if (this.#membership.facts.get().me === undefined) return false;
    const keys = this.#membership.keys.get();
    return keys === undefined || !keys.wrapped || keys.cameras.has(cameraId);
  }

  #cameraFact(cameraId: CameraId): PictureFacts['camera'] {
    const state = this.#viewings.state(cameraId);
    if (state !== undefined) return { ...state, code: isErrorCode(state.code) ? state.code : undefined };
    const { names, manifest } = this.#membership.facts.get();
    const isPrivate = names?.cameras.some((camera) => camera.cameraId === cameraId && camera.private) === true;
    return isPrivate ? { state: 'private', sinceMs: manifest?.issuedAtMs ?? 0, code: undefined } : undefined;
  }

  /** A picture that is there already waits for the agent's word that it is live. */
  get #isEager(): boolean {
    return this.#viewings.all.some(
      ({ track, subscription }) => track.streamId < STREAM.still && !subscription.hasFloor,
    );
  }

  #askAgainSoon(): void {
    if (this.#isEager) this.#ports.clock.after(this.#live.eagerMs, () => this.#closed || this.#askLive());
  }

  #askLive(): void {
    if (!this.#connection.isOnline || this.#viewings.all.length === 0) return;
    const nonce = this.#live.question(this.#isEager);
    if (nonce !== undefined) this.#connection.send({ t: 'live', nonce: toBase64Url(nonce) });
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#ports.clock.after(TICK_MS, () => {
      this.#tick();
      if (!this.#closed) this.#scheduleTick();
    });
  }

  #tick(): void {
    this.#live.tick();
    this.#connection.tick();
    if (this.#connection.isOnline) {
      this.#askLive();
      for (const viewing of this.#viewings.all) void viewing.tick();
      this.#sync.tick();
      this.#askAnotherTime();
    }
    this.#refresh();
  }

  /** A new connection begins with the newest bulletin: it may mend a relay that held one back. */
  #askAnotherTime(): void {
    const now = this.#ports.clock.monotonicMs();
    if (this.#alarmFact()?.code !== 'roster.rollback' || now - this.#restartedMs < RESTART_MS) return;
    this.#restartedMs = now;
    this.#connection.restart();
  }

  #refresh(): void {
    for (const screen of this.#screens) screen.refresh();
  }
}
