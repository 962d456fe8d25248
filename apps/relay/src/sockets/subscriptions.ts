/** The subscriptions of one viewer connection: gate, ledger, `ok`, and only then the first byte. */
import {
  LIMITS,
  SealcamError,
  trackKey,
  type CameraId,
  type DeviceId,
  type Epoch,
  type ErrorCode,
  type HomeId,
  type StreamId,
  type TrackKey,
} from '@sealcam/protocol';
import { ViewerQueue } from '../live/viewer-queue.ts';
import { Viewing, type ViewingParts } from '../live/viewing.ts';
import type { RelayParts } from '../relay-parts.ts';
import type { StoppedViewing } from '../suspensions/stopped.ts';
import { isSuspendedCode } from '../suspensions/suspension.ts';
import type { Connection } from './connection.ts';

export interface Subscriber {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly connection: Connection;
  /** Epoch of the newest bulletin that this viewer was given. */
  epoch(): Epoch | undefined;
  cut(cameraId: CameraId, streamId: StreamId, code: ErrorCode, sinceMs?: number): void;
  /** A suspension that stopped it was lifted. */
  lifted(cameraId: CameraId, streamId: StreamId): void;
}

export class Subscriptions {
  readonly #parts: RelayParts;
  readonly #subscriber: Subscriber;
  readonly #queue: ViewerQueue;
  readonly #viewings = new Map<TrackKey, Viewing>();
  /** By suspensions. A device may be stopped in no more than what it was granted. */
  readonly #stopped = new Map<TrackKey, StoppedViewing>();

  constructor(parts: RelayParts, subscriber: Subscriber) {
    this.#parts = parts;
    this.#subscriber = subscriber;
    this.#queue = new ViewerQueue(subscriber.connection.units, parts.clock.monoMs());
  }

  /**
   * @param granted called once it is certain, before the first unit
   * @throws {SealcamError} the gate's reason, `protocol.too-many`, or the store's fault when the ledger cannot be written
   */
  async subscribe(cameraId: CameraId, streamId: StreamId, granted: () => void): Promise<void> {
    const { homeId, deviceId, connection } = this.#subscriber;
    const question = { homeId, deviceId, cameraId, streamId };
    const key = trackKey(question);
    if (this.#viewings.has(key)) return granted();
    if (this.#viewings.size >= LIMITS.subscriptionsPerViewer) throw new SealcamError('protocol.too-many');
    const { allowances, leases, spans } = this.#parts;
    allowances.demand(homeId, 'viewing');
    this.#goesOn(key);
    let doubts = leases.doubts(homeId);
    let lease = await this.#ask(question);
    const span = await spans.open(question, connection.id);
    try {
      // Something of the home changed while the row was written: the answer is from before that.
      while (doubts !== leases.doubts(homeId)) {
        doubts = leases.doubts(homeId);
        lease = await this.#ask(question);
      }
      if (connection.ended) throw new SealcamError('protocol.unexpected');
    } catch (error) {
      spans.close(span);
      throw error;
    }
    const onCut = (code: ErrorCode, sinceMs?: number): void => {
      this.#viewings.delete(key);
      if (isSuspendedCode(code)) this.#stops(question);
      this.#subscriber.cut(cameraId, streamId, this.#reason(code, question), sinceMs);
    };
    const viewing = new Viewing({ question, connectionId: connection.id, queue: this.#queue, span, ...lease, onCut });
    this.#viewings.set(key, viewing);
    granted();
    this.#sendCached(viewing);
    this.#parts.fanOut.add(viewing);
  }

  unsubscribe(cameraId: CameraId, streamId: StreamId): void {
    const key = trackKey({ homeId: this.#subscriber.homeId, cameraId, streamId });
    const viewing = this.#viewings.get(key);
    this.#viewings.delete(key);
    this.#goesOn(key);
    if (viewing !== undefined) this.#parts.fanOut.end(viewing);
  }

  endAll(): void {
    for (const viewing of this.#viewings.values()) this.#parts.fanOut.end(viewing);
    this.#viewings.clear();
    for (const key of [...this.#stopped.keys()]) this.#goesOn(key);
  }

  /** @returns with the monotonic end of the lease, counted from before the question */
  async #ask(question: Viewing['question']): Promise<Pick<ViewingParts, 'leaseEndMs' | 'declared'>> {
    const askedMs = this.#parts.clock.monoMs();
    const answer = await this.#parts.gate.mayView(question);
    if (!answer.allow && isSuspendedCode(answer.code)) this.#stops(question);
    if (!answer.allow)
      throw new SealcamError(this.#reason(answer.code, question), undefined, { sinceMs: answer.sinceMs });
    return { leaseEndMs: askedMs + answer.leaseMs, declared: answer.declared };
  }

  /** To be told when it may ask again; asking again by itself it is no longer waiting. */
  #stops(question: Viewing['question']): void {
    const key = trackKey(question);
    this.#goesOn(key);
    if (this.#subscriber.connection.ended) return;
    const { cameraId, streamId } = question;
    const viewing = { question, tell: () => this.#subscriber.lifted(cameraId, streamId) };
    this.#stopped.set(key, viewing);
    this.#parts.stopped.add(viewing);
  }

  #goesOn(key: TrackKey): void {
    const viewing = this.#stopped.get(key);
    if (viewing === undefined) return;
    this.#stopped.delete(key);
    this.#parts.stopped.delete(viewing);
  }

  /** A camera over its home's quota is unknown to the gate, but not to its household. */
  #reason(code: ErrorCode, { homeId, cameraId }: Viewing['question']): ErrorCode {
    return code === 'camera.unknown' && this.#parts.quotas.isLeftOut(homeId, cameraId) ? 'quota.cameras' : code;
  }

  #sendCached(viewing: Viewing): void {
    const newest = this.#subscriber.epoch();
    const unit = newest === undefined ? undefined : this.#parts.cached.get(viewing.question, newest);
    if (unit !== undefined && this.#parts.guard.of(viewing.question).passes(unit, [viewing]))
      viewing.sendLive(unit, this.#parts.clock.monoMs());
  }
}
