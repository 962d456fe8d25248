/** A household for tests: real keys, real rosters and bulletins, real sockets to a real relay. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import {
  buildBulletin,
  buildGenesis,
  buildNextRoster,
  generateDeviceKeys,
  signAuth,
  signRoster,
  verifyGenesis,
  verifyNext,
  type AnnouncedKey,
  type DeviceKeys,
  type Head,
  type RosterChange,
} from '@sealcam/home';
import {
  cameraId,
  encodeEnvelope,
  encodeSframeHeader,
  epoch,
  FLAG,
  fromBase64Url,
  keyId,
  millis,
  PROTOCOL_VERSION,
  toBase64Url,
  Writer,
  type CameraId,
  type Epoch,
  type HomeId,
  type KeyId,
  type StreamId,
} from '@sealcam/protocol';
import { startRelay, type Relay, type RelayOptions } from '../src/index.ts';

export type Json = Record<string, unknown> & { readonly t: string };

/** What a test started, ended after it whatever happened. */
export class Lab {
  readonly #ends: (() => Promise<void> | void)[] = [];

  onEnd(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sealcam-relay-'));
    this.onEnd(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async relay(options: Partial<RelayOptions> = {}): Promise<Relay> {
    const dataDir = options.dataDir ?? (await this.folder());
    const relay = await startRelay({ host: '127.0.0.1', port: 0, open: true, ...options, dataDir });
    this.onEnd(() => relay.close());
    return relay;
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}

/** A WebSocket client that keeps what it got until a test asks for it. */
export class Peer {
  readonly socket: WebSocket;
  readonly host: string;
  readonly texts: Json[] = [];
  readonly units: Uint8Array[] = [];
  closed: number | undefined;
  #waiting: (() => void)[] = [];

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, headers });
    this.host = new URL(url).host;
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.units.push(Uint8Array.from(data));
      else this.texts.push(JSON.parse(data.toString()) as Json);
      this.#wake();
    });
    this.socket.on('close', (code) => {
      this.closed = code;
      this.#wake();
    });
    this.socket.on('error', () => this.#wake());
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when `ready` holds; rejects when the socket closes without it. */
  async until<T>(ready: () => T | undefined): Promise<T> {
    for (;;) {
      const found = ready();
      if (found !== undefined) return found;
      if (this.closed !== undefined)
        throw new Error(`closed with ${this.closed}, got ${JSON.stringify(this.texts.slice(-3))}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next text of that kind, taken out. */
  take(t: string, matches: (message: Json) => boolean = () => true): Promise<Json> {
    return this.until(() => {
      const at = this.texts.findIndex((message) => message.t === t && matches(message));
      return at < 0 ? undefined : this.texts.splice(at, 1)[0];
    });
  }

  /** All units once there are so many. */
  takeUnits(count: number): Promise<Uint8Array[]> {
    return this.until(() => (this.units.length >= count ? this.units.splice(0) : undefined));
  }

  async closeCode(): Promise<number> {
    for (;;) {
      if (this.closed !== undefined) return this.closed;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** A request and its one reply, which may be an error. */
  async ask(message: Json & { readonly id: number }): Promise<Json> {
    this.send(message);
    return await this.until(() => {
      const at = this.texts.findIndex((reply) => reply['re'] === message.id);
      return at < 0 ? undefined : this.texts.splice(at, 1)[0];
    });
  }

  unit(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  /** Everything sent before this has been handled by the relay once it resolves. */
  async settled(): Promise<void> {
    const pong = new Promise<void>((resolve) => this.socket.once('pong', () => resolve()));
    this.socket.ping();
    await pong;
  }
}

let requests = 0;
export function nextId(): number {
  requests += 1;
  return requests;
}

export function randomCamera(): CameraId {
  return cameraId(randomBytes(16).toString('hex'));
}

/** A sealed unit as the relay sees one: a true header, and bytes that nobody can open. */
export function sealedUnit(kid: KeyId, ctr: number, gopCtr: number, bodyBytes = 40): Uint8Array {
  return new Writer()
    .u8(1)
    .u16(ctr === gopCtr ? FLAG.keyframe : 0)
    .u64(gopCtr)
    .bytes(encodeSframeHeader(kid, ctr))
    .bytes(randomBytes(bodyBytes))
    .finish();
}

export function kidOf(seed: string): KeyId {
  return keyId(`8${createHash('sha256').update(seed).digest('hex').slice(0, 15)}`);
}

const STREAMS: readonly StreamId[] = [0, 1, 2, 3, 4];

export class House {
  readonly relay: Relay;
  readonly lab: Lab;
  readonly admin: DeviceKeys;
  readonly agentKeys: DeviceKeys;
  head: Head;
  readonly genesis: Uint8Array;
  epoch: Epoch = epoch(0);
  /** Whose streams the next bulletin announces. */
  readonly cameras = new Set<CameraId>();

  private constructor(lab: Lab, relay: Relay, parts: { admin: DeviceKeys; agent: DeviceKeys; head: Head }) {
    this.lab = lab;
    this.relay = relay;
    this.admin = parts.admin;
    this.agentKeys = parts.agent;
    this.head = parts.head;
    this.genesis = parts.head.bytes;
  }

  static async build(lab: Lab, relay: Relay): Promise<House> {
    const [admin, agent] = await Promise.all([
      generateDeviceKeys({ extractable: true }),
      generateDeviceKeys({ extractable: true }),
    ]);
    const head = await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub)));
    return new House(lab, relay, { admin, agent, head });
  }

  get id(): HomeId {
    return this.head.homeId;
  }

  peer(path: string, headers?: Record<string, string>): Peer {
    const peer = new Peer(`${this.relay.url.replace('http', 'ws')}${path}`, headers);
    this.lab.onEnd(() => peer.socket.terminate());
    return peer;
  }

  /** Connects and sends `auth`; the answer is for the test to take. */
  async dial(path: string, keys: DeviceKeys, extra: object = {}): Promise<Peer> {
    const peer = this.peer(path);
    const challenge = await peer.take('challenge');
    const sig = await signAuth(keys, this.id, fromBase64Url(String(challenge['nonce'])), peer.host);
    peer.send({
      t: 'auth',
      version: PROTOCOL_VERSION,
      homeId: this.id,
      deviceId: keys.deviceId,
      sig: toBase64Url(sig),
      ...extra,
    });
    return peer;
  }

  async agent(extra: object = {}): Promise<Peer> {
    const peer = await this.dial('/ws/agent', this.agentKeys, { genesis: toBase64Url(this.genesis), ...extra });
    await peer.take('welcome');
    return peer;
  }

  async viewer(keys: DeviceKeys = this.admin): Promise<Peer> {
    const peer = await this.dial('/ws/viewer', keys);
    await peer.take('welcome');
    return peer;
  }

  /** The next roster, signed by the admin, not yet put. */
  async nextRoster(changes: readonly RosterChange[], signer: DeviceKeys = this.admin): Promise<Uint8Array> {
    return await signRoster(signer, await buildNextRoster(this.head, signer.deviceId, changes));
  }

  async change(admin: Peer, changes: readonly RosterChange[]): Promise<Json> {
    const roster = await this.nextRoster(changes);
    this.head = await verifyNext(this.head, roster);
    return await admin.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(roster) });
  }

  async addViewer(admin: Peer, grants: 'all' | readonly CameraId[], notAfterMs = 0): Promise<DeviceKeys> {
    const keys = await generateDeviceKeys();
    const reply = await this.change(admin, [
      { do: 'addDevice', sigPub: keys.sigPub, role: 'viewer', grants, notAfterMs: millis(notAfterMs) },
    ]);
    if (reply.t !== 'ok') throw new Error(`roster refused: ${String(reply['code'])}`);
    return keys;
  }

  /** The key id that this home announces for a stream in its newest epoch. */
  kid(camera: CameraId, stream: StreamId = 0): KeyId {
    return kidOf(`${this.id} ${camera} ${stream} ${this.epoch}`);
  }

  /** What an honest agent announces now. */
  announced(): readonly AnnouncedKey[] {
    return [...this.cameras].flatMap((cameraId) =>
      STREAMS.map((streamId) => ({ cameraId, streamId, kid: this.kid(cameraId, streamId) })),
    );
  }

  /**
   * A bulletin of a new epoch under the head, without wraps: the relay needs none to pass units on.
   * @param lies what a lying agent announces instead
   */
  async bulletin(
    agent: Peer,
    newest: number = Math.max(this.epoch + 1, Date.now()),
    lies?: readonly AnnouncedKey[],
  ): Promise<void> {
    agent.send(await this.nextBulletin(newest, lies));
    await agent.settled();
  }

  /** The same, to be sent by the test. */
  async nextBulletin(newest: number, lies?: readonly AnnouncedKey[]): Promise<Json> {
    this.epoch = epoch(newest);
    const bulletin = await buildBulletin({
      head: this.head,
      keys: this.agentKeys,
      agentHpkePub: this.agentKeys.sigPub,
      epoch: this.epoch,
      issuedAtMs: millis(Date.now()),
      cameras: [],
      announced: lies ?? this.announced(),
      names: { homeName: 'Home', cameras: [], members: [], recoveryUsedAtMs: millis(0) },
      hpkeKeys: new Map(),
    });
    const wraps = bulletin.wraps.map(({ deviceId, wrap }) => ({ deviceId, wrap: toBase64Url(wrap) }));
    const [manifest, keys] = [toBase64Url(bulletin.manifest), toBase64Url(bulletin.keys)];
    return { t: 'bulletin', manifest, keys, wraps };
  }

  async announce(agent: Peer, cameras: readonly CameraId[], isPrivate = false): Promise<void> {
    for (const camera of cameras) this.cameras.add(camera);
    agent.send({
      t: 'announce',
      cameras: cameras.map((camera) => ({ cameraId: camera, streams: [0, 1, 2, 3, 4], private: isPrivate })),
    });
    await agent.settled();
    // A text is handled after the ones before it: this reply says that `announce` has been stored.
    await agent.ask({ t: 'hpke.get', id: nextId() });
  }

  envelope(camera: CameraId, stream: StreamId, sealed: Uint8Array, joinId?: number): Uint8Array {
    return encodeEnvelope({ homeId: this.id, cameraId: camera, streamId: stream, epoch: this.epoch, joinId, sealed });
  }

  /** Agent, bulletin and one camera, ready to be watched. */
  async ready(camera: CameraId = randomCamera()): Promise<{ agent: Peer; camera: CameraId }> {
    const agent = await this.agent();
    this.cameras.add(camera);
    await this.bulletin(agent);
    await this.announce(agent, [camera]);
    return { agent, camera };
  }
}

/** Subscribes and lets the agent answer the join with these units. */
export async function watch(
  viewer: Peer,
  agent: Peer,
  camera: CameraId,
  gop: readonly Uint8Array[] = [],
): Promise<Json> {
  const reply = await viewer.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 0 });
  if (reply.t !== 'ok') return reply;
  const join = await agent.take('join', (message) => message['cameraId'] === camera);
  for (const unit of gop) agent.unit(asReplay(unit, Number(join['joinId'])));
  agent.send({ t: 'joined', joinId: join['joinId'] });
  await agent.settled();
  return reply;
}

/** A media envelope as the replay of it: kind 2 and the join's number after the head. */
export function asReplay(envelope: Uint8Array, joinId: number): Uint8Array {
  const head = Uint8Array.from(envelope.subarray(0, 43));
  head[0] = 2;
  return new Writer().bytes(head).u32(joinId).bytes(envelope.subarray(43)).finish();
}
