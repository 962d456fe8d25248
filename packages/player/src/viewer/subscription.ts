/**
 * One subscription: a track of the home, its keys and its place in the chain. Bytes in, opened units out, in order. It knows
 * nothing of sockets, screens or other subscriptions. The path itself is `../pipeline.ts`.
 */
import {
  isCachedStream,
  LIMITS,
  STREAM,
  trackKey,
  type Envelope,
  type Epoch,
  type KeyId,
  type StreamId,
  type Track,
  type TrackKey,
} from '@sealcam/protocol';
import {
  deriveOpenKeys,
  isPlausible,
  meetsFloor,
  newChain,
  raiseFloor,
  type ChainKind,
  type ChainState,
  type Floor,
  type Opened,
  type OpenKeys,
  type Place,
} from '@sealcam/seal';
import { commit, findKey, placeOf, receive, type Path } from '../pipeline.ts';
import { HeldFrames, type Arrival } from './held-frames.ts';
import type { CameraKey, KeyIndex } from './key-index.ts';
import { KeyRing } from './key-ring.ts';
import { OpeningQueue } from './opening-queue.ts';
import { Replays } from './replays.ts';
import { noRefusals, type Refusal, type RefusalCounts, type Refused } from './refusals.ts';

/** Key ids of nobody that are told of in the first seconds of a subscription. */
const LATE_KIDS = 8;

export interface SubscriptionEvents {
  /** In its place in the chain. `fresh`: the first of another session than before. */
  opened(unit: Opened, keys: OpenKeys, fresh: boolean): void;
  /** A frame that is not ours; to be reported. */
  foreign(refusal: Refusal): void;
  /** A frame that costs no picture, but that somebody must know of; to be reported. */
  suspect(refusal: Refusal): void;
  /** One more like it: no report of its own, but the next receipt counts it. */
  counted(refusal: Refusal): void;
  /** A delta came whose chain is not here: nothing can be shown before the next keyframe. */
  gap(): void;
}

export interface SubscriptionPorts {
  readonly subtle: SubtleCrypto;
  /** Monotonic milliseconds. */
  now(): number;
  readonly index: KeyIndex;
  /** Whether a bulletin is being opened: frames may wait for it as long as it takes. */
  isBulletinPending(): boolean;
}

export class Subscription implements Path {
  readonly track: Track;
  readonly streamId: StreamId;
  readonly keys = new KeyRing();
  readonly held = new HeldFrames();
  readonly opening: OpeningQueue;
  chain: ChainState;
  readonly #key: TrackKey;
  readonly #ports: SubscriptionPorts;
  readonly #events: SubscriptionEvents;
  readonly #counts = noRefusals();
  readonly #replays: Replays;
  readonly #late = new Set<KeyId>();
  /** The newest key material given; derivation of older ones that ends late comes to nothing. */
  #newest: CameraKey | undefined;
  #installedMs = 0;
  /** When the keys below each epoch go, by the first time that it was given: a later bulletin, or the same again, gives them no more. */
  #handOvers: { readonly to: Epoch; readonly endsMs: number }[] = [];
  /** The keys below this epoch are gone for good: its hand-over ended. */
  #overBelow: Epoch | undefined;
  #closed = false;

  constructor(track: Track, ports: SubscriptionPorts, events: SubscriptionEvents) {
    this.track = track;
    this.streamId = track.streamId;
    this.#key = trackKey(track);
    this.#ports = ports;
    this.#events = events;
    this.chain = newChain(chainKind(track.streamId));
    this.#replays = new Replays(this.keys, ports, (arrival) => events.suspect(this.#refusal('replayed', arrival)));
    this.opening = new OpeningQueue({
      subtle: ports.subtle,
      isPlausible: ({ header }, keys, ahead) =>
        isPlausible(this.chain, placeOf({ context: keys.context, ...header }), ahead),
      commit: (arrival, keys, outcome) => {
        if (!this.#closed) commit(this, arrival, keys, outcome);
      },
    });
  }

  get refusals(): RefusalCounts {
    return this.#counts;
  }

  get hasFloor(): boolean {
    return this.chain.floor !== undefined;
  }

  /** Whether this frame of ours is not older than the agent's first word on this track. */
  meetsFloor(place: Place): boolean {
    return meetsFloor(this.chain, place);
  }

  receive(envelope: Envelope): void {
    if (this.#closed) return;
    this.#retireOld(this.now());
    receive(this, envelope);
  }

  /** Keys of a bulletin that was accepted and stored. `undefined`: it holds none of this camera for us; all go at once. */
  async install(camera: CameraKey | undefined): Promise<void> {
    this.#newest = camera;
    if (camera === undefined) {
      this.keys.retire(undefined, this.now());
      this.opening.clear();
      return;
    }
    const { epoch, sessionId } = camera;
    const keys = await deriveOpenKeys({ ...this.track, epoch, sessionId }, camera.secret, this.#ports.subtle);
    if (this.#newest !== camera || this.#closed) return;
    this.keys.add(keys);
    this.#installedMs = this.now();
    this.#handOvers.push({ to: epoch, endsMs: this.#installedMs + LIMITS.oldEpochMs });
    for (const arrival of this.held.release((kid) => kid === keys.kid)) findKey(this, arrival);
  }

  /** Whether the keys of this epoch went with their hand-over: what was opened under it begins no picture any more. */
  isOver(epoch: Epoch): boolean {
    this.#retireOld(this.now());
    return this.#overBelow !== undefined && epoch < this.#overBelow;
  }

  /** Rule 6: the first liveness answer since this subscription began. */
  setFloor(floor: Floor): void {
    if (!this.hasFloor) this.chain = raiseFloor(this.chain, floor);
  }

  /** Called twice a second: old keys go 2 s after the bulletin, frames without a key after half a second. */
  async tick(): Promise<void> {
    const now = this.now();
    this.#retireOld(now);
    if (this.#ports.isBulletinPending()) return;
    for (const arrival of this.held.expired(now)) await this.#refuseUnknown(arrival);
  }

  /** Frames that still wait for a key are told of: who looks away within half a second has been sent a stranger's all the same. */
  close(): void {
    for (const arrival of this.held.expired(Infinity)) this.#refuseLate(arrival);
    this.#closed = true;
    this.opening.clear();
    this.keys.retire(undefined, this.now());
  }

  now(): number {
    return this.#ports.now();
  }

  isForeign(arrival: Arrival): boolean {
    return this.#ports.index.isForeign(arrival.header.kid, this.#key);
  }

  /** Looked at before each frame, too: no tick comes while there is no connection, and the first frame after it may be an old one. */
  #retireOld(nowMs: number): void {
    if (this.#handOvers.length === 0) return;
    const over = this.#handOvers.filter(({ endsMs }) => endsMs <= nowMs).at(-1);
    if (over === undefined) return;
    this.#handOvers = this.#handOvers.filter(({ endsMs }) => endsMs > nowMs);
    this.#overBelow = over.to;
    this.keys.retire(over.to, nowMs);
  }

  refuse(reason: Refused, arrival?: Arrival): void {
    this.#counts[reason] += 1;
    if (reason === 'gap') this.#events.gap();
    if (arrival === undefined) return;
    if (reason === 'foreign' || reason === 'unknown') this.#events.foreign(this.#refusal(reason, arrival));
    else if (reason === 'malformed' || reason === 'overflow') this.#countStrange(arrival);
    else this.#replays.look(arrival);
  }

  /** Junk of our own says nothing; under a key id that is not ours it may be part of somebody's picture. */
  #countStrange(arrival: Arrival): void {
    const { kid } = arrival.header;
    const isOurs = this.keys.find(kid) !== undefined || this.keys.wasOurs(kid, this.now());
    if (!isOurs) this.#events.counted(this.#refusal('unknown', arrival));
  }

  #refusal(reason: Refusal['reason'], { header: { kid, ctr }, frame }: Arrival): Refusal {
    const { cameraId, streamId } = this.track;
    return { cameraId, streamId, reason, kid, ctr, frame };
  }

  show(opened: Opened, keys: OpenKeys, fresh: boolean): void {
    this.#replays.took(placeOf(opened), opened.captureUs);
    this.#events.opened(opened, keys, fresh);
  }

  /** Half a second, and still no key: of another of our cameras, of nobody, or only late. */
  async #refuseUnknown(arrival: Arrival): Promise<void> {
    const owner = await this.#ports.index.resolve(arrival.header.kid);
    if (this.#closed) return;
    if (owner !== undefined && owner !== this.#key) this.refuse('foreign', arrival);
    else if (owner !== undefined) this.refuse('retired');
    else if (this.#isLate(arrival.labelEpoch)) this.#refuseLate(arrival);
    else this.refuse('unknown', arrival);
  }

  /** No alarm; but whose it is only the relay can tell: it hears of one frame of each such key id at once, of the others in a receipt. */
  #refuseLate(arrival: Arrival): void {
    this.refuse('retired');
    const { kid } = arrival.header;
    const refusal = this.#refusal('unknown', arrival);
    if (this.#late.has(kid) || this.#late.size >= LATE_KIDS) return this.#events.counted(refusal);
    this.#late.add(kid);
    this.#events.suspect(refusal);
  }

  /**
   * A unit of an epoch that ended before we came: the relay may still fan it out for 2 s after the bulletin. No alarm in the
   * first seconds, no picture either.
   */
  #isLate(labelEpoch: Epoch): boolean {
    const newest = this.#newest;
    if (newest === undefined) return true;
    return labelEpoch < newest.epoch && this.now() - this.#installedMs < 5 * LIMITS.oldEpochMs;
  }
}

function chainKind(streamId: StreamId): ChainKind {
  if (isCachedStream(streamId)) return 'latest';
  return streamId === STREAM.audio ? 'audio' : 'video';
}
