/**
 * Step 5 of the path: the one connection out of the home. Dials for ever with back-off, keeps the order of what is sent, and
 * drops to the next keyframe where the line is slower than the cameras.
 */
import {
  isErrorCode,
  isVersionCode,
  LIMITS,
  Redial,
  trackKey,
  type FromAgent,
  type HomeId,
  type ToAgent,
  type Track,
  type TrackKey,
} from '@sealcam/protocol';
import type { DeviceKeys } from '@sealcam/home';
import { RelaySocket, type AgentRequest, type RelayLink, type WithoutId } from './relay-socket.ts';

export interface UplinkOptions {
  readonly link: RelayLink;
  readonly homeId: HomeId;
  readonly keys: DeviceKeys;
  readonly genesis: string;
  /** A home of one roster has most likely never been here; a relay that knows it looks at neither. */
  readonly isNew: boolean;
  readonly invitation?: string;
  /** Brings both sides to one roster and the same keys; ends with `ready()`. A rejection closes the connection. */
  readonly sync: (socket: RelaySocket, welcome: Extract<ToAgent, { t: 'welcome' }>) => Promise<void>;
  readonly onMessage: (message: ToAgent) => void;
  readonly onRefused: (error: unknown) => void;
  readonly onOnline: () => void;
  readonly onOffline: (problem: string) => void;
  /** 0 ≤ random < 1, for the jitter. */
  readonly random?: () => number;
}

const LONGEST_WAIT_MS = 30_000;
/** The other side has to be updated, or this one: a try now and then finds out that it was. */
const VERSION_WAIT_MS = 60_000;
/** A track that fell behind comes back when the queue is this empty, and not in the middle of the next burst. */
const DRAINED_BYTES = LIMITS.uplinkQueueBytes / 4;
/** As many joins as the relay has open; what is asked beyond them is asked again. */
const MOST_EARLY = 1024;
/** What cannot be answered before this connection is ready; a device that had a ticket earlier would seal to a key of the last run. */
const ASKED: ReadonlySet<ToAgent['t']> = new Set(['join', 'live.ask', 'ticket.ask', 'command']);

export class Uplink {
  readonly #options: UplinkOptions;
  #socket: RelaySocket | undefined;
  #ready = false;
  readonly #redial: Redial;
  #isNew: boolean;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #behind = new Set<TrackKey>();
  /**
   * What the relay asked between its welcome and our bulletin: viewers that wait ask as soon as they hear that the home is back. An
   * answer could not leave yet, and one that is lost is asked for again after seconds only.
   */
  #early: ToAgent[] = [];

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#redial = new Redial({
      nowMs: () => performance.now(),
      random: options.random ?? Math.random,
      longestMs: LONGEST_WAIT_MS,
    });
    this.#isNew = options.isNew;
    this.#retry = setTimeout(() => this.#dial(), 0);
  }

  /** Whether units go out: the relay has our roster, cameras and bulletin. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** To be called in the tick in which `sync` has sent the bulletin: what follows on the socket follows it. */
  ready(): void {
    if (this.#socket === undefined) return;
    this.#ready = true;
    this.#redial.up();
    this.#options.onOnline();
    for (const message of this.#early.splice(0)) this.#options.onMessage(message);
  }

  /** Lost while there is no connection: `sync` says everything anew. */
  send(message: FromAgent): void {
    if (this.#ready) this.#socket?.send(message);
  }

  /** As `send`, for what the relay answers; a refusal goes to `onRefused`. */
  ask(message: WithoutId<AgentRequest>): void {
    if (this.#ready) this.#socket?.request(message).catch(this.#options.onRefused);
  }

  /**
   * @param envelope the binary message, the uplink's from here on
   * @returns false when it was dropped; the counter is used up all the same, so that a viewer knows and waits for the keyframe
   */
  publish(track: Track, envelope: Uint8Array, keyframe: boolean): boolean {
    const socket = this.#socket;
    if (!this.#ready || socket === undefined) return false;
    // Mostly nothing is behind, and then no key is built for each frame.
    if (this.#behind.size > 0 && this.#behind.has(trackKey(track))) {
      if (!keyframe || socket.buffered > DRAINED_BYTES) return false;
      this.#behind.delete(trackKey(track));
    }
    if (socket.buffered + envelope.length > LIMITS.uplinkQueueBytes) {
      this.#behind.add(trackKey(track));
      return false;
    }
    socket.sendUnit(envelope);
    return true;
  }

  /** The answer to a join, whole or not at all, in this tick. @param envelopes the uplink's from here on */
  replay(joinId: number, envelopes: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (!this.#ready || socket === undefined) return;
    const bytes = envelopes.reduce((sum, envelope) => sum + envelope.length, 0);
    if (socket.buffered + bytes <= LIMITS.uplinkQueueBytes + LIMITS.gopBytes) {
      for (const envelope of envelopes) socket.sendUnit(envelope);
    }
    socket.send({ t: 'joined', joinId });
  }

  close(): void {
    this.#closed = true;
    this.#ready = false;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  #dial(): void {
    const { link, homeId, keys, genesis, invitation } = this.#options;
    const asNew = this.#isNew ? { genesis, ...(invitation === undefined ? {} : { invitation }) } : {};
    const socket = new RelaySocket({
      ...{ link, homeId, keys, ...asNew },
      onMessage: (message) => this.#heard(message),
      onClosed: (problem) => this.#lost(problem),
    });
    this.#socket = socket;
    void this.#begin(socket);
  }

  #heard(message: ToAgent): void {
    if (this.#closed) return;
    if (this.#ready || !ASKED.has(message.t)) this.#options.onMessage(message);
    else if (this.#early.length < MOST_EARLY) this.#early.push(message);
  }

  async #begin(socket: RelaySocket): Promise<void> {
    try {
      const welcome = await socket.welcome;
      await this.#options.sync(socket, welcome);
    } catch (error) {
      socket.close(error instanceof Error && 'code' in error ? String(error.code) : 'internal');
    }
  }

  #lost(problem: string): void {
    this.#socket = undefined;
    this.#ready = false;
    this.#behind.clear();
    this.#early = [];
    if (this.#closed) return;
    // A relay that does not know the home is told about it at once, and only then.
    const introduce = problem === 'home.unknown' && !this.#isNew;
    this.#isNew = problem === 'home.unknown';
    if (!introduce) this.#options.onOffline(problem);
    this.#retry = setTimeout(() => this.#dial(), introduce ? 0 : this.#waitMs(problem));
  }

  #waitMs(problem: string): number {
    // A code of the table is a relay that is there and said no.
    const waitMs = this.#redial.lost(isErrorCode(problem) ? 'refused' : 'lost');
    if (!isVersionCode(problem)) return waitMs;
    return VERSION_WAIT_MS * (0.5 + (this.#options.random ?? Math.random)() / 2);
  }
}
