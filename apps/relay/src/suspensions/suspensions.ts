/**
 * The suspensions of this relay: decided here, kept in the store of record, told to every relay on the bus. A relay that hears of
 * one sends no byte more to what it names before the gate has answered anew. One that misses the broadcast finds the store's
 * version changed within a second; one that cannot read the store stops when its leases run out.
 */
import { randomBytes } from 'node:crypto';
import { SealcamError } from '@sealcam/protocol';
import { suspensionTopic, type Bus } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';
import type { SuspensionStore } from '../store/suspension-store.ts';
import {
  checkedTarget,
  stops,
  type Suspendable,
  type Suspension,
  type SuspensionCause,
  type SuspensionTarget,
} from './suspension.ts';

export interface SuspensionParts {
  readonly store: SuspensionStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: EventLog;
  /** Takes the lease of every running viewing that matches, at once, and asks the gate for each. */
  readonly doubt: (matches: (viewing: Suspendable) => boolean) => void;
  /** Something was lifted: asks the gate for whomever a suspension stopped, and tells those who may ask again. */
  readonly lifted: () => void;
}

export interface SuspendInput {
  readonly target: SuspensionTarget;
  readonly cause: SuspensionCause;
  readonly by: string;
  readonly reason: string;
  readonly incidentId?: string;
}

/** Names and reasons are at most this long. */
const TEXT_CHARS = 500;

export class Suspensions {
  readonly #parts: SuspensionParts;
  readonly #stop: () => void;
  /** Those that this relay has acted upon. */
  #known = new Set<string>();
  /** Since the store was last read: whoever was being refused just then is looked for once more. */
  #heardLift = false;
  #version = 0;
  #polling: Promise<void> | undefined;

  /** Those already active need no cut: no viewing is older than this relay, and the gate reads the store. */
  static async open(parts: SuspensionParts): Promise<Suspensions> {
    const suspensions = new Suspensions(parts);
    await suspensions.#read();
    return suspensions;
  }

  private constructor(parts: SuspensionParts) {
    this.#parts = parts;
    this.#stop = parts.bus.subscribe(suspensionTopic, ({ suspension }) => {
      if (suspension.lifted === undefined) this.#began(suspension);
      else this.#ended(suspension);
    });
  }

  /**
   * Stops what the target names. Resolves when it is durable and this relay has stopped sending; the same active target again
   * returns the one that is there.
   * @throws {SealcamError} `command.invalid` without a name or a reason, or for a target that cannot be; the store's faults
   */
  async suspend(input: SuspendInput): Promise<Suspension> {
    const { store, bus, clock, log } = this.#parts;
    const { cause, incidentId } = input;
    const { suspension, added } = await store.add({
      id: randomBytes(16).toString('hex'),
      target: checkedTarget(input.target),
      cause,
      by: text(input.by, 'who'),
      reason: text(input.reason, 'why'),
      ...(incidentId !== undefined && { incidentId }),
      atMs: clock.wallMs(),
    });
    if (!added) return suspension;
    log.warn('suspension.began', { suspension: suspension.id, kind: suspension.target.width, code: cause });
    bus.publish(suspensionTopic, { suspension });
    return suspension;
  }

  /** One that a restore lost, as it was decided then: same id, same words. */
  async putBack(lost: Suspension): Promise<Suspension> {
    const { store, bus, log } = this.#parts;
    const { suspension, added } = await store.add(lost);
    if (!added) return suspension;
    log.warn('suspension.put-back', { suspension: suspension.id, kind: suspension.target.width });
    bus.publish(suspensionTopic, { suspension });
    return suspension;
  }

  /**
   * Lets it go on, and has those told whom it stopped; one that is lifted already stays as it is.
   * @throws {SealcamError} `command.invalid` without a name or a reason, or for an unknown id
   */
  async lift(id: string, input: { readonly by: string; readonly reason: string }): Promise<Suspension> {
    const { store, bus, clock, log } = this.#parts;
    const lifted = { atMs: clock.wallMs(), by: text(input.by, 'who'), reason: text(input.reason, 'why') };
    const found = await store.lift(id, lifted);
    if (found === undefined) throw new SealcamError('command.invalid', 'no such suspension');
    const { suspension, changed } = found;
    if (!changed) return suspension;
    log.warn('suspension.lifted', { suspension: id, kind: suspension.target.width });
    bus.publish(suspensionTopic, { suspension });
    return suspension;
  }

  /** Newest first. */
  active(): Promise<Suspension[]> {
    return this.#parts.store.active();
  }

  /** Newest first, lifted ones too. */
  all(limit: number): Promise<Suspension[]> {
    return this.#parts.store.all(limit);
  }

  /** Called each second: has the store a version that nobody told us of? */
  tick(): void {
    this.#polling ??= this.#read()
      .catch((error: unknown) => this.#parts.log.fault('suspensions.unread', error))
      .finally(() => (this.#polling = undefined));
  }

  /** Resolves when nothing of it touches the store any more. */
  async close(): Promise<void> {
    this.#stop();
    await this.#polling;
  }

  /** The version first: what is added between the two reads is read again next time. */
  async #read(): Promise<void> {
    const version = await this.#parts.store.version();
    if (version === this.#version) return;
    const active = await this.#parts.store.active();
    for (const suspension of active) this.#began(suspension);
    const ids = new Set(active.map(({ id }) => id));
    const isLifted = this.#heardLift || [...this.#known].some((id) => !ids.has(id));
    this.#known = ids;
    this.#heardLift = false;
    this.#version = version;
    if (isLifted) this.#parts.lifted();
  }

  #began({ id, target }: Suspension): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#parts.doubt((viewing) => stops(target, viewing));
  }

  #ended({ id }: Suspension): void {
    this.#known.delete(id);
    this.#heardLift = true;
    this.#parts.lifted();
  }
}

function text(given: string, what: string): string {
  const trimmed = given.trim();
  if (trimmed === '' || trimmed.length > TEXT_CHARS)
    throw new SealcamError('command.invalid', `${what}: 1 to ${TEXT_CHARS} characters`);
  return trimmed;
}
