/**
 * The agent of a model's home: real rotations (`Epochs` of apps/agent), real rosters, bulletins and liveness answers, on a line of the
 * drill. It can change its home, end without a word, and come back from what it had stored.
 */
import {
  isCurrent,
  isGranted,
  member,
  signAuth,
  signLiveAnswer,
  sortTracks,
  verifyHpkeKey,
  verifyNext,
  type DeviceKeys,
  type Head,
  type HpkeKey,
  type HpkeKeys,
} from '@sealcam/home';
import {
  epoch,
  fromBase64Url,
  FromAgent,
  micros,
  millis,
  parseMessage,
  PROTOCOL_VERSION,
  SealcamError,
  ToAgent,
  toBase64Url,
  type CameraId,
  type DeviceId,
  type StreamId,
} from '@sealcam/protocol';
import { Epochs, type CurrentEpoch } from '../../../apps/agent/src/epochs.ts';
import type { DialLine, LineSocket } from '../frame/dial-line.ts';
import { SealedCamera } from '../frame/sealed-camera.ts';
import type { VirtualClock } from '../frame/virtual-clock.ts';
import type { ModelTruth } from './judge.ts';

/** What outlives the agent's process. */
export interface Disk {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly genesis: Uint8Array;
  /** After the genesis. */
  rosters: readonly Uint8Array[];
  head: Head;
  epoch: number;
  readonly hpkeKeys: Map<DeviceId, HpkeKey>;
  cameras: readonly { readonly cameraId: CameraId; readonly model: string }[];
  readonly private: Set<CameraId>;
  displays: readonly { readonly deviceId: DeviceId; readonly model: string; readonly route: string }[];
}

export interface ModelAgentParts {
  readonly clock: VirtualClock;
  readonly truth: ModelTruth;
  readonly dial: DialLine;
  readonly disk: Disk;
  /** So long after a guest's time is over the agent's timer runs, ms: its machine is busy. */
  readonly lateMs: number;
}

type Asked<Name extends ToAgent['t']> = Extract<ToAgent, { readonly t: Name }>;

const RETRY_MS = 1_000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

export class ModelAgent {
  readonly #parts: ModelAgentParts;
  readonly #epochs: Epochs;
  readonly #puts = new Map<number, number>();
  #cameras: readonly SealedCamera[] = [];
  #socket: LineSocket | undefined;
  #online = false;
  #requests = 0;
  /** The question behind the last announcement: what is asked on one line is answered in order. */
  #announced = 0;
  #over = false;
  #turn: Promise<unknown> = Promise.resolve();
  #cancelExpiry: (() => void) | undefined;

  constructor(parts: ModelAgentParts) {
    this.#parts = parts;
    const { clock, disk, truth } = parts;
    this.#makeCameras();
    this.#epochs = new Epochs({
      identity: disk,
      clock: () => clock.wallMs(),
      logger: SILENT as never,
      input: () => ({
        head: disk.head,
        names: { homeName: '', cameras: [], members: [], recoveryUsedAtMs: millis(0) },
        hpkeKeys: disk.hpkeKeys,
        sessions: this.#cameras.map(({ cameraId, sessionId }) => ({ cameraId, sessionId })),
      }),
      nextEpoch: (nowMs) => epoch((disk.epoch = Math.max(disk.epoch + 1, nowMs))),
      stop: () => undefined,
      begin: (current) => this.#begin(current),
      onProblem: (code) => {
        if (code !== undefined) truth.dark(`the agent cannot make keys: ${code}`);
      },
    });
    this.#watchGuests();
    this.#epochs.rotate('start');
  }

  get online(): boolean {
    return this.#online;
  }

  /** How many watch any of its cameras, as the relay says. */
  camera(id: CameraId): SealedCamera | undefined {
    return this.#cameras.find(({ cameraId }) => cameraId === id);
  }

  connect(): void {
    if (this.#over) return;
    const socket = this.#parts.dial({
      text: (text) => {
        if (socket === this.#socket) void this.#inTurn(() => this.#take(parseMessage(ToAgent, text)));
      },
      binary: () => undefined,
      closed: () => {
        if (socket === this.#socket) this.#lost();
      },
    });
    this.#socket = socket;
  }

  /** Without a word: what was on its way is lost with the line. */
  crash(): void {
    this.#over = true;
    this.#online = false;
    this.#cancelExpiry?.();
    this.#epochs.close();
  }

  /** One picture, if there are keys now. */
  frame(camera: CameraId, stream: StreamId): boolean {
    const { current } = this.#epochs;
    const from = this.camera(camera);
    if (current === undefined || from === undefined) return false;
    const { truth } = this.#parts;
    truth.making = current;
    from.frame(stream);
    truth.making = undefined;
    return true;
  }

  rotate(): void {
    this.#epochs.rotate('hourly');
  }

  /** Signed rosters by an admin, from any one on; resolves when they are taken. */
  async offer(rosters: readonly Uint8Array[], fromRelay = false): Promise<void> {
    await this.#inTurn(() => this.#offer(rosters, fromRelay));
  }

  /** Cameras, their privacy, or what displays declared has changed on the disk. In the tick in which it does. */
  changed(): void {
    if (this.#cameras.map(({ cameraId }) => cameraId).join() !== this.#idsOnDisk) this.#makeCameras();
    this.#announce();
    this.#epochs.rotate('cameras');
  }

  get #idsOnDisk(): string {
    return this.#parts.disk.cameras.map(({ cameraId }) => cameraId).join();
  }

  #makeCameras(): void {
    const { clock, truth, disk } = this.#parts;
    const { homeId } = disk.head;
    const kept = new Map(this.#cameras.map((camera) => [camera.cameraId, camera]));
    const send = (message: Uint8Array): void => {
      if (this.#online) this.#socket?.sendBinary(message);
    };
    this.#cameras = disk.cameras.map(({ cameraId, model }) => {
      const known = { cameraId, counter: truth.nextPictures() };
      return kept.get(cameraId) ?? new SealedCamera(homeId, model, { clock, truth, send, known });
    });
  }

  /** One after the other: what arrives, and what is changed at home. */
  async #inTurn(work: () => Promise<void> | void): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    await mine.catch((error: unknown) => {
      if (!(error instanceof SealcamError)) throw error;
    });
  }

  #lost(): void {
    this.#online = false;
    this.#puts.clear();
    if (!this.#over) this.#parts.clock.after(RETRY_MS, () => this.connect());
  }

  async #take(message: ToAgent): Promise<void> {
    if (this.#over) return;
    switch (message.t) {
      case 'challenge':
        return await this.#authenticate(fromBase64Url(message.nonce));
      case 'welcome':
        return this.#welcome(message.rosterVersion);
      case 'roster':
        return await this.#offer([fromBase64Url(message.roster)], true);
      case 'roster.chain':
        if (message.re === this.#announced) this.#home.relayKnowsPrivacy(this.#parts.clock.wallMs());
        return await this.#offer(message.rosters.map(fromBase64Url), true);
      case 'ok':
        return this.#acked(message.re);
      case 'hpke':
        return await this.#newKey(fromBase64Url(message.key));
      case 'live.ask':
        return void this.#live(message);
      case 'watch':
        return this.camera(message.cameraId)?.watch(message.streamId, message.viewers);
      case 'join':
        return this.#join(message);
      default:
    }
  }

  async #authenticate(nonce: Uint8Array): Promise<void> {
    const { disk, dial } = this.#parts;
    const { homeId } = disk.head;
    const sig = toBase64Url(await signAuth(disk.keys, homeId, nonce, dial.host));
    const { deviceId } = disk.keys;
    const genesis = toBase64Url(disk.genesis);
    this.#send({ t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId, sig, genesis });
  }

  #welcome(known: number): void {
    const { disk } = this.#parts;
    this.#online = true;
    for (const roster of disk.rosters.slice(known - 1)) this.#put(roster);
    this.#announce();
    const { current } = this.#epochs;
    if (current !== undefined) this.#sendBulletin(current);
  }

  #put(roster: Uint8Array): void {
    const id = this.#nextRequest();
    this.#puts.set(id, this.#parts.disk.rosters.indexOf(roster) + 2);
    this.#send({ t: 'roster.put', id, roster: toBase64Url(roster) });
  }

  #nextRequest(): number {
    this.#requests += 1;
    return this.#requests;
  }

  #acked(re: number): void {
    const version = this.#puts.get(re);
    if (version === undefined) return;
    const home = this.#home;
    home.acked = Math.max(home.acked, version);
  }

  async #offer(rosters: readonly Uint8Array[], fromRelay: boolean): Promise<void> {
    const { disk } = this.#parts;
    for (const roster of rosters) {
      const next = await verifyNext(disk.head, roster).catch(() => undefined);
      if (next === undefined || this.#over) continue;
      disk.head = next;
      disk.rosters = [...disk.rosters, roster];
      this.#home.agentVersion = next.version;
      this.#epochs.rotate('roster');
      if (!fromRelay && this.#online) this.#put(roster);
      if (this.#online) this.#announce();
      this.#watchGuests();
    }
  }

  /** A guest's time ends by itself: new keys then, if a little late. */
  #watchGuests(): void {
    const { clock, disk, lateMs } = this.#parts;
    this.#cancelExpiry?.();
    const nowMs = clock.wallMs();
    const ends = disk.head.roster.entries.map(({ notAfterMs }) => notAfterMs as number).filter((at) => at > nowMs);
    if (ends.length === 0) return;
    this.#cancelExpiry = clock.after(Math.min(...ends) - nowMs + lateMs, () => {
      if (this.#over) return;
      this.#epochs.rotate('expiry');
      this.#watchGuests();
    });
  }

  #announce(): void {
    const { disk } = this.#parts;
    const cameras = this.#cameras.map(({ cameraId, streams, model }) => ({
      ...{ cameraId, model, streams: [...streams], private: disk.private.has(cameraId) },
    }));
    const members = disk.displays.filter(({ deviceId }) => member(disk.head, deviceId) !== undefined);
    this.#send({ t: 'announce', cameras, displays: members.map((display) => ({ ...display })) });
    this.#announced = this.#nextRequest();
    this.#send({ t: 'roster.get', id: this.#announced, from: disk.head.version });
  }

  #begin(current: CurrentEpoch): void {
    this.#home.epochBegan(current.epoch, this.#parts.clock.wallMs());
    if (this.#online) this.#sendBulletin(current);
    for (const camera of this.#cameras) {
      const secret = current.secrets.get(camera.cameraId);
      if (secret !== undefined) camera.rekey(current.epoch, secret);
    }
  }

  #sendBulletin({ bulletin: { manifest, keys, wraps } }: CurrentEpoch): void {
    const each = wraps.map(({ deviceId, wrap }) => ({ deviceId, wrap: toBase64Url(wrap) }));
    this.#send({ t: 'bulletin', manifest: toBase64Url(manifest), keys: toBase64Url(keys), wraps: each });
  }

  async #newKey(bytes: Uint8Array): Promise<void> {
    const { disk } = this.#parts;
    const key = await verifyHpkeKey(disk.head, bytes);
    const known = disk.hpkeKeys.get(key.deviceId);
    if (this.#over || (known !== undefined && known.keySeq >= key.keySeq)) return;
    disk.hpkeKeys.set(key.deviceId, key);
    this.#epochs.rotate('keys');
  }

  async #live({ deviceId, nonce }: Asked<'live.ask'>): Promise<void> {
    const { disk, clock } = this.#parts;
    await this.#epochs.settled();
    const { current } = this.#epochs;
    const { head } = disk;
    const entry = member(head, deviceId);
    if (current === undefined || entry === undefined || !isCurrent(entry, clock.wallMs())) return;
    const tracks = this.#cameras.filter(({ cameraId }) => isGranted(entry, cameraId)).flatMap((each) => each.newest());
    const answer = await signLiveAnswer(disk.keys, {
      ...{ homeId: head.homeId, deviceId, nonce: fromBase64Url(nonce), rosterVersion: head.version },
      ...{ rosterHash: head.hash, epoch: current.epoch, agentTimeUs: micros(clock.wallMs() * 1000) },
      tracks: sortTracks(tracks),
    });
    if (this.#epochs.current === current) this.#send({ t: 'live.answer', deviceId, answer: toBase64Url(answer) });
  }

  #join(message: Asked<'join'>): void {
    for (const unit of this.camera(message.cameraId)?.replay(message.streamId, message.joinId) ?? [])
      if (this.#online) this.#socket?.sendBinary(unit);
    this.#send({ t: 'joined', joinId: message.joinId });
  }

  get #home(): ReturnType<ModelTruth['home']> {
    return this.#parts.truth.home(this.#parts.disk.head.homeId);
  }

  #send(message: FromAgent): void {
    if (!this.#over) this.#socket?.send(JSON.stringify(message));
  }
}
