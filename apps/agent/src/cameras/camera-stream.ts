/**
 * One attempt at one stream: from the first SYN to the last packet. Opens, signs in, sets up, plays, hands out access units,
 * and ends once with the reason. Whether to try again is `camera-source.ts`'s business.
 */
import { describeTracks, isVideo, MediaError, parseSdp, resolveControl, TrackReceiver } from '@sealcam/media';
import type { AccessUnit, AudioTrack, TrackDescription, Tracks, VideoTrack } from '@sealcam/media';
import { SealcamError } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { ReceptionReport } from './rtcp.ts';
import { connect, type RtspConnection } from './rtsp-connection.ts';
import { RtspSession } from './rtsp-session.ts';
import { openUdp, type UdpTransport } from './udp-transport.ts';

/** No video packet for this long: the camera hangs, or the way to it is gone. */
export const SILENCE_MS = 4_000;
/** Packets come, but no picture out of them: keyframes may lie 10 s and more apart, and after a loss only the next one helps. */
export const NO_PICTURE_MS = 25_000;
const REPORT_EVERY_MS = 5_000;
/** UDP packets that wait for a lost one are given up this long after the last packet. */
const POLL_AFTER_MS = 60;

export type Transport = 'tcp' | 'udp';

/**
 * What may be tried, in this order. `rtsps://` never falls back to UDP by itself: its packets would cross the network in the
 * clear, and whoever stands in between could ask for that.
 */
export function transportsFor(address: CameraAddress, wanted: 'auto' | Transport = 'auto'): readonly Transport[] {
  if (wanted !== 'auto') return [wanted];
  return address.secure ? ['tcp'] : ['tcp', 'udp'];
}

/** In this order, each at most once. */
export type StreamStep = 'reached' | 'spoke-rtsp' | 'signed-in' | 'stream-found' | 'playing';

/** Wall clock in ms since 1970, and one that never jumps; handed in so that tests and clock jumps are ours to make. */
export interface CameraClock {
  nowMs(): number;
  monotonicMs(): number;
}

export interface StreamOptions {
  readonly address: CameraAddress;
  readonly credentials?: Credentials;
  readonly audio: boolean;
  /** Tried in this order, the next one where the camera refuses with 461. */
  readonly transports: readonly Transport[];
  readonly pin?: string;
  readonly clock: CameraClock;
  /** captureUs of the last video and audio unit before: times go on rising from there. */
  readonly afterUs?: { readonly video: number; readonly audio: number };
  readonly onStep?: (step: StreamStep) => void;
  readonly onUnit: (unit: AccessUnit) => void;
  /** Exactly once, unless closed before. */
  readonly onEnd: (fault: SealcamError) => void;
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
  #packetAtMs = 0;
  #pictureAtMs = 0;
  #pictures = 0;
  #pollTimer: NodeJS.Timeout | undefined;
  /** What the camera offers; known from `stream-found` on. */
  tracks: Tracks | undefined;
  transport: Transport | undefined;
  /** See `RtspConnection.pin`; known from `reached` on. */
  pin: string | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#run().catch((cause: unknown) => this.#end(asFault(cause)));
  }

  /** Whether a picture came. */
  get hadPicture(): boolean {
    return this.#pictures > 0;
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
    const { address, credentials } = this.#options;
    this.#connection = await connect(address, {
      ...(this.#options.pin === undefined ? {} : { pin: this.#options.pin }),
      onFrame: (channel, packet) => this.#onFrame(channel, packet),
      onFault: (fault) => this.#end(fault),
      signal: this.#abort.signal,
    });
    if (this.#closed) return this.#connection.close();
    this.pin = this.#connection.pin;
    this.#step('reached');
    const session = new RtspSession(this.#connection, address, credentials);
    this.#session = session;
    await session.options();
    this.#step('spoke-rtsp');
    const { sdp, base } = await session.describe();
    this.#step('signed-in');
    const description = parseSdp(sdp);
    const tracks = describeTracks(description);
    this.tracks = tracks;
    if (tracks.video === undefined) throw new SealcamError('rtsp.codec', tracks.unsupported.slice(0, 4).join(', '));
    this.#step('stream-found');
    await this.#setupAll(session, base, tracks.video, this.#options.audio ? tracks.audio : undefined);
    this.#packetAtMs = this.#pictureAtMs = this.#options.clock.monotonicMs();
    await session.play(resolveControl(base, description.control));
    this.#step('playing');
    this.#watch(session);
  }

  #step(step: StreamStep): void {
    if (!this.#closed) this.#options.onStep?.(step);
  }

  async #setupAll(session: RtspSession, base: string, video: VideoTrack, audio: AudioTrack | undefined): Promise<void> {
    for (const transport of this.#options.transports) {
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
    const { clock } = this.#options;
    if (track.receiver.track.media === 'video') this.#packetAtMs = clock.monotonicMs();
    track.report.note(packet);
    this.#handOn(track.receiver.push(packet, clock.nowMs() * 1000));
    if (this.transport === 'udp') this.#pollTimer ??= setTimeout(() => this.#poll(), POLL_AFTER_MS);
  }

  /** A fault of whoever takes the units ends this attempt, never the process. */
  #handOn(units: readonly AccessUnit[]): void {
    try {
      for (const unit of units) {
        // Asked for each unit: whoever takes one may close us.
        if (this.#closed) return;
        if (isVideo(unit.codec)) this.#notePicture();
        this.#options.onUnit(unit);
      }
    } catch (cause) {
      this.#end(asFault(cause));
    }
  }

  #notePicture(): void {
    this.#pictures += 1;
    this.#pictureAtMs = this.#packetAtMs;
  }

  #poll(): void {
    this.#pollTimer = undefined;
    for (const { receiver } of this.#tracks) {
      if (!this.#closed) this.#handOn(receiver.poll(this.#options.clock.nowMs() * 1000));
    }
  }

  #watch(session: RtspSession): void {
    if (this.#closed) return;
    this.#watchSilence(SILENCE_MS);
    this.#every(REPORT_EVERY_MS, () => this.#sendReports());
    this.#every(session.keepAliveEveryMs, () => {
      session.keepAlive().catch((cause: unknown) => this.#end(asFault(cause)));
    });
  }

  /** One timer a silence long instead of one a packet. */
  #watchSilence(inMs: number): void {
    this.#after(inMs, () => {
      const nowMs = this.#options.clock.monotonicMs();
      const silentMs = nowMs - this.#packetAtMs;
      if (silentMs >= SILENCE_MS) this.#end(new SealcamError('rtsp.silent', 'no packet for 4 s'));
      else if (nowMs - this.#pictureAtMs >= NO_PICTURE_MS)
        this.#end(new SealcamError('rtsp.silent', 'packets, but no picture'));
      else this.#watchSilence(Math.max(1, SILENCE_MS - silentMs));
    });
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
