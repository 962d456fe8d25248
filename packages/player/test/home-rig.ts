/**
 * A whole scripted home around one `HomeClient`: its admin, its agent with real Sealers and real bulletins, and a relay that
 * does what docs/protocol.md says unless a test makes it lie. Sockets are in memory, time is in the test's hand.
 */
import { randomBytes } from 'node:crypto';
import {
  buildBulletin,
  buildGenesis,
  buildNextRoster,
  encodeCameraState,
  generateDeviceKeys,
  generateHpkeKeys,
  openCommand,
  sealReply,
  signLiveAnswer,
  signRoster,
  verifyAuth,
  verifyGenesis,
  verifyHpkeKey,
  verifyNext,
  verifyReceipt,
  verifyReport,
  type Bulletin,
  type CameraState,
  type DeviceKeys,
  type Head,
  type HpkeKey,
  type HpkeKeys,
  type LiveAnswer,
  type Receipt,
  type Reply,
  type Report,
  type RosterChange,
} from '@sealcam/home';
import {
  cameraId,
  encodeEnvelope,
  epoch,
  fromBase64Url,
  FromViewer,
  micros,
  millis,
  parseMessage,
  STREAM,
  toBase64Url,
  trackKey,
  type CameraId,
  type DeviceId,
  type Envelope,
  type StreamId,
  type ToViewer,
  type TrackKey,
} from '@sealcam/protocol';
import { HomeClient } from '../src/viewer/home-client.ts';
import {
  newStoredDevice,
  type SocketEvents,
  type StoredDevice,
  type ViewerPorts,
  type ViewerStore,
} from '../src/viewer/ports.ts';
import type { Sink, ViewerUnit } from '../src/viewer/sink.ts';
import type { Watch } from '../src/viewer/watch.ts';
import { ManualClock } from './manual-clock.ts';
import { SealedCamera } from './sealed-camera.ts';
import { until } from './until.ts';

type Event<Name extends FromViewer['t']> = Extract<FromViewer, { t: Name }>;

export class MemoryStore implements ViewerStore {
  device: StoredDevice | undefined;
  writes = 0;

  async load(): Promise<StoredDevice | undefined> {
    return this.device;
  }

  async update(change: (now: StoredDevice) => StoredDevice): Promise<StoredDevice> {
    if (this.device === undefined) throw new Error('not paired');
    this.device = change(this.device);
    this.writes += 1;
    return this.device;
  }
}

/** A display's screen that paints what it is given, at once. */
export class PaintingSink implements Sink {
  readonly units: ViewerUnit[] = [];
  readonly resets: string[] = [];
  watch: Watch | undefined;
  paints = true;

  unit(unit: ViewerUnit): void {
    this.units.push(unit);
    if (this.paints) this.watch?.painted(unit);
  }

  reset(reason: string): void {
    this.resets.push(reason);
  }
}

export class HomeRig {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly cameras = new Map<CameraId, SealedCamera>();
  readonly hpkeKeys = new Map<DeviceId, HpkeKey>();
  readonly subscribed = new Set<TrackKey>();
  readonly receipts: Receipt[] = [];
  readonly reports: Report[] = [];
  readonly rosters: Uint8Array[] = [];
  readonly asked: string[] = [];
  admin!: DeviceKeys;
  agent!: DeviceKeys;
  agentHpke!: HpkeKeys;
  display!: DeviceKeys;
  head!: Head;
  epoch = 0;
  bulletin: Bulletin | undefined;
  agentOnline = true;
  /** What the relay does with a liveness question; the default asks the agent. */
  onLive: (nonce: Uint8Array) => Promise<void> = async (nonce) => this.answerLive(nonce);
  /** Refuses a subscription where it returns a code. */
  refuseSubscribe: (track: { cameraId: CameraId; streamId: StreamId }) => string | undefined = () => undefined;
  onCommand: (command: Event<'command'>) => Promise<void> = async () => undefined;
  dials = 0;
  #socket: SocketEvents | undefined;

  static async create(cameras: readonly string[] = ['c1', 'c2']): Promise<HomeRig> {
    const rig = new HomeRig();
    [rig.admin, rig.agent, rig.display] = await Promise.all([
      generateDeviceKeys(),
      generateDeviceKeys(),
      generateDeviceKeys(),
    ]);
    rig.agentHpke = await generateHpkeKeys(1);
    const genesis = await signRoster(rig.admin, await buildGenesis(rig.admin.sigPub, rig.agent.sigPub));
    rig.head = await verifyGenesis(genesis);
    rig.rosters.push(genesis);
    for (const id of cameras) rig.#addCamera(id);
    await rig.changeRoster({ do: 'addDevice', sigPub: rig.display.sigPub, role: 'viewer', grants: 'all' });
    const hpke = await generateHpkeKeys(1);
    rig.store.device = newStoredDevice({
      homeId: rig.head.homeId,
      keys: rig.display,
      hpke,
      rosters: [...rig.rosters],
      epochFloor: 0,
      nowMs: rig.clock.wallMs(),
    });
    const { homeId } = rig.head;
    rig.hpkeKeys.set(rig.display.deviceId, {
      homeId,
      deviceId: rig.display.deviceId,
      keySeq: 1,
      hpkePub: hpke.hpkePub,
    });
    await rig.rotate();
    return rig;
  }

  get ports(): ViewerPorts {
    return {
      clock: this.clock,
      store: this.store,
      subtle: globalThis.crypto.subtle,
      random: (length) => new Uint8Array(randomBytes(length)),
      dial: (_url, events) => this.#dial(events),
    };
  }

  async open(): Promise<HomeClient> {
    const client = await HomeClient.open({ url: 'wss://relay.test/ws/viewer', ports: this.ports });
    await until('online', () => client.connection.get().state === 'online');
    await until('names', () => client.home.get().names !== undefined);
    return client;
  }

  camera(id: string): SealedCamera {
    const camera = this.cameras.get(cameraId(id.repeat(16)));
    if (camera === undefined) throw new Error(`no camera ${id}`);
    return camera;
  }

  watch(
    client: HomeClient,
    camera: SealedCamera,
    streamId: StreamId = STREAM.main,
  ): { watch: Watch; sink: PaintingSink } {
    const sink = new PaintingSink();
    const watch = client.watch(camera.cameraId, streamId, sink);
    sink.watch = watch;
    return { watch, sink };
  }

  isSubscribed(camera: SealedCamera, streamId: StreamId = STREAM.main): boolean {
    return this.subscribed.has(trackKey({ homeId: this.head.homeId, cameraId: camera.cameraId, streamId }));
  }

  /** Relay → viewer. */
  send(message: ToViewer): void {
    this.#socket?.text(JSON.stringify(message));
  }

  sendUnit(...envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) this.#socket?.binary(encodeEnvelope(envelope));
  }

  /** The line breaks. */
  cut(code = 1006): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.subscribed.clear();
    socket?.closed(code);
  }

  async signNext(...changes: readonly RosterChange[]): Promise<Uint8Array> {
    return signRoster(this.admin, await buildNextRoster(this.head, this.admin.deviceId, changes));
  }

  /** The relay takes a next roster and hands it on; the agent has not rotated yet. */
  async changeRoster(...changes: readonly RosterChange[]): Promise<void> {
    const roster = await this.signNext(...changes);
    this.head = await verifyNext(this.head, roster);
    this.rosters.push(roster);
    this.send({ t: 'roster', roster: toBase64Url(roster) });
  }

  /** The agent: new secrets for all cameras, one bulletin. @param at an epoch of its own, for lies */
  async rotate(at = Math.max(this.epoch + 1, this.clock.wallMs())): Promise<Bulletin> {
    this.epoch = at;
    for (const camera of this.cameras.values()) camera.rekey(at);
    this.bulletin = await this.makeBulletin(at);
    this.sendBulletin(this.bulletin);
    return this.bulletin;
  }

  async makeBulletin(at: number): Promise<Bulletin> {
    const cameras = [...this.cameras.values()].map(({ cameraId: id, sessionId, secret }) => ({
      cameraId: id,
      sessionId,
      secret,
    }));
    return buildBulletin({
      head: this.head,
      keys: this.agent,
      agentHpkePub: this.agentHpke.hpkePub,
      epoch: epoch(at),
      issuedAtMs: millis(this.clock.wallMs()),
      cameras: cameras.sort((a, b) => (a.cameraId < b.cameraId ? -1 : 1)),
      names: this.#names(),
      hpkeKeys: this.hpkeKeys,
    });
  }

  sendBulletin({ manifest, wraps }: Bulletin): void {
    const own = wraps.find(({ deviceId }) => deviceId === this.display.deviceId);
    this.send({ t: 'bulletin', manifest: toBase64Url(manifest), ...(own && { wrap: toBase64Url(own.wrap) }) });
  }

  /** The agent answers, honestly but for `lies`. */
  async answerLive(nonce: Uint8Array, lies: Partial<LiveAnswer> = {}): Promise<void> {
    if (this.agentOnline) this.send({ t: 'live.answer', answer: toBase64Url(await this.liveAnswer(nonce, lies)) });
  }

  async liveAnswer(nonce: Uint8Array, lies: Partial<LiveAnswer> = {}): Promise<Uint8Array> {
    const tracks = [...this.cameras.values()].flatMap((camera) =>
      ([0, 4] as const).map((streamId) => {
        const sealer = camera.sealer(streamId);
        const { cameraId: id, sessionId } = camera;
        return {
          cameraId: id,
          streamId,
          epoch: epoch(camera.epoch),
          sessionId,
          nextCtr: sealer.nextCtr,
          gopCtr: sealer.gopCtr ?? 0,
        };
      }),
    );
    return signLiveAnswer(this.agent, {
      homeId: this.head.homeId,
      deviceId: this.display.deviceId,
      nonce,
      rosterVersion: this.head.version,
      rosterHash: this.head.hash,
      epoch: epoch(this.epoch),
      agentTimeUs: micros(this.clock.wallMs() * 1000),
      tracks: tracks.sort((a, b) => (a.cameraId < b.cameraId ? -1 : 1)),
      ...lies,
    });
  }

  sendState(camera: SealedCamera, state: CameraState): void {
    this.sendUnit(camera.unit(true, STREAM.state, encodeCameraState(state)));
  }

  /** A unit captured just now. */
  now(camera: SealedCamera, keyframe: boolean): Envelope {
    camera.timeUs = Math.max(camera.timeUs, this.clock.wallMs() * 1000 - 40_000);
    return camera.unit(keyframe);
  }

  async openedCommand({ sealed }: Event<'command'>): Promise<Awaited<ReturnType<typeof openCommand>>> {
    const { deviceId } = this.display;
    const nowMs = this.clock.wallMs();
    return openCommand({
      head: this.head,
      hpke: this.agentHpke,
      deviceId,
      lastSeq: 0,
      nowMs,
      sealed: fromBase64Url(sealed),
    });
  }

  async reply(id: number, re: number, seq: number, reply: Reply): Promise<void> {
    const to = this.hpkeKeys.get(this.display.deviceId);
    if (to === undefined) throw new Error('no key to reply to');
    const sealed = await sealReply({ head: this.head, keys: this.agent, to, seq, re, reply });
    this.send({ t: 'reply', re: id, sealed: toBase64Url(sealed) });
  }

  #addCamera(id: string): void {
    const camera = new SealedCamera(this.head.homeId, cameraId(id.repeat(16)), this.clock.wallMs() * 1000 - 40_000);
    this.cameras.set(camera.cameraId, camera);
  }

  #names() {
    const cameras = [...this.cameras.keys()].sort().map((id, order) => ({
      ...{
        cameraId: id,
        name: `Camera ${id.slice(0, 2)}`,
        room: '',
        order,
        private: false,
        hasSub: true,
        hasAudio: false,
      },
      ...{ mainCodec: 'h264' as const, demo: false },
    }));
    return { homeName: 'Test home', cameras, members: [], recoveryUsedAtMs: millis(0) };
  }

  #dial(events: SocketEvents): { send(text: string): void; close(): void } {
    this.dials += 1;
    this.#socket = events;
    const nonce = new Uint8Array(randomBytes(32));
    queueMicrotask(() =>
      this.send({ t: 'challenge', nonce: toBase64Url(nonce), versions: [1], timeMs: this.clock.wallMs() }),
    );
    return {
      send: (text) => {
        if (this.#socket === events) void this.#take(parseMessage(FromViewer, text), nonce);
      },
      close: () => {
        if (this.#socket === events) this.#socket = undefined;
        this.subscribed.clear();
      },
    };
  }

  async #take(message: FromViewer, challenge: Uint8Array): Promise<void> {
    this.asked.push(message.t);
    switch (message.t) {
      case 'auth': {
        const { homeId, deviceId, sig } = message;
        await verifyAuth(this.head, {
          homeId,
          deviceId,
          nonce: challenge,
          host: 'relay.test',
          signature: fromBase64Url(sig),
        });
        this.send({
          t: 'welcome',
          rosterVersion: this.head.version,
          agentOnline: this.agentOnline,
          timeMs: this.clock.wallMs(),
        });
        if (this.bulletin !== undefined) this.sendBulletin(this.bulletin);
        return;
      }
      case 'roster.get':
        return this.send({
          t: 'roster.chain',
          re: message.id,
          rosters: this.rosters.slice(message.from - 1).map((roster) => toBase64Url(roster)),
        });
      case 'hpke.put': {
        const key = await verifyHpkeKey(this.head, fromBase64Url(message.key));
        this.hpkeKeys.set(key.deviceId, key);
        return this.send({ t: 'ok', re: message.id });
      }
      case 'subscribe': {
        const code = this.refuseSubscribe(message);
        if (code !== undefined) return this.send({ t: 'error', re: message.id, code, words: '' });
        this.subscribed.add(trackKey({ homeId: this.head.homeId, ...message }));
        return this.send({ t: 'ok', re: message.id });
      }
      case 'unsubscribe':
        this.subscribed.delete(trackKey({ homeId: this.head.homeId, ...message }));
        return this.send({ t: 'ok', re: message.id });
      case 'live':
        return this.onLive(fromBase64Url(message.nonce));
      case 'receipt':
        this.receipts.push(await verifyReceipt(this.head, fromBase64Url(message.receipt)));
        return;
      case 'report':
        this.reports.push(await verifyReport(this.head, fromBase64Url(message.report)));
        return;
      case 'command':
        return this.onCommand(message);
      default:
        return this.send({ t: 'ok', re: message.id });
    }
  }
}
