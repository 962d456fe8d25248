/** `/ws/agent`: the one agent of a home. Its sealed units come in here; what its viewers want goes out to it. */
import {
  CodecError,
  deviceId,
  endBytes,
  fromBase64Url,
  FromAgent,
  homeId,
  idFromBytes,
  isCachedStream,
  parseMessage,
  PROGRAM_VERSION,
  Reader,
  SealcamError,
  toBase64Url,
  type DeviceId,
  type HomeId,
  type ToAgent,
  type Track,
} from '@sealcam/protocol';
import {
  agentOf,
  ANNOUNCED_KEY_BYTES,
  LIVE_NONCE_BYTES,
  verifySignature,
  type Head,
  type RosterEntry,
} from '@sealcam/home/verify';
import {
  agentTopic,
  deviceTopic,
  homeTopic,
  keepsakeTopic,
  trackTopic,
  type AgentRequest,
  type HomeEvent,
} from '../bus.ts';
import type { Source } from '../ledger/row.ts';
import { Ingest } from '../live/ingest.ts';
import type { RelayParts } from '../relay-parts.ts';
import type { StoredCamera } from '../store/store.ts';
import { Challenge } from './auth.ts';
import { Bucket } from './bucket.ts';
import { CLOSE, type Connection } from './connection.ts';
import { rosterChain } from './roster-requests.ts';

type Message<T extends FromAgent['t']> = Extract<FromAgent, { readonly t: T }>;
type Request = Message<'roster.get' | 'roster.put' | 'hpke.get' | 'home.end'>;

/** Joins that may be open at one agent; the oldest is forgotten first (and asked for again). */
const OPEN_JOINS = 1024;

/** Serves one agent until its socket ends. */
export function serveAgent(connection: Connection, parts: RelayParts): void {
  const challenge = new Challenge(connection, parts);
  connection.serve({
    async text(text) {
      if (challenge.refuses(text)) return;
      const message = parseMessage(FromAgent, text);
      if (message.t !== 'auth') return connection.end(CLOSE.malformed, 'protocol.unexpected');
      const known = await challenge.answer(message);
      if (known === undefined || connection.ended) return;
      await new AgentSession(connection, parts, known.head, known.entry).start();
    },
    binary: () => connection.end(CLOSE.malformed, 'protocol.unexpected'),
    closed: () => challenge.cancel(),
  });
}

class AgentSession {
  readonly #connection: Connection;
  readonly #parts: RelayParts;
  readonly #home: HomeId;
  readonly #entry: RosterEntry;
  readonly #ingest: Ingest;
  #bytes: Bucket;
  #mostCameras = 0;
  #announcement: Message<'announce'> | undefined;
  readonly #source: Source;
  readonly #in: { readonly units: { inc(): void }; readonly bytes: { inc(n: number): void } };
  /** Joins that this agent was asked for and has not finished. */
  readonly #joins = new Map<number, Track>();
  #hasKept = false;
  #cameras: readonly StoredCamera[] = [];
  #stops: (() => void)[] = [];

  constructor(connection: Connection, parts: RelayParts, head: Head, entry: RosterEntry) {
    this.#connection = connection;
    this.#parts = parts;
    this.#home = head.homeId;
    this.#entry = entry;
    this.#ingest = new Ingest(head.homeId);
    this.#source = { deviceId: entry.deviceId, connectionId: connection.id };
    this.#bytes = new Bucket(parts.limits.agentBytesPerSecond, parts.limits.agentBurstBytes, parts.clock);
    this.#in = { units: parts.metrics.units.labels('in'), bytes: parts.metrics.bytes.labels('in') };
  }

  async start(): Promise<void> {
    this.#connection.known();
    this.#parts.metrics.connections.inc({ kind: 'agent' });
    this.#connection.serve({
      text: (text) => this.#text(parseMessage(FromAgent, text)),
      binary: (message) => this.#unit(message),
      closed: () => this.#closed(),
    });
    const { homes, store, clock, keys } = this.#parts;
    const head = await homes.head(this.#home);
    await this.#takeQuota();
    this.#announced(await store.cameras(this.#home));
    const bulletin = await store.bulletin(this.#home);
    await keys.load(this.#home);
    if (bulletin !== undefined) this.#ingest.bulletin(bulletin.epoch, clock.monoMs());
    // One that was never welcomed has no place that a newer connection could take: nothing that it sent counts.
    if (this.#connection.ended) return this.#connection.end(CLOSE.refused);
    this.#welcome(head);
  }

  #welcome(head: Head): void {
    const { bus, presence, clock, log } = this.#parts;
    const sinceMs = clock.wallMs();
    // The older connection goes first: its end must not look like ours.
    presence.agentCame(this.#home, {
      connectionId: this.#connection.id,
      sinceMs,
      replaced: () => this.#connection.end(CLOSE.replaced),
    });
    this.#stops = [
      bus.subscribe(agentTopic(this.#home), (request) => this.#asked(request)),
      bus.subscribe(homeTopic(this.#home), (event) => this.#homeEvent(event)),
    ];
    this.#send({ t: 'welcome', rosterVersion: head.version, timeMs: sinceMs, program: PROGRAM_VERSION });
    bus.publish(homeTopic(this.#home), { t: 'agent', online: true, sinceMs });
    log.info('agent.came', { home: this.#home, address: this.#connection.address, version: head.version });
  }

  /** On the hot path: synchronous, so that units keep their order and none waits. */
  #unit(message: Uint8Array): void {
    const { allowances, clock, bus, cached, keys, metrics } = this.#parts;
    if (!this.#bytes.take(message.length)) return metrics.drops.inc({ reason: 'rate' });
    const ingested = this.#ingest.check(message, clock.monoMs());
    if (ingested.at === 'dropped') return metrics.drops.inc({ reason: ingested.reason });
    const { unit, joinId } = ingested;
    if (isCachedStream(unit.streamId) && !allowances.take(this.#home, 'still'))
      return metrics.drops.inc({ reason: 'allowance' });
    if (!keys.enter(unit, this.#source)) return metrics.drops.inc({ reason: 'key' });
    this.#in.units.inc();
    this.#in.bytes.inc(message.length);
    cached.keep(unit);
    bus.publish(trackTopic(unit), joinId === undefined ? { t: 'unit', unit } : { t: 'replay', joinId, unit });
  }

  #text(message: FromAgent): Promise<void> | void {
    switch (message.t) {
      case 'auth':
        return this.#connection.end(CLOSE.malformed, 'protocol.unexpected');
      case 'announce':
        return this.#announce(message);
      case 'bulletin':
        return this.#bulletin(message);
      case 'live.answer':
        return this.#liveAnswer(message.deviceId, message.answer);
      case 'tickets':
      case 'reply':
      case 'command.over': {
        const { deviceId: to, ...event } = message;
        return void this.#parts.bus.publish(deviceTopic(this.#home, to), event);
      }
      case 'kept':
        return this.#kept(message.sealed);
      case 'joined':
        return this.#joined(message.joinId);
      case 'sealed.answer':
        return this.#sealedAnswer(message);
      default:
        return this.#answer(message);
    }
  }

  async #answer(message: Request): Promise<void> {
    try {
      await this.#request(message);
    } catch (error) {
      if (error instanceof CodecError) throw error;
      if (!(error instanceof SealcamError)) this.#parts.log.fault('agent.failed', error, { home: this.#home });
      this.#connection.fail(error instanceof SealcamError ? error.code : 'internal', message.id);
    }
  }

  async #request(message: Request): Promise<void> {
    const { homes, store } = this.#parts;
    const re = message.id;
    switch (message.t) {
      case 'roster.get':
        return this.#send({ t: 'roster.chain', re, rosters: await rosterChain(store, this.#home, message.from) });
      case 'roster.put':
        await this.#parts.allowances.await(this.#home, 'roster');
        await homes.putRoster(this.#home, fromBase64Url(message.roster), true);
        return this.#send({ t: 'ok', re });
      case 'hpke.get':
        return this.#send({ t: 'hpke.all', re, keys: (await store.hpkeKeys(this.#home)).map(toBase64Url) });
      case 'home.end': {
        const bytes = endBytes(this.#home, this.#entry.deviceId);
        const isSigned = await verifySignature(this.#entry.sigPub, bytes, fromBase64Url(message.sig));
        if (!isSigned) throw new SealcamError('auth.refused');
        this.#send({ t: 'ok', re });
        return await homes.end(this.#home);
      }
    }
  }

  async #takeQuota(): Promise<void> {
    const quota = await this.#parts.quotas.of(this.#home);
    this.#bytes = new Bucket(quota.bytesPerSecond, quota.burstBytes, this.#parts.clock);
    this.#mostCameras = quota.cameras;
  }

  async #announce(announcement: Message<'announce'>): Promise<void> {
    const { cameras: all, displays } = announcement;
    if (new Set(all.map((camera) => camera.cameraId)).size !== all.length)
      throw new CodecError('camera announced twice');
    if (new Set(displays.map((display) => display.deviceId)).size !== displays.length)
      throw new CodecError('display announced twice');
    this.#announcement = announcement;
    const cameras = this.#parts.quotas.carried(this.#home, all, this.#mostCameras);
    if (cameras.length < all.length) this.#connection.fail('quota.cameras');
    const before = this.#cameras;
    // From here on no unit of a camera that went private is passed on, whatever the store says later.
    this.#announced(cameras);
    this.#forgetPictures(before, cameras);
    await this.#parts.store.putAnnounced(this.#home, { cameras, displays }, this.#parts.clock.wallMs());
    this.#parts.bus.publish(homeTopic(this.#home), { t: 'cameras' });
    await this.#parts.leases.doubt(this.#home);
  }

  #announced(cameras: readonly StoredCamera[]): void {
    this.#cameras = cameras;
    this.#ingest.announce(cameras);
  }

  #forgetPictures(before: readonly StoredCamera[], now: readonly StoredCamera[]): void {
    for (const { cameraId } of before) {
      const camera = now.find((other) => other.cameraId === cameraId);
      if (camera === undefined || camera.private)
        this.#parts.cached.deleteCamera(this.#home, cameraId, camera !== undefined);
    }
  }

  /** Checked and given to every viewer before the next message of this agent is looked at: no unit overtakes its keys. */
  async #bulletin(message: Message<'bulletin'>): Promise<void> {
    const wraps = new Map(message.wraps.map(({ deviceId: device, wrap }) => [device, fromBase64Url(wrap)]));
    if (wraps.size !== message.wraps.length) throw new CodecError('two wraps for one device');
    const given = { manifest: fromBase64Url(message.manifest), keys: fromBase64Url(message.keys), wraps };
    const { allowances } = this.#parts;
    await allowances.await(this.#home, 'bulletin');
    allowances.demand(this.#home, 'announced', Math.floor(given.keys.length / ANNOUNCED_KEY_BYTES));
    const bulletin = await this.#parts.homes.putBulletin(this.#home, given);
    this.#ingest.bulletin(bulletin.epoch, this.#parts.clock.monoMs());
    this.#parts.restores.bulletin(this.#home);
  }

  /** Given to the connection that asked with this very nonce; the viewer verifies the rest. */
  #liveAnswer(device: DeviceId, answer: string): void {
    const reader = new Reader(fromBase64Url(answer));
    reader.label('sealcam/1 live');
    const home = idFromBytes(homeId, reader.bytes(16));
    const to = idFromBytes(deviceId, reader.bytes(16));
    if (home !== this.#home || to !== device) return this.#parts.metrics.drops.inc({ reason: 'home' });
    const nonce = toBase64Url(reader.bytes(LIVE_NONCE_BYTES));
    this.#parts.bus.publish(deviceTopic(this.#home, device), { t: 'live.answer', nonce, answer });
  }

  /** What it kept for us is written down before it is given anything new: a loss is proven once. */
  async #kept(sealed: string): Promise<void> {
    if (this.#hasKept) return;
    this.#hasKept = true;
    const { restores, bus } = this.#parts;
    this.#send({ t: 'keep', sealed: await restores.took(sealed) });
    if (!this.#connection.ended)
      this.#stops.push(bus.subscribe(keepsakeTopic, (keepsake) => this.#send({ t: 'keep', sealed: keepsake.sealed })));
  }

  async #sealedAnswer({ id, answer }: Message<'sealed.answer'>): Promise<void> {
    const { homes, questions } = this.#parts;
    await questions.take(await homes.head(this.#home), id, fromBase64Url(answer));
  }

  #joined(joinId: number): void {
    const track = this.#joins.get(joinId);
    this.#joins.delete(joinId);
    if (track === undefined) return this.#parts.metrics.drops.inc({ reason: 'join' });
    this.#parts.bus.publish(trackTopic(track), { t: 'joined', joinId });
  }

  #asked(request: AgentRequest): void {
    if (request.t === 'hpke') return this.#send({ t: 'hpke', key: toBase64Url(request.key) });
    if (request.t === 'join') {
      const { joinId, cameraId, streamId } = request;
      const [oldest] = this.#joins.keys();
      if (this.#joins.size >= OPEN_JOINS && oldest !== undefined) this.#joins.delete(oldest);
      this.#joins.set(joinId, { homeId: this.#home, cameraId, streamId });
    }
    this.#send(request);
  }

  #homeEvent(event: HomeEvent): void {
    if (event.t === 'ended') return this.#connection.end(CLOSE.removed, 'home.erased');
    if (event.t === 'quota') return void this.#quotaChanged();
    if (event.t !== 'roster') return;
    this.#send({ t: 'roster', roster: toBase64Url(event.head.bytes) });
    if (agentOf(event.head).deviceId !== this.#entry.deviceId) this.#connection.end(CLOSE.removed, 'device.removed');
  }

  async #quotaChanged(): Promise<void> {
    try {
      await this.#takeQuota();
      if (this.#announcement !== undefined) await this.#announce(this.#announcement);
    } catch (error) {
      this.#parts.log.fault('agent.failed', error, { home: this.#home });
    }
  }

  #send(message: ToAgent): void {
    this.#connection.send(message);
  }

  #closed(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    const { presence, clock, bus, metrics, log } = this.#parts;
    metrics.connections.dec({ kind: 'agent' });
    const nowMs = clock.wallMs();
    if (!presence.agentLeft(this.#home, this.#connection.id, nowMs)) return;
    bus.publish(homeTopic(this.#home), { t: 'agent', online: false, sinceMs: nowMs });
    log.info('agent.left', { home: this.#home });
  }
}
