/**
 * One attempt at one stream: from the first SYN to the last packet. Opens, signs in, sets up, plays, hands out access units,
 * and ends once with the reason. Whether to try again is `camera-source.ts`'s business.
 */
import { describeTracks, isVideo, MediaError, parseSdp, resolveControl, TrackReceiver } from '@sealcam/media';
import type { AccessUnit, AudioTrack, TrackDescription, Tracks, VideoTrack } from '@sealcam/media';
import { SealcamError } from '@sealcam/protocol';
import type { Credentials } from './address.ts';
import type { Tap } from './recording.ts';
import type { Rhythm } from './rhythm.ts';
import { ReceptionReport } from './rtcp.ts';
import { connect, type RtspConnection } from './rtsp-connection.ts';
import { Elsewhere, RtspSession } from './rtsp-session.ts';
import { SilenceWatch } from './silence-watch.ts';
import { openUdp, type UdpTransport } from './udp-transport.ts';
import type { Attempt, Transport, Ways } from './ways.ts';

/** After PLAY: nothing comes without a Range, or the camera takes its time. */
const RANGE_AFTER_MS = 2_000;
/** Whoever watches a trial hears what is waited for. */
const WAITING_AFTER_MS = 3_000;
const MAX_REDIRECTS = 3;
const REPORT_EVERY_MS = 5_000;
/** What waits for a lost packet, or for the proof that a picture is whole, is looked at this long after a packet. */
const POLL_AFTER_MS = 60;

/** In this order, each at most once. */
export type StreamStep = 'reached' | 'spoke-rtsp' | 'signed-in' | 'stream-found' | 'playing';

/** What takes its time: the first answer, the first packet after PLAY, the first full picture among the packets, the next one after a loss. */
export type Awaited = 'answer' | 'packet' | 'keyframe' | 'whole';

/** Wall clock in ms since 1970, and one that never jumps; handed in so that tests and clock jumps are ours to make. */
export interface CameraClock {
  nowMs(): number;
  monotonicMs(): number;
}

export interface StreamOptions {
  readonly ways: Ways;
  readonly credentials?: Credentials;
  readonly audio: boolean;
  /** Of this camera, kept over its connections. */
  readonly rhythm: Rhythm;
  readonly pin?: string;
  readonly clock: CameraClock;
  /** captureUs of the last video and audio unit before: times go on rising from there. */
  readonly afterUs?: { readonly video: number; readonly audio: number };
  readonly onStep?: (step: StreamStep) => void;
  readonly onPlaying?: (playing: Playing) => void;
  readonly onWait?: (awaited: Awaited) => void;
  readonly tap?: Tap;
  readonly onUnit: (unit: AccessUnit) => void;
  /** Exactly once, unless closed before. */
  readonly onEnd: (fault: SealcamError) => void;
}

/** What a camera offers and what was agreed on, once it plays. */
export interface Playing {
  readonly tracks: Tracks;
  readonly transport: Transport;
}

/** What was lost or odd over one connection so far. */
export interface StreamHealth {
  /** Pictures that were not whole. */
  readonly broken: number;
  /** Pictures that hang on one that is missing: those up to the next keyframe, after a loss or after the connect. */
  readonly skipped: number;
  /** Packets that are missing. */
  readonly lost: number;
  /** Bytes that were part of nothing. */
  readonly strayBytes: number;
  /** The camera's clock contradicts arrival and is not used. */
  readonly ignoresClock: boolean;
}

interface RunningTrack {
  readonly receiver: TrackReceiver;
  readonly report: ReceptionReport;
  readonly udp?: UdpTransport;
  readonly rtcpChannel?: number;
}

export class CameraStream {
  readonly #options: StreamOptions;
  readonly #abort = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #tracks: RunningTrack[] = [];
  readonly #byChannel: (RunningTrack | undefined)[] = [];
  #connection: RtspConnection | undefined;
  #session: RtspSession | undefined;
  #closed = false;
  #silence: SilenceWatch | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #wasAnswered = false;
  #ways: Ways;
  /** What the camera offers; known from `stream-found` on. */
  tracks: Tracks | undefined;
  transport: Transport | undefined;
  /** See `RtspConnection.pin`; known from `reached` on. */
  pin: string | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#ways = options.ways;
    this.#run().catch((cause: unknown) => this.#end(asFault(cause)));
  }

  /** Whether a picture came. */
  get hadPicture(): boolean {
    return this.#silence?.hadPicture === true;
  }

  /** What worked, or was found out: for the next connection. */
  get ways(): Ways {
    return this.#ways;
  }

  get health(): StreamHealth {
    const video = this.#tracks.find(({ receiver }) => receiver.track.media === 'video')?.receiver.stats;
    const { broken = 0, dropped = 0, lost = 0, ignoresClock = false } = video ?? {};
    return { broken, skipped: dropped - broken, lost, ignoresClock, strayBytes: this.#connection?.strayBytes ?? 0 };
  }

  attempt(code: Attempt['code']): Attempt {
    return { code, hadPicture: this.hadPicture, transport: this.transport, wasAnswered: this.#wasAnswered };
  }

  /** Sockets closed, timers stopped, nothing handed on from here: not even later in the same tick. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#pollTimer);
    for (const track of this.#tracks) track.udp?.close();
    if (this.#session === undefined) this.#connection?.close();
    else this.#session.close();
    this.#abort.abort();
  }

  #end(fault: SealcamError): void {
    if (this.#closed) return;
    this.close();
    this.#options.onEnd(fault);
  }

  async #run(): Promise<void> {
    for (let redirects = 0; ; redirects += 1) {
      try {
        return await this.#play();
      } catch (cause) {
        if (!(cause instanceof Elsewhere)) throw cause;
        if (redirects >= MAX_REDIRECTS) throw new SealcamError('rtsp.not-found', 'redirects without end');
        this.#session?.close();
        this.#session = undefined;
        this.#ways = { ...this.#ways, address: cause.address };
      }
    }
  }

  async #play(): Promise<void> {
    const { credentials, pin, audio, clock, rhythm, tap } = this.#options;
    const { address, asksOptions } = this.#ways;
    const connection = await connect(address, {
      ...(pin === undefined ? {} : { pin }),
      ...(credentials && { credentials }),
      ...(tap && { tap }),
      onFrame: (channel, packet) => this.#onFrame(channel, packet),
      isOurs: (channel) => this.#byChannel[channel] !== undefined || this.#isReportChannel(channel),
      onFault: (fault) => {
        // One that was left for another port says nothing any more.
        if (connection === this.#connection) this.#end(fault);
      },
      signal: this.#abort.signal,
    });
    this.#connection = connection;
    if (this.#closed) return connection.close();
    this.pin = connection.pin;
    this.#step('reached');
    const session = new RtspSession(connection, address, credentials);
    this.#session = session;
    const isDescribed = this.#tellIfSlow('answer', () => false);
    if (asksOptions) this.#wasAnswered = await session.options();
    if (this.#wasAnswered) this.#step('spoke-rtsp');
    const { sdp, base } = await session.describe();
    // It answers, but not that question: the next connection spares it.
    if (!this.#wasAnswered) this.#ways = { ...this.#ways, asksOptions: false };
    this.#wasAnswered = true;
    isDescribed();
    this.#step('spoke-rtsp');
    this.#step('signed-in');
    const description = parseSdp(sdp);
    const tracks = describeTracks(description);
    this.tracks = tracks;
    if (tracks.video === undefined) throw new SealcamError('rtsp.codec', tracks.unsupported.slice(0, 4).join(', '));
    this.#step('stream-found');
    await this.#setupAll(session, base, tracks.video, audio ? tracks.audio : undefined);
    this.#silence = new SilenceWatch({
      ...{ rhythm, monotonicMs: () => clock.monotonicMs() },
      ask: async (withinMs) => await session.isThere(withinMs),
    });
    await this.#begin(session, resolveControl(base, description.control));
    this.#silence.playing();
    this.#step('playing');
    this.#tellPlaying(tracks);
    this.#watch(session, this.#silence);
  }

  #tellPlaying(tracks: Tracks): void {
    if (this.transport !== undefined && !this.#closed) this.#options.onPlaying?.({ tracks, transport: this.transport });
  }

  async #begin(session: RtspSession, url: string): Promise<void> {
    try {
      await session.play(url, this.#ways.range);
    } catch (refusal) {
      if (this.#ways.range) throw refusal;
      // Refused for want of a Range, perhaps: what it says to the plain question is the better reason.
      await session.play(url, true).catch(() => {
        throw refusal;
      });
      this.#ways = { ...this.#ways, range: true };
    }
    if (!this.#ways.range) this.#after(RANGE_AFTER_MS, () => void this.#beginWithRange(session, url));
  }

  async #beginWithRange(session: RtspSession, url: string): Promise<void> {
    if (this.#silence?.hadPacket === true) return;
    await session.play(url, true).catch(() => undefined);
    this.#ways = { ...this.#ways, range: true };
  }

  /** @returns what to call when it came */
  #tellIfSlow(awaited: Awaited, isThere: () => boolean): () => void {
    const timer = setTimeout(() => {
      if (!this.#closed && !isThere()) this.#options.onWait?.(awaited);
    }, WAITING_AFTER_MS);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  #isReportChannel(channel: number): boolean {
    return this.#tracks.some(({ rtcpChannel }) => rtcpChannel === channel);
  }

  #step(step: StreamStep): void {
    if (!this.#closed) this.#options.onStep?.(step);
  }

  async #setupAll(session: RtspSession, base: string, video: VideoTrack, audio: AudioTrack | undefined): Promise<void> {
    for (const transport of this.#ways.transports) {
      if (!(await this.#setup(session, base, video, transport))) continue;
      this.transport = transport;
      // Sound is a gift: a camera that refuses its track still shows its picture.
      if (audio !== undefined) await this.#setup(session, base, audio, transport).catch(ignoreRefusal);
      return;
    }
    throw new SealcamError('rtsp.transport', 'refuses every transport');
  }

  async #setup(session: RtspSession, base: string, track: TrackDescription, transport: Transport): Promise<boolean> {
    const url = resolveControl(base, track.control);
    const afterUs = this.#options.afterUs?.[track.media];
    const receiver = new TrackReceiver(track, {
      reorder: transport === 'udp',
      ...(afterUs === undefined ? {} : { afterUs }),
    });
    const report = new ReceptionReport();
    if (transport === 'tcp') {
      const answer = await session.setup(url, { kind: 'tcp', channel: 2 * this.#tracks.length });
      if (answer?.kind !== 'tcp') return false;
      if (this.#byChannel[answer.rtpChannel] !== undefined)
        throw new SealcamError('rtsp.transport', 'one channel for two tracks');
      const running = { receiver, report, rtcpChannel: answer.rtcpChannel };
      this.#tracks.push(running);
      this.#byChannel[answer.rtpChannel] = running;
      return true;
    }
    return this.#setupUdp(session, url, { receiver, report });
  }

  async #setupUdp(session: RtspSession, url: string, track: RunningTrack): Promise<boolean> {
    const { localAddress, remoteAddress } = this.#connection ?? { localAddress: '', remoteAddress: '' };
    const udp = await openUdp({ localAddress, remoteAddress, onPacket: (packet) => this.#onPacket(track, packet) });
    try {
      const answer = this.#closed ? undefined : await session.setup(url, { kind: 'udp', port: udp.port });
      if (answer?.kind !== 'udp' || this.#closed) {
        udp.close();
        return false;
      }
      if (answer.rtpPort !== undefined && answer.rtcpPort !== undefined) udp.aim(answer.rtpPort, answer.rtcpPort);
    } catch (error) {
      udp.close();
      throw error;
    }
    this.#tracks.push({ ...track, udp });
    return true;
  }

  #onFrame(channel: number, packet: Uint8Array): void {
    const track = this.#byChannel[channel];
    if (track !== undefined) this.#onPacket(track, packet);
  }

  #onPacket(track: RunningTrack, packet: Uint8Array): void {
    if (this.#closed) return;
    const { clock, tap } = this.#options;
    tap?.strays(this.#connection?.strayBytes ?? 0);
    tap?.packet(
      this.#tracks.findIndex(({ receiver }) => receiver === track.receiver),
      packet,
    );
    if (track.receiver.track.media === 'video') this.#silence?.packet();
    track.report.note(packet);
    this.#handOn(track.receiver.push(packet, clock.nowMs() * 1000));
    if (track.receiver.isPending) this.#pollTimer ??= setTimeout(() => this.#poll(), POLL_AFTER_MS);
  }

  /** A fault of whoever takes the units ends this attempt, never the process. */
  #handOn(units: readonly AccessUnit[]): void {
    try {
      for (const unit of units) {
        // Asked for each unit: whoever takes one may close us.
        if (this.#closed) return;
        if (isVideo(unit.codec)) this.#silence?.picture(unit.keyframe);
        this.#options.onUnit(unit);
      }
    } catch (cause) {
      this.#end(asFault(cause));
    }
  }

  #poll(): void {
    this.#pollTimer = undefined;
    for (const { receiver } of this.#tracks) {
      if (!this.#closed) this.#handOn(receiver.poll(this.#options.clock.nowMs() * 1000));
    }
    const isPending = this.#tracks.some(({ receiver }) => receiver.isPending);
    if (isPending && !this.#closed) this.#pollTimer ??= setTimeout(() => this.#poll(), POLL_AFTER_MS);
  }

  #watch(session: RtspSession, silence: SilenceWatch): void {
    if (this.#closed) return;
    this.#look(silence);
    this.#tellIfSlow('packet', () => silence.hadPacket);
    this.#tellIfSlow('keyframe', () => !silence.hadPacket || silence.hadPicture);
    this.#every(REPORT_EVERY_MS, () => this.#sendReports());
    this.#every(session.keepAliveEveryMs, () => {
      session.keepAlive().catch((cause: unknown) => this.#end(asFault(cause)));
    });
  }

  /** One timer instead of one a packet. */
  #look(silence: SilenceWatch): void {
    try {
      this.#after(silence.look(), () => this.#look(silence));
      if (silence.isStuck) this.#options.onWait?.('whole');
    } catch (cause) {
      this.#end(asFault(cause));
    }
  }

  #sendReports(): void {
    for (const { report, udp, rtcpChannel } of this.#tracks) {
      udp?.sendReport(report.encode());
      udp?.punch();
      if (rtcpChannel !== undefined) this.#connection?.sendFrame(rtcpChannel, report.encode());
    }
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #every(ms: number, act: () => void): void {
    this.#timers.add(setInterval(act, ms));
  }
}

function ignoreRefusal(cause: unknown): boolean {
  const code = cause instanceof SealcamError ? cause.code : undefined;
  if (code === 'rtsp.transport' || code === 'rtsp.not-found' || code === 'rtsp.busy') return false;
  throw cause;
}

function asFault(cause: unknown): SealcamError {
  if (cause instanceof SealcamError) return cause;
  if (cause instanceof MediaError) return new SealcamError(cause.code, cause.message, { cause });
  return new SealcamError('internal', undefined, { cause });
}
