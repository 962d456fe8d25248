/** One camera of the home: its five tracks, when it is read, and what is known of it. */
import { randomBytes } from 'node:crypto';
import { isVideo, type AccessUnit } from '@sealcam/media';
import {
  idFromBytes,
  letGo,
  sessionId,
  STREAM,
  type CameraId,
  type Epoch,
  type HomeId,
  type SessionId,
  type StreamId,
} from '@sealcam/protocol';
import type { CameraLook, LiveTrack } from '@sealcam/home';
import { CameraStates } from './camera-states.ts';
import type { Logbook } from './cameras/index.ts';
import { lookAt } from './camera-look.ts';
import { mainOrSub, subOrMain } from './one-place.ts';
import { runPipeline, sendUnit, type Publisher } from './pipeline.ts';
import { Places } from './places.ts';
import type { SealedCounters } from './sealed-counters.ts';
import { SealedTrack } from './sealed-track.ts';
import { SharedStream } from './shared-stream.ts';
import type { ReadSource } from './source.ts';
import { Stills } from './stills.ts';

export interface CameraParts {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  readonly main: ReadSource;
  /** Read on demand, while somebody watches it; and all the time beside an H.265 main stream, for stills that any display can show. */
  readonly sub: ReadSource | undefined;
  /** What each stream sends, written down by whoever reads it. */
  readonly books: { readonly main: Logbook; readonly sub: Logbook | undefined };
  readonly private: boolean;
  readonly publisher: Publisher;
  /** Told of each frame that is sealed. */
  readonly counters?: Pick<SealedCounters, 'sealed'>;
  /** Unix ms, and a clock that never jumps. */
  readonly clock: () => number;
  readonly monotonicMs: () => number;
  /** Every keyframe of main, before it is sealed. */
  readonly onKeyframe: (unit: AccessUnit) => void;
  /** The first sound of a camera that was thought to have none. */
  readonly onAudio: () => void;
}

/** The sub stream stays open this long after its last viewer: leafing through cameras must not reconnect each time. */
const SUB_LINGER_MS = 10_000;
const STREAMS: readonly StreamId[] = [STREAM.main, STREAM.sub, STREAM.audio, STREAM.still, STREAM.state];

interface Session {
  readonly id: SessionId;
  readonly tracks: ReadonlyMap<StreamId, SealedTrack>;
  readonly stills: Stills;
  readonly states: CameraStates;
}

export class Camera {
  readonly cameraId: CameraId;
  readonly #parts: CameraParts;
  readonly #main: ReadSource;
  readonly #sub: ReadSource | undefined;
  /** What is known of the room of the camera. */
  readonly #places = new Places();
  readonly #isRead: { readonly main: () => boolean; readonly sub: () => boolean };
  #session: Session;
  #private: boolean;
  /** What somebody watches now, as the relay says. */
  readonly #watched = new Set<StreamId>();
  /**
   * Where pictures and sound go. What nobody watches is read, sealed and kept, so that the next viewer has a picture at once, but does
   * not leave the home: an uplink is a home's scarcest line, and the sizes of frames say when something moves.
   */
  readonly #live: Publisher = {
    publish: (track, envelope, keyframe) => {
      if (this.#watched.has(track.streamId)) return this.#parts.publisher.publish(track, envelope, keyframe);
      letGo(envelope);
      return true;
    },
  };
  #stopMain: (() => void) | undefined;
  #stopSub: (() => void) | undefined;
  #linger: NodeJS.Timeout | undefined;
  #heardAudio = false;
  /** Main is H.265, which many displays cannot play: stills come from sub. */
  #stillsFromSub = false;

  constructor(parts: CameraParts) {
    this.cameraId = parts.cameraId;
    this.#parts = parts;
    const main = new SharedStream(parts.main);
    const sub = parts.sub && new SharedStream(parts.sub);
    const streams = sub && { main, sub, places: this.#places, monotonicMs: parts.monotonicMs };
    this.#main = streams === undefined ? main.read : mainOrSub(streams);
    this.#sub = streams && subOrMain(streams);
    this.#isRead = { main: () => main.state !== undefined, sub: () => sub?.state !== undefined };
    this.#private = parts.private;
    this.#session = this.#newSession();
    if (this.#private) this.#session.states.say('private');
    else this.#startMain();
  }

  get sessionId(): SessionId {
    return this.#session.id;
  }

  get state(): CameraStates['state'] {
    return this.#session.states.state;
  }

  /** How it does, for an admin. */
  look(): Omit<CameraLook, 'host'> {
    const { books, monotonicMs } = this.#parts;
    const nowMs = monotonicMs();
    return lookAt({
      main: { report: books.main.report(nowMs), isRead: this.#isRead.main() },
      sub: books.sub && { report: books.sub.report(nowMs), isRead: this.#isRead.sub() },
      places: this.#places.known,
    });
  }

  /** In the tick in which it is switched on nothing more is read, held or kept. */
  setPrivate(on: boolean): void {
    if (on === this.#private) return;
    this.#private = on;
    if (on) {
      this.#stopReading();
      this.#session.stills.forget();
      this.#session.states.say('private');
    } else {
      this.#session.states.say('asleep');
      this.#startMain();
    }
  }

  /** Tries again now instead of after the back-off. */
  reconnect(): void {
    if (this.#private) return;
    const sub = this.#stopSub !== undefined;
    this.#stopReading();
    this.#startMain();
    if (sub) this.#startSub();
  }

  watched(stream: StreamId, viewers: number): void {
    if (viewers > 0) this.#watched.add(stream);
    else this.#watched.delete(stream);
    if (stream === STREAM.still) this.#session.stills.watched(viewers);
    if (stream !== STREAM.sub || this.#parts.sub === undefined) return;
    clearTimeout(this.#linger);
    if (viewers > 0) {
      if (this.#stopSub === undefined && !this.#private) this.#startSub();
    } else if (this.#stopSub !== undefined && !this.#stillsFromSub) {
      this.#linger = setTimeout(() => this.#endSub(), SUB_LINGER_MS);
    }
  }

  /** No connection, no viewers. */
  nobodyWatches(): void {
    for (const stream of STREAMS) this.watched(stream, 0);
  }

  /** The kept GOP of a stream, ready to be sent for one join. */
  replay(stream: StreamId, joinId: number): readonly Uint8Array[] {
    return this.#session.tracks.get(stream)?.replay(joinId) ?? [];
  }

  stopSealing(): void {
    for (const track of this.#session.tracks.values()) track.stop();
  }

  /** The bulletin is out: go on under the new key, with what waited first. */
  rekey(epoch: Epoch, secret: Uint8Array): void {
    const { tracks } = this.#session;
    for (const track of tracks.values()) {
      for (const unit of track.rekey(epoch, secret)) sendUnit(track, unit, this.#live);
    }
    this.sendCached();
  }

  /** State and still once more: after a rotation, or to a relay that may have forgotten them. */
  sendCached(): void {
    this.#session.states.send();
    if (!this.#private) this.#session.stills.send();
  }

  /** After a clock jump: new counters under a new session, never the old ones again. To be followed by a rotation in the same tick. */
  renewSession(): void {
    const state = this.#session.states.state;
    this.#stopReading();
    this.#session = this.#newSession();
    if (state !== undefined) this.#session.states.set(state);
    if (!this.#private) this.#startMain();
  }

  liveTracks(): readonly LiveTrack[] {
    const { id, tracks } = this.#session;
    return [...tracks].flatMap(([streamId, track]) => {
      const newest = track.newest;
      return newest === undefined ? [] : [{ cameraId: this.cameraId, streamId, sessionId: id, ...newest }];
    });
  }

  close(): void {
    this.#stopReading();
  }

  #newSession(): Session {
    const { homeId, cameraId, publisher, clock, monotonicMs, counters } = this.#parts;
    const id = idFromBytes(sessionId, randomBytes(8));
    const open = (streamId: StreamId) => new SealedTrack({ homeId, cameraId, streamId }, id, monotonicMs, counters);
    const tracks = new Map(STREAMS.map((streamId) => [streamId, open(streamId)]));
    const track = (streamId: StreamId): SealedTrack => tracks.get(streamId) ?? open(streamId);
    return {
      ...{ id, tracks },
      stills: new Stills(track(STREAM.still), publisher, clock),
      states: new CameraStates(track(STREAM.state), publisher, clock),
    };
  }

  #startMain(): void {
    const { tracks, states, stills } = this.#session;
    const [video, audio] = [tracks.get(STREAM.main), tracks.get(STREAM.audio)];
    if (video === undefined || audio === undefined) return;
    this.#stopMain = runPipeline({
      ...{ read: this.#main, video, audio, publisher: this.#live },
      seen: (unit) => {
        if (isVideo(unit.codec)) {
          if (unit.keyframe) this.#mainKeyframe(unit);
          if (!this.#stillsFromSub) stills.see(unit);
        } else if (!this.#heardAudio) {
          this.#heardAudio = true;
          this.#parts.onAudio();
        }
      },
      onState: (state) => states.follow(state),
    });
  }

  #mainKeyframe(unit: AccessUnit): void {
    this.#parts.onKeyframe(unit);
    this.#stillsFromSub = unit.codec === 'h265' && this.#parts.sub !== undefined;
    if (this.#stillsFromSub && this.#stopSub === undefined) this.#startSub();
  }

  #startSub(): void {
    const video = this.#session.tracks.get(STREAM.sub);
    const sub = this.#sub;
    const { stills } = this.#session;
    if (sub === undefined || video === undefined) return;
    this.#stopSub = runPipeline({
      ...{ read: sub, video, publisher: this.#live },
      seen: (unit) => {
        if (this.#stillsFromSub) stills.see(unit);
      },
      // The camera's state is its main stream's.
      onState: () => undefined,
    });
  }

  #endSub(): void {
    clearTimeout(this.#linger);
    this.#stopSub?.();
    this.#stopSub = undefined;
    this.#session.tracks.get(STREAM.sub)?.forget();
  }

  #stopReading(): void {
    this.#stopMain?.();
    this.#stopMain = undefined;
    this.#endSub();
    for (const stream of [STREAM.main, STREAM.audio]) this.#session.tracks.get(stream)?.forget();
  }
}
