/** One claimed home, running: cameras, keys, the uplink and what its devices ask, put together. */
import { nextExpiryMs, signSealedAnswer } from '@sealcam/home';
import { millis, SealcamError, toBase64Url, type FromAgent, type ToAgent } from '@sealcam/protocol';
import type { Logger } from 'pino';
import type { CameraStatus } from './agent.ts';
import { CameraTrials } from './camera-trials.ts';
import { CamerasOfHome } from './cameras-of-home.ts';
import { ClockWatch } from './clock-watch.ts';
import { CommandKeys } from './command-keys.ts';
import { Commands } from './commands.ts';
import type { DemoSource } from './demo/demo-source.ts';
import { raiseToFloor } from './epoch-floor.ts';
import { Epochs, type CurrentEpoch, type RotationReason } from './epochs.ts';
import type { HomeStore } from './home-store.ts';
import { Household, type RosterFrom } from './household.ts';
import type { Identity } from './identity.ts';
import type { Keepsake } from './keepsake.ts';
import { liveAnswer } from './live-answers.ts';
import { SealedCounters } from './sealed-counters.ts';
import type { RelayLink, RelaySocket } from './relay-socket.ts';
import type { Vault } from './secrets.ts';
import { SayAgain } from './say-again.ts';
import { Uplink } from './uplink.ts';

export interface HomeParts {
  readonly store: HomeStore;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly link: RelayLink;
  readonly keepsake: Keepsake;
  readonly invitation?: string;
  readonly demo: boolean;
  readonly demoSource?: DemoSource;
  readonly version: string;
  readonly logger: Logger;
  /** Unix ms. */
  readonly clock: () => number;
  readonly monotonicMs: () => number;
  readonly onRecovery: (code: readonly string[]) => void;
  readonly onOnline: () => void;
  readonly onOffline: (problem: string | undefined) => void;
}

type Asked<T extends ToAgent['t']> = Extract<ToAgent, { readonly t: T }>;

const HOUR_MS = 3_600_000;
/** Rotation waits this long for a keyframe to fall on. */
const KEYFRAME_WAIT_MS = 10_000;
/** Rosters, keys and liveness questions of the relay that wait for their turn. */
const MOST_UNDER_WAY = 1024;
/** A list of members that is not this home's, or is one that it has: nothing to end a connection for. */
const STRAY: ReadonlySet<string> = new Set(['roster.invalid', 'roster.stale', 'roster.rollback', 'codec.malformed']);
/** `setTimeout` wraps around above 2^31 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class RunningHome {
  readonly #parts: HomeParts;
  readonly #household: Household;
  readonly #epochs: Epochs;
  readonly #cameras: CamerasOfHome;
  readonly #commands: Commands;
  readonly #commandKeys = new CommandKeys();
  readonly #trials: CameraTrials;
  readonly #uplink: Uplink;
  readonly #clockWatch: ClockWatch;
  readonly #startedMs: number;
  readonly #counters = new SealedCounters();
  #expiry: NodeJS.Timeout | undefined;
  #hourly: NodeJS.Timeout | undefined;
  #atKeyframe: RotationReason | undefined;
  #problem: string | undefined;
  readonly #sayAgain = new SayAgain({ say: () => this.#sendKeys(), taken: () => this.#keysTaken() });
  #underWay = 0;

  /** @throws {SealcamError} `store.corrupt` */
  static async start(parts: HomeParts): Promise<RunningHome> {
    // The household tells a home that exists by then: nothing is offered to it before.
    const told: { home?: RunningHome } = {};
    const household = await Household.load({
      ...parts,
      onRoster: (added, from) => told.home?.rosterAccepted(added, from),
      onKey: (first) => told.home?.keyGiven(first),
      onRecovery: parts.onRecovery,
    });
    told.home = new RunningHome(parts, household);
    return told.home;
  }

  private constructor(parts: HomeParts, household: Household) {
    const { store, identity, logger, clock, link, invitation } = parts;
    this.#parts = parts;
    this.#household = household;
    this.#startedMs = Math.floor(clock());
    const { monotonicMs } = parts;
    const rotate = (reason: RotationReason): void => this.rotate(reason);
    const send = (message: FromAgent): void => this.#uplink.send(message);
    const announce = (): void => send(this.#announcement());
    this.#epochs = this.#newEpochs();
    this.#cameras = new CamerasOfHome({
      ...{ store, vault: parts.vault, demo: parts.demo, logger, rotate, homeId: household.head.homeId },
      ...(parts.demoSource === undefined ? {} : { demoSource: parts.demoSource }),
      counters: this.#counters,
      publisher: { publish: (track, envelope, keyframe) => this.#uplink.publish(track, envelope, keyframe) },
      clock: { nowMs: clock, monotonicMs },
      announce,
      onKeyframe: () => this.#keyframeSeen(),
    });
    this.#trials = new CameraTrials(monotonicMs);
    this.#commands = new Commands({
      ...{ identity, store, household, cameras: this.#cameras, trials: this.#trials, clock, logger, rotate, send },
      announce,
      ...{ keys: this.#commandKeys, monotonicMs, startedMs: this.#startedMs, version: parts.version },
    });
    this.#uplink = new Uplink({
      ...{ link, homeId: household.head.homeId, keys: identity.keys, genesis: household.rosters[0] ?? '' },
      isNew: household.rosters.length === 1,
      ...(invitation === undefined ? {} : { invitation }),
      sync: (socket, welcome) => this.#sync(socket, welcome.rosterVersion),
      onMessage: (message) => this.#heard(message),
      onRefused: (error) => logger.warn({ code: codeIn(error) }, 'the relay refused something'),
      onOnline: () => this.#say(),
      onOffline: (problem) => {
        this.#sayAgain.stop();
        this.#problem = problem;
        this.#cameras.nobodyWatches();
        this.#say();
      },
    });
    this.#clockWatch = new ClockWatch(clock, monotonicMs, () => this.#clockJumped());
    this.#watchExpiry();
  }

  get cameras(): CamerasOfHome {
    return this.#cameras;
  }

  get household(): Household {
    return this.#household;
  }

  /** Of the newest bulletin. */
  get epoch(): CurrentEpoch['epoch'] | undefined {
    return this.#epochs.current?.epoch;
  }

  get isOnline(): boolean {
    return this.#uplink.isReady;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  rotate(reason: RotationReason): void {
    this.#atKeyframe = undefined;
    clearTimeout(this.#hourly);
    this.#epochs.rotate(reason);
  }

  /** A device that had a key opens today's wrap with yesterday's: its new one waits for a keyframe, so that instant start is not lost. */
  keyGiven(first: boolean): void {
    if (first) this.rotate('keys');
    else this.#rotateSoon('keys');
  }

  cameraStatus(): readonly CameraStatus[] {
    return this.#cameras.known.map(({ cameraId, name }) => {
      const state = this.#cameras.get(cameraId)?.state;
      return {
        ...{
          cameraId,
          name,
          state: state?.state ?? 'asleep',
          sinceMs: state?.sinceMs ?? (this.#startedMs as CameraStatus['sinceMs']),
        },
        ...(state === undefined || state.code === '' ? {} : { code: state.code }),
      };
    });
  }

  close(): void {
    for (const timer of [this.#expiry, this.#hourly]) clearTimeout(timer);
    this.#sayAgain.stop();
    this.#clockWatch.close();
    this.#epochs.close();
    this.#cameras.close();
    this.#trials.close();
    this.#commandKeys.close();
    this.#uplink.close();
  }

  #newEpochs(): Epochs {
    const { identity, clock, logger, store } = this.#parts;
    return new Epochs({
      ...{ identity, clock, logger },
      input: () => ({
        head: this.#household.head,
        names: this.#household.names(this.#cameras.known),
        hpkeKeys: this.#household.hpkeKeys,
        sessions: this.#cameras.running.map(({ cameraId, sessionId }) => ({ cameraId, sessionId })),
      }),
      nextEpoch: (nowMs) => store.nextEpoch(nowMs, this.#household.rosters),
      stop: () => {
        for (const camera of this.#cameras.running) camera.stopSealing();
      },
      begin: (current) => this.#begin(current),
      onProblem: (code) => {
        if (code === undefined && this.#uplink.isReady) this.#problem = undefined;
        else if (code !== undefined) this.#problem = code;
        this.#say();
      },
    });
  }

  /** One tick: the bulletin, then everything that hangs on it. */
  #begin(current: CurrentEpoch): void {
    this.#commandKeys.begin(current.epoch, current.hpke);
    this.#sayAgain.stop();
    this.#counters.announced(current.kids);
    this.#uplink.send(bulletinMessage(current));
    for (const camera of this.#cameras.running) {
      const secret = current.secrets.get(camera.cameraId);
      if (secret !== undefined) camera.rekey(current.epoch, secret);
    }
    this.#watchHour();
  }

  #sendKeys(): void {
    const { current } = this.#epochs;
    if (current !== undefined) this.#uplink.send(bulletinMessage(current));
  }

  #keysTaken(): void {
    this.#problem = undefined;
    for (const camera of this.#cameras.running) camera.sendCached();
    this.#say();
  }

  /** Both sides to one roster and the same keys; then, in one tick, cameras, bulletin, and the gates open. */
  async #sync(socket: RelaySocket, relayVersion: number): Promise<void> {
    socket.send({ t: 'kept', sealed: this.#parts.keepsake.sealed });
    const { head } = this.#household;
    const chain = await socket.request({ t: 'roster.get', from: Math.min(head.version, Math.max(1, relayVersion)) });
    if (chain.t === 'roster.chain') await this.#offerChain(chain.rosters);
    let known = relayVersion;
    const putMissing = async (): Promise<void> => {
      const missing = this.#household.rosters.slice(known);
      known = Math.max(known, this.#household.rosters.length);
      for (const roster of missing) await socket.request({ t: 'roster.put', roster });
    };
    await putMissing();
    const keys = await socket.request({ t: 'hpke.get' });
    if (keys.t === 'hpke.all') for (const key of keys.keys) await this.#offerKey(key);
    if (this.#epochs.current === undefined) this.rotate('start');
    for (;;) {
      await this.#epochs.settled();
      const { current } = this.#epochs;
      if (current === undefined) throw new SealcamError('home.offline', 'closing');
      if (this.#household.rosters.length > known) {
        await putMissing();
        continue;
      }
      socket.send(this.#announcement());
      socket.send(bulletinMessage(current));
      this.#problem = undefined;
      this.#uplink.ready();
      for (const camera of this.#cameras.running) camera.sendCached();
      return;
    }
  }

  /** What is no list of this home's admins is left where it is: it must not keep the home away. A second list of theirs does. */
  async #offerChain(rosters: readonly string[]): Promise<void> {
    try {
      await this.#household.offer(rosters.map(bytesOf), 'relay');
    } catch (error) {
      if (!(error instanceof SealcamError) || !STRAY.has(error.code)) throw error;
      this.#parts.logger.warn({ code: error.code }, 'the relay offered a list of members that is not this home’s');
    }
  }

  /** What must keep its place among the sealed units is done in the tick in which it comes. */
  #heard(message: ToAgent): void {
    switch (message.t) {
      case 'watch':
        return this.#cameras.watched(message.cameraId, message.streamId, message.viewers);
      case 'join': {
        const { cameraId, streamId, joinId } = message;
        return this.#uplink.replay(joinId, this.#cameras.get(cameraId)?.replay(streamId, joinId) ?? []);
      }
      case 'live.ask':
        return this.#inTurn('live', () => this.#answerLive(message.deviceId, message.nonce));
      case 'ticket.ask':
        return this.#commands.giveTickets(message.deviceId, message.id, message.count);
      case 'sealed.ask':
        return this.#inTurn('sealed', () => this.#answerSealed(message));
      case 'command':
        return this.#commands.take(message.deviceId, message.sealed);
      case 'roster':
        return this.#inTurn('roster', () => this.#household.offer([bytesOf(message.roster)], 'relay'));
      case 'hpke':
        return this.#inTurn('hpke', () => this.#offerKey(message.key));
      case 'keep':
        return this.#parts.keepsake.keep(message.sealed);
      case 'floor':
        return this.#inTurn('floor', () => this.#raise(bytesOf(message.floor)));
      case 'error':
        return this.#refused(message.code);
      default:
        return;
    }
  }

  /** The relay has had enough of this home for now; or it holds newer keys, so this copy of the home is old and an admin's floor is the way back. */
  #refused(code: string): void {
    this.#parts.logger.warn({ code }, 'the relay refused something');
    const isTooMuch = code === 'quota.rate' || code === 'quota.day';
    if (isTooMuch) this.#sayAgain.refused();
    else if (code !== 'bulletin.behind') return;
    this.#problem = code;
    this.#say();
  }

  async #raise(floor: Uint8Array): Promise<void> {
    const { store, clock, logger } = this.#parts;
    if (await raiseToFloor({ store, head: this.#household.head, clock, logger }, floor)) this.rotate('restored');
  }

  async #answerLive(device: Asked<'live.ask'>['deviceId'], nonce: string): Promise<void> {
    const { identity, clock } = this.#parts;
    const tracks = () => this.#cameras.running.flatMap((camera) => camera.liveTracks());
    const answer = await liveAnswer(
      { identity, clock, tracks, household: this.#household, epochs: this.#epochs },
      device,
      nonce,
    );
    if (answer !== undefined) this.#uplink.send(answer);
  }

  async #answerSealed({ id, kid, ctr }: Extract<ToAgent, { t: 'sealed.ask' }>): Promise<void> {
    const { identity, clock } = this.#parts;
    const asked = { homeId: this.#household.head.homeId, kid, ctr };
    const timeMs = millis(Math.floor(clock()));
    const answer = await signSealedAnswer(identity.keys, { ...asked, answer: this.#counters.was(kid, ctr), timeMs });
    this.#uplink.send({ t: 'sealed.answer', id, answer: toBase64Url(answer) });
  }

  #announcement(): FromAgent {
    return { t: 'announce', cameras: this.#cameras.announced(), displays: this.#household.displays() };
  }

  /** A key of one who is no member (any more) is nobody's fault. */
  async #offerKey(key: string): Promise<void> {
    try {
      await this.#household.offerKey(key);
    } catch (error) {
      if (!(error instanceof SealcamError) || error.code.startsWith('store.')) throw error;
      this.#parts.logger.info({ code: error.code }, 'a device key was refused');
    }
  }

  /** In the tick in which the head moved. The relay must have a roster before the bulletin under it. */
  rosterAccepted(added: readonly string[], from: RosterFrom): void {
    this.rotate('roster');
    if (from !== 'relay') for (const roster of added) this.#uplink.ask({ t: 'roster.put', roster });
    // What a new device declared comes before the bulletin without which it can open nothing.
    this.#uplink.send(this.#announcement());
    this.#watchExpiry();
  }

  #clockJumped(): void {
    this.#cameras.renewSessions();
    this.rotate('clock');
    this.#watchExpiry();
  }

  #keyframeSeen(): void {
    if (this.#atKeyframe !== undefined) this.rotate(this.#atKeyframe);
  }

  #watchHour(): void {
    clearTimeout(this.#hourly);
    this.#hourly = setTimeout(() => this.#rotateSoon('hourly'), HOUR_MS);
  }

  /** At the next keyframe, or without one where none comes. */
  #rotateSoon(reason: RotationReason): void {
    if (this.#atKeyframe !== undefined) return;
    this.#atKeyframe = reason;
    clearTimeout(this.#hourly);
    this.#hourly = setTimeout(() => this.rotate(reason), KEYFRAME_WAIT_MS);
  }

  /** A guest's time ends, or a route's: rotate then. Looked at again after a clock jump. */
  #watchExpiry(): void {
    clearTimeout(this.#expiry);
    const { clock } = this.#parts;
    const end = nextExpiryMs(this.#household.head, clock());
    if (end === undefined) return;
    this.#expiry = setTimeout(
      () => {
        if (clock() >= end) this.rotate('expiry');
        this.#watchExpiry();
      },
      Math.min(LONGEST_TIMER_MS, Math.max(1, end - clock())),
    );
  }

  #say(): void {
    if (this.#uplink.isReady && this.#problem === undefined) this.#parts.onOnline();
    else this.#parts.onOffline(this.#problem);
  }

  /** Bounded, so that a relay gone mad fills no memory. */
  #inTurn(what: string, work: () => Promise<void>): void {
    if (this.#underWay >= MOST_UNDER_WAY) return;
    this.#underWay += 1;
    work()
      .catch((error: unknown) => {
        const code = codeIn(error);
        this.#parts.logger.warn({ what, code, ...(code === 'internal' ? { err: error } : {}) }, 'refused');
      })
      .finally(() => (this.#underWay -= 1));
  }
}

function codeIn(error: unknown): SealcamError['code'] {
  return error instanceof SealcamError ? error.code : 'internal';
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64url'));
}

function bulletinMessage({ bulletin }: CurrentEpoch): FromAgent {
  return {
    t: 'bulletin',
    manifest: toBase64Url(bulletin.manifest),
    keys: toBase64Url(bulletin.keys),
    wraps: bulletin.wraps.map(({ deviceId, wrap }) => ({ deviceId, wrap: toBase64Url(wrap) })),
  };
}
