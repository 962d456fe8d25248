/** `/ws/viewer`: a paired device. Every picture it gets, live, still or state, went through the gate and the ledger first. */
import { randomInt } from 'node:crypto';
import {
  CodecError,
  fromBase64Url,
  FromViewer,
  LIMITS,
  parseMessage,
  PROGRAM_VERSION,
  SealcamError,
  toBase64Url,
  type DeviceId,
  type Epoch,
  type ErrorCode,
  type HomeId,
  type ToViewer,
} from '@sealcam/protocol';
import { LIVE_NONCE_BYTES, member, verifyFloor, verifyHpkeKey, type Head } from '@sealcam/home/verify';
import { agentTopic, deviceTopic, homeTopic, type DeviceEvent, type HomeEvent } from '../bus.ts';
import type { RelayParts } from '../relay-parts.ts';
import type { StoredBulletin } from '../store/store.ts';
import { isSuspendedCode } from '../suspensions/suspension.ts';
import { Challenge } from './auth.ts';
import { Bucket } from './bucket.ts';
import { CLOSE, type Connection } from './connection.ts';
import { householdRows } from './household-rows.ts';
import { rosterChain } from './roster-requests.ts';
import { Subscriptions } from './subscriptions.ts';

type Message<T extends FromViewer['t']> = Extract<FromViewer, { readonly t: T }>;
type Request = Exclude<FromViewer, Message<'auth' | 'live' | 'receipt' | 'report'>>;

/** Questions for tickets of one connection that may still be answered. */
const OPEN_ASKS = 64;
/** Lists of members of one connection that wait for the agent: a chain is put one by one, each after the answer to the last. */
const HELD_ROSTERS = 4;
/** From a suspension to the last byte of a picture that was on its way already. */
const SUSPENDED_DRAIN_MS = 700;
/** Receipts and reports a second, and in a burst: a display sends one receipt each 10 s. */
const EVIDENCE = { perSecond: 1, burst: 40 };

/** Serves one viewer until its socket ends. */
export function serveViewer(connection: Connection, parts: RelayParts): void {
  const challenge = new Challenge(connection, parts);
  connection.serve({
    async text(text) {
      if (challenge.refuses(text)) return;
      const message = parseMessage(FromViewer, text);
      if (message.t !== 'auth') return connection.end(CLOSE.malformed, 'protocol.unexpected');
      const known = await challenge.answer(message);
      if (known === undefined || connection.ended) return;
      await new ViewerSession(connection, parts, known.head.homeId, known.entry.deviceId).start();
    },
    binary: () => connection.end(CLOSE.malformed, 'protocol.unexpected'),
    closed: () => challenge.cancel(),
  });
}

class ViewerSession {
  readonly #connection: Connection;
  readonly #parts: RelayParts;
  readonly #home: HomeId;
  readonly #device: DeviceId;
  readonly #subscriptions: Subscriptions;
  readonly #evidenceRate: Bucket;
  /** The relay's number of a question for tickets, and the viewer's own. */
  readonly #asks = new Map<number, number>();
  #asked: { readonly nonce: string; readonly untilMs: number } | undefined;
  #epoch: Epoch | undefined;
  #told: Promise<void> = Promise.resolve();
  #held = 0;
  #isGone = false;
  #stops: (() => void)[] = [];

  constructor(connection: Connection, parts: RelayParts, home: HomeId, device: DeviceId) {
    this.#connection = connection;
    this.#parts = parts;
    this.#home = home;
    this.#device = device;
    this.#evidenceRate = new Bucket(EVIDENCE.perSecond, EVIDENCE.burst, parts.clock);
    this.#subscriptions = new Subscriptions(parts, {
      homeId: home,
      deviceId: device,
      connection,
      epoch: () => this.#epoch,
      cut: (cameraId, streamId, code, sinceMs) => {
        this.#send({ t: 'cut', cameraId, streamId, code, ...(sinceMs !== undefined && { sinceMs }) });
        if (isSuspendedCode(code)) connection.drainWithin(SUSPENDED_DRAIN_MS);
        if (code === 'device.expired' || code === 'device.removed') connection.end(CLOSE.removed, code);
      },
      lifted: (cameraId, streamId) => this.#send({ t: 'lifted', cameraId, streamId }),
    });
  }

  async start(): Promise<void> {
    const { presence, limits, metrics, quotas } = this.#parts;
    const quota = await quotas.of(this.#home);
    if (this.#connection.ended) return;
    const most = { device: limits.connectionsPerDevice, home: quota.viewers };
    if (!presence.viewerCame(this.#home, this.#device, most)) {
      const isHome = presence.viewers(this.#home) >= quota.viewers;
      return this.#connection.end(CLOSE.tooMany, isHome ? 'quota.viewers' : 'protocol.too-many');
    }
    this.#connection.known();
    metrics.connections.inc({ kind: 'viewer' });
    this.#connection.serve({
      text: (text) => this.#text(parseMessage(FromViewer, text)),
      binary: () => this.#connection.end(CLOSE.malformed, 'protocol.unexpected'),
      gone: () => this.#gone(),
      closed: () => this.#closed(),
    });
    await this.#welcome();
  }

  async #welcome(): Promise<void> {
    const { homes, presence, store, clock, bus, log } = this.#parts;
    const head = await homes.head(this.#home);
    const bulletin = await store.bulletin(this.#home);
    // Nobody would tell it that its device was removed: what it sent before its welcome does not count.
    if (this.#connection.ended) return this.#connection.end(CLOSE.refused);
    const agentOnline = presence.agent(this.#home) !== undefined;
    const timeMs = clock.wallMs();
    this.#send({ t: 'welcome', rosterVersion: head.version, agentOnline, timeMs, program: PROGRAM_VERSION });
    this.#tellAgent(agentOnline, presence.sinceMs(this.#home), presence.refusal(this.#home));
    if (bulletin !== undefined) this.#sendBulletin(bulletin);
    this.#stops = [
      ...this.#stops,
      bus.subscribe(homeTopic(this.#home), (event) => this.#homeEvent(event)),
      bus.subscribe(deviceTopic(this.#home, this.#device), (event) => this.#deviceEvent(event)),
    ];
    log.info('viewer.came', { home: this.#home, device: this.#device, address: this.#connection.address });
    await this.#catchUp(head, bulletin);
    this.#tellNotices(false);
  }

  #tellAgent(online: boolean, sinceMs: number, code: ErrorCode | undefined): void {
    this.#send({ t: 'agent', online, sinceMs, ...(code !== undefined && { code }) });
  }

  /** What came while we read, before we listened. */
  async #catchUp(head: Head, bulletin: StoredBulletin | undefined): Promise<void> {
    const now = await this.#parts.homes.head(this.#home);
    if (now !== head) this.#homeEvent({ t: 'roster', head: now });
    const newest = await this.#parts.store.bulletin(this.#home);
    if (newest !== undefined && newest.epoch !== bulletin?.epoch) this.#sendBulletin(newest);
    if (now === head) this.#endUnlessMember(head);
  }

  #text(message: FromViewer): Promise<void> | void {
    if (message.t === 'auth') return this.#connection.end(CLOSE.malformed, 'protocol.unexpected');
    if (message.t === 'live') return this.#live(message.nonce);
    if (message.t === 'receipt') return this.#evidence('receipt', fromBase64Url(message.receipt));
    if (message.t === 'report') return this.#evidence('report', fromBase64Url(message.report));
    if (message.t === 'roster.put' && this.#parts.restores.holds(this.#home)) return this.#hold(message);
    return this.#answer(message);
  }

  /**
   * This relay was put back to an older copy: who has been removed since may still sign, as far as it knows. The agent's own list comes
   * first; what the viewer asks meanwhile does not wait.
   */
  #hold(message: Message<'roster.put'>): void {
    if (this.#held >= HELD_ROSTERS) return this.#connection.fail('protocol.too-many', message.id);
    this.#held += 1;
    const malformed = (): void => this.#connection.end(CLOSE.malformed, 'codec.malformed');
    this.#stops.push(this.#parts.restores.whenSpoken(this.#home, () => void this.#answer(message).catch(malformed)));
  }

  /** One reply a request: what it asked for, or the code of what went wrong. */
  async #answer(message: Request): Promise<void> {
    try {
      await this.#request(message);
    } catch (error) {
      if (error instanceof CodecError) throw error;
      if (!(error instanceof SealcamError))
        this.#parts.log.fault('viewer.failed', error, { home: this.#home, device: this.#device });
      if (error instanceof SealcamError) this.#connection.fail(error.code, message.id, error.sinceMs);
      else this.#connection.fail('internal', message.id);
    }
  }

  async #request(message: Request): Promise<void> {
    const { allowances, homes, store } = this.#parts;
    const re = message.id;
    const ok = (): void => this.#send({ t: 'ok', re });
    switch (message.t) {
      case 'roster.get':
        return this.#send({ t: 'roster.chain', re, rosters: await rosterChain(store, this.#home, message.from) });
      case 'roster.put':
        allowances.demand(this.#home, 'roster');
        await homes.putRoster(this.#home, fromBase64Url(message.roster), false);
        return ok();
      case 'hpke.put':
        allowances.demand(this.#home, 'key');
        await this.#putHpkeKey(fromBase64Url(message.key));
        return ok();
      case 'subscribe':
        return await this.#subscriptions.subscribe(message.cameraId, message.streamId, ok);
      case 'unsubscribe':
        this.#subscriptions.unsubscribe(message.cameraId, message.streamId);
        return ok();
      case 'ticket.get':
        return this.#askTickets(message);
      case 'command':
        this.#command(message.sealed);
        return ok();
      case 'floor':
        await this.#floor(message.floor);
        return ok();
      case 'notice.read':
        if (!(await this.#isAdmin())) throw new SealcamError('device.role');
        await this.#parts.notices.read(this.#home, message.noticeId, this.#device);
        return ok();
      case 'ledger.get': {
        const query = { ...message, cameraId: message.cameraId, deviceId: message.deviceId };
        return this.#send({
          t: 'ledger.page',
          re,
          rows: await householdRows(this.#parts, this.#home, this.#device, query),
        });
      }
    }
  }

  async #putHpkeKey(message: Uint8Array): Promise<void> {
    const { homes, store, bus } = this.#parts;
    const key = await verifyHpkeKey(await homes.head(this.#home), message);
    if (key.deviceId !== this.#device) throw new SealcamError('auth.refused', 'key of another device');
    if (!(await store.putHpkeKey(this.#home, this.#device, key.keySeq, message))) return;
    bus.publish(agentTopic(this.#home), { t: 'hpke', key: message });
  }

  /** The agent looks at it again, by its own head. */
  async #floor(floor: string): Promise<void> {
    const { homes, bus } = this.#parts;
    const { deviceId } = await verifyFloor(await homes.head(this.#home), fromBase64Url(floor));
    if (deviceId !== this.#device) throw new SealcamError('auth.refused', 'floor of another device');
    if (bus.publish(agentTopic(this.#home), { t: 'floor', floor }) === 0) throw new SealcamError('home.offline');
  }

  /** The number is the relay's own, so that two viewers never share one. */
  #askTickets({ id: re, count }: Message<'ticket.get'>): void {
    if (this.#asks.size >= OPEN_ASKS) throw new SealcamError('protocol.too-many');
    const id = randomInt(2 ** 47);
    this.#asks.set(id, re);
    const request = { t: 'ticket.ask', deviceId: this.#device, id, count } as const;
    if (this.#parts.bus.publish(agentTopic(this.#home), request) > 0) return;
    this.#asks.delete(id);
    throw new SealcamError('home.offline');
  }

  /** The agent trusts only the signature inside. */
  #command(sealed: string): void {
    const request = { t: 'command', deviceId: this.#device, sealed } as const;
    if (this.#parts.bus.publish(agentTopic(this.#home), request) === 0) throw new SealcamError('home.offline');
  }

  /** An agent that left or began anew answers none of the questions from before. */
  #agentChanged(): void {
    for (const re of this.#asks.values()) this.#connection.fail('home.offline', re);
    this.#asks.clear();
  }

  #live(nonce: string): void {
    if (fromBase64Url(nonce).length !== LIVE_NONCE_BYTES)
      return this.#connection.end(CLOSE.malformed, 'codec.malformed');
    const nowMs = this.#parts.clock.monoMs();
    if (this.#asked !== undefined && nowMs < this.#asked.untilMs) return this.#connection.fail('protocol.too-many');
    this.#asked = { nonce, untilMs: nowMs + LIMITS.liveAnswerMs };
    const heard = this.#parts.bus.publish(agentTopic(this.#home), { t: 'live.ask', deviceId: this.#device, nonce });
    if (heard > 0) return;
    this.#asked = undefined;
    this.#connection.fail('home.offline');
  }

  async #evidence(kind: 'receipt' | 'report', bytes: Uint8Array): Promise<void> {
    const { allowances, homes, evidence, metrics, log } = this.#parts;
    if (!this.#evidenceRate.take(1)) return this.#connection.fail('protocol.too-many');
    allowances.demand(this.#home, 'evidence');
    try {
      const { matched, unmatched } = await evidence[kind](await homes.head(this.#home), this.#device, bytes);
      metrics.evidence.inc({ kind, matched: 'yes' }, matched);
      metrics.evidence.inc({ kind, matched: 'no' }, unmatched);
      if (kind === 'report')
        log.warn('viewer.refused-unit', { home: this.#home, device: this.#device, count: matched });
    } catch (error) {
      if (error instanceof SealcamError && error.code === 'command.replayed') return;
      throw error;
    }
  }

  #homeEvent(event: HomeEvent): void {
    switch (event.t) {
      case 'roster':
        this.#send({ t: 'roster', roster: toBase64Url(event.head.bytes) });
        return this.#endUnlessMember(event.head);
      case 'bulletin':
        return this.#sendBulletin(event.bulletin);
      case 'agent':
        // What was asked of the one before is answered by nobody: the next question is for this one.
        this.#asked = undefined;
        this.#agentChanged();
        return this.#tellAgent(event.online, event.sinceMs, event.code);
      case 'ended':
        return this.#connection.end(CLOSE.removed, 'home.erased');
      case 'notices':
        return this.#tellNotices(true);
      case 'cameras':
        return;
    }
  }

  #deviceEvent(event: DeviceEvent): void {
    if (event.t === 'live.answer') {
      if (this.#asked?.nonce !== event.nonce) return;
      this.#asked = undefined;
      return this.#send({ t: 'live.answer', answer: event.answer });
    }
    if (event.t !== 'tickets') return this.#send(event);
    const re = this.#asks.get(event.id);
    this.#asks.delete(event.id);
    if (re !== undefined) this.#send({ t: 'tickets', re, tickets: event.tickets });
  }

  /** One after the other: each message replaces the one before. @param changed also when there is nothing (any more) */
  #tellNotices(changed: boolean): void {
    this.#told = this.#told
      .then(() => this.#sendNotices(changed))
      .catch((error: unknown) => this.#parts.log.fault('viewer.notices', error));
  }

  /** What the operator has to tell, to admins alone. */
  async #sendNotices(changed: boolean): Promise<void> {
    if (!(await this.#isAdmin())) return;
    const notices = await this.#parts.notices.of(this.#home);
    if (!this.#connection.ended && (changed || notices.length > 0)) this.#send({ t: 'notices', notices });
  }

  async #isAdmin(): Promise<boolean> {
    return member(await this.#parts.homes.head(this.#home), this.#device)?.role === 'admin';
  }

  /** Removed: its pictures end in this very call, the socket right after. */
  #endUnlessMember(head: Head): void {
    const entry = member(head, this.#device);
    if (entry === undefined) return this.#connection.end(CLOSE.removed, 'device.removed');
    if (entry.role === 'agent') return this.#connection.end(CLOSE.removed, 'device.role');
  }

  #sendBulletin(bulletin: StoredBulletin): void {
    if (this.#epoch !== undefined && bulletin.epoch <= this.#epoch) return;
    this.#epoch = bulletin.epoch;
    const wrap = bulletin.wraps.get(this.#device);
    const own = wrap === undefined ? {} : { wrap: toBase64Url(wrap) };
    this.#send({ t: 'bulletin', manifest: toBase64Url(bulletin.manifest), ...own });
  }

  #send(message: ToViewer): void {
    this.#connection.send(message);
  }

  /** Its pictures and its place end now; what it had sent is heard out, for as long as it is a member. */
  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#subscriptions.endAll();
    this.#parts.presence.viewerLeft(this.#home, this.#device);
    this.#parts.metrics.connections.dec({ kind: 'viewer' });
  }

  #closed(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#gone();
  }
}
