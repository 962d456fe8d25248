/**
 * A scripted home around one `HomeClient`, and a relay between them that does what docs/protocol.md says unless a test makes it
 * lie. Sockets are in memory, time is in the test's hand.
 */
import { randomBytes } from 'node:crypto';
import {
  encodeCameraState,
  generateHpkeKeys,
  sealReply,
  verifyAuth,
  verifyHpkeKey,
  verifyNext,
  verifyReceipt,
  verifyReport,
  type Bulletin,
  type CameraState,
  type LiveAnswer,
  type Receipt,
  type Reply,
  type Report,
  type RosterChange,
} from '@sealcam/home';
import {
  encodeEnvelope,
  fromBase64Url,
  FromViewer,
  parseMessage,
  PROTOCOL_VERSION,
  STREAM,
  toBase64Url,
  trackKey,
  type CameraId,
  type Envelope,
  type StreamId,
  type ToViewer,
  type TrackKey,
} from '@sealcam/protocol';
import { HomeClient } from '../src/viewer/home-client.ts';
import { newStoredDevice, type SocketEvents, type ViewerPorts } from '../src/viewer/ports.ts';
import type { Watch } from '../src/viewer/watch.ts';
import { MemoryStore } from './memory-store.ts';
import { PaintingSink } from './painting-sink.ts';
import { ScriptedHome } from './scripted-home.ts';
import type { SealedCamera } from './sealed-camera.ts';
import { until } from './until.ts';

type Event<Name extends FromViewer['t']> = Extract<FromViewer, { t: Name }>;

export class HomeRig extends ScriptedHome {
  readonly store = new MemoryStore();
  readonly subscribed = new Set<TrackKey>();
  readonly receipts: Receipt[] = [];
  readonly reports: Report[] = [];
  readonly asked: string[] = [];
  bulletin: Bulletin | undefined;
  agentOnline = true;
  /** What the relay does with a liveness question; the default asks the agent. */
  onLive: (nonce: Uint8Array) => Promise<void> = async (nonce) => this.answerLive(nonce);
  /** Refuses a subscription where it returns a code. */
  refuseSubscribe: (track: { cameraId: CameraId; streamId: StreamId }) => string | undefined = () => undefined;
  onTickets: (asked: Event<'ticket.get'>) => void = ({ id, count }) => {
    const tickets = Array.from({ length: count }, () => randomBytes(16).toString('base64url'));
    this.send({ t: 'tickets', re: id, tickets });
  };
  /** Whether the relay says that it handed a command over; with a code, that it did not. */
  acknowledges = true;
  refuseCommand: string | undefined;
  onCommand: (command: Event<'command'>) => Promise<void> = async () => undefined;
  /** Of the list of members that the relay says it has; its own where undefined. */
  relayVersion: number | undefined;
  /** False: a list of members that is handed in gets no answer. */
  answersRosterPut = true;
  /** The versions that the relay says it speaks. */
  speaks: number[] = [PROTOCOL_VERSION];
  dials = 0;
  #socket: SocketEvents | undefined;

  static async create(cameras: readonly string[] = ['c1', 'c2']): Promise<HomeRig> {
    const rig = new HomeRig();
    await rig.found(cameras);
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

  /** Watches a camera until it is live. */
  async watchLive(client: HomeClient, camera: SealedCamera): Promise<{ watch: Watch; sink: PaintingSink }> {
    const view = this.watch(client, camera);
    await until('subscribed', () => this.isSubscribed(camera));
    this.sendUnit(this.now(camera, true));
    await until('painted', () => view.sink.units.length > 0);
    await until('live', () => view.watch.picture.get().state === 'live');
    return view;
  }

  /** One frame a step, so that the picture does not age. */
  async stream(camera: SealedCamera, sink: PaintingSink, steps: number, stepMs = 500): Promise<void> {
    for (let i = 0; i < steps; i += 1) {
      this.clock.pass(stepMs);
      const before = sink.units.length;
      this.sendUnit(this.now(camera, false));
      await until('a frame', () => sink.units.length > before);
    }
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

  /** The relay takes a next roster and hands it on; the agent has not rotated yet. */
  async changeRoster(...changes: readonly RosterChange[]): Promise<void> {
    const roster = await this.signNext(...changes);
    this.head = await verifyNext(this.head, roster);
    this.rosters.push(roster);
    this.send({ t: 'roster', roster: toBase64Url(roster) });
  }

  /** The agent: new secrets for all cameras, one bulletin. @param at an epoch of its own, for lies */
  async rotate(at = Math.max(this.epoch + 1, this.clock.wallMs())): Promise<Bulletin> {
    this.rekey(at);
    this.bulletin = await this.makeBulletin(at);
    this.sendBulletin(this.bulletin);
    return this.bulletin;
  }

  sendBulletin({ manifest, wraps }: Bulletin): void {
    const own = wraps.find(({ deviceId }) => deviceId === this.display.deviceId);
    this.send({ t: 'bulletin', manifest: toBase64Url(manifest), ...(own && { wrap: toBase64Url(own.wrap) }) });
  }

  /** The agent answers, honestly but for `lies`. */
  async answerLive(nonce: Uint8Array, lies: Partial<LiveAnswer> = {}): Promise<void> {
    if (this.agentOnline) this.send({ t: 'live.answer', answer: toBase64Url(await this.liveAnswer(nonce, lies)) });
  }

  sendState(camera: SealedCamera, state: CameraState): void {
    this.sendUnit(camera.unit(true, STREAM.state, encodeCameraState(state)));
  }

  /** @param n how many replies to that command there were before */
  async reply(ticket: Uint8Array, n: number, reply: Reply): Promise<void> {
    const to = this.hpkeKeys.get(this.display.deviceId);
    if (to === undefined) throw new Error('no key to reply to');
    const sealed = await sealReply({ head: this.head, keys: this.agent, to, ticket, n, reply });
    this.send({ t: 'reply', sealed: toBase64Url(sealed) });
  }

  #dial(events: SocketEvents): { send(text: string): void; close(): void } {
    this.dials += 1;
    this.#socket = events;
    const nonce = new Uint8Array(randomBytes(32));
    queueMicrotask(() =>
      this.send({
        t: 'challenge',
        nonce: toBase64Url(nonce),
        versions: this.speaks,
        timeMs: this.clock.wallMs(),
      }),
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
          rosterVersion: this.relayVersion ?? this.head.version,
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
      case 'roster.put':
        if (this.answersRosterPut) this.send({ t: 'ok', re: message.id });
        return;
      case 'live':
        return this.onLive(fromBase64Url(message.nonce));
      case 'receipt':
        this.receipts.push(await verifyReceipt(this.head, fromBase64Url(message.receipt)));
        return;
      case 'report':
        this.reports.push(await verifyReport(this.head, fromBase64Url(message.report)));
        return;
      case 'ticket.get':
        return this.onTickets(message);
      case 'command':
        if (this.refuseCommand !== undefined)
          return this.send({ t: 'error', re: message.id, code: this.refuseCommand, words: '' });
        if (this.acknowledges) this.send({ t: 'ok', re: message.id });
        return this.onCommand(message);
      default:
        return this.send({ t: 'ok', re: message.id });
    }
  }
}
