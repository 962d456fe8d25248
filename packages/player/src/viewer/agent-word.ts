/**
 * The agent's signed word beside what this device accepted: whether pictures may be called live, from where on, and whether the
 * relay holds something back. On the path from a `live.answer` to the picture's state.
 */
import type { LiveAnswer } from '@sealcam/home';
import { equalBytes, STREAM, toBase64Url } from '@sealcam/protocol';
import type { Connection } from './connection.ts';
import type { HomeSync } from './home-sync.ts';
import { LiveChecks, type Arrived } from './live-checks.ts';
import type { Membership } from './membership.ts';
import type { ViewerPorts } from './ports.ts';
import { Store, type Readable } from './store.ts';
import type { Viewings } from './viewings.ts';

/** The relay has this long to hand over what the agent says is newer, before nothing is shown. */
const BEHIND_MS = 2_000;
const RESTART_MS = 10_000;

export interface AgentWordParts {
  readonly ports: ViewerPorts;
  readonly connection: Connection;
  readonly membership: Membership;
  readonly sync: HomeSync;
  readonly viewings: Viewings;
}

export interface AgentWordEvents {
  /** An alarm was raised: what may be shown is another thing now. */
  alarmed(): Promise<void>;
  /** The agent's word was accepted: states to work out anew, receipts to send. */
  accepted(): Promise<void>;
}

export class AgentWord {
  readonly #parts: AgentWordParts;
  readonly #events: AgentWordEvents;
  readonly #live: LiveChecks;
  /** Since when the agent's signed word is ahead of what the relay gave us. */
  #behindMs: number | undefined;
  #restartedMs = -Infinity;
  /** Since when (Unix ms) the agent itself is below what this device has accepted: an old copy of it, or its clock was ahead. */
  readonly #agentBehind = new Store<number | undefined>(undefined);

  constructor(parts: AgentWordParts, events: AgentWordEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#live = new LiveChecks(parts.ports);
  }

  /** The agent said so, lately, and the relay handed over all it spoke of. */
  get isProven(): boolean {
    return this.#live.isProven && this.#behindMs === undefined;
  }

  /** Unix microseconds by the agent's clock; never behind it. */
  get agentNowUs(): number | undefined {
    return this.#live.agentNowUs;
  }

  /** Since when (Unix milliseconds) the agent itself, by its signed word, is below what this device has accepted. */
  get agentBehindSinceMs(): number | undefined {
    return this.#agentBehind.get();
  }

  /** The same, for whoever wants to be told. */
  get agentBehind(): Readable<number | undefined> {
    return this.#agentBehind;
  }

  /** Since when (Unix milliseconds) the relay holds back what the agent spoke of, once that is too long. */
  get heldBackSinceMs(): number | undefined {
    const { clock } = this.#parts.ports;
    const behindForMs = this.#behindMs === undefined ? 0 : clock.monotonicMs() - this.#behindMs;
    return behindForMs > BEHIND_MS ? clock.wallMs() - behindForMs : undefined;
  }

  /** A new line, or a new agent: what was proven before says nothing of it. */
  forget(): void {
    this.#live.forget();
  }

  /** Somebody began to watch. */
  hurry(): void {
    this.#live.hurry();
    this.ask();
  }

  /** Asks if a question is due. */
  ask(): void {
    const { connection, viewings } = this.#parts;
    if (!connection.isOnline || viewings.all.length === 0) return;
    const nonce = this.#live.question(this.#isEager);
    if (nonce !== undefined) connection.send({ t: 'live', nonce: toBase64Url(nonce) });
  }

  /** To be called as the answer arrives. */
  answer(bytes: Uint8Array): void {
    const arrived = this.#live.arrive(bytes);
    if (arrived !== undefined) void this.#parts.sync.inOrder(() => this.#take(arrived));
  }

  /** Called twice a second. */
  tick(): void {
    this.#live.tick();
    this.ask();
    this.#askAnotherTime();
  }

  async #take(arrived: Arrived): Promise<void> {
    const { head, device } = this.#parts.membership;
    const answer = await this.#live.verify(arrived, head, device.keys.deviceId);
    if (answer === undefined || !(await this.#agrees(answer))) return;
    this.#live.accept(arrived, answer);
    this.#setFloors(arrived, answer);
    this.#askAgainSoon();
    await this.#events.accepted();
  }

  #setFloors(arrived: Arrived, answer: LiveAnswer): void {
    for (const { track, openedMs, subscription } of this.#parts.viewings.all) {
      // Stills are never called live, and an older one is better than none.
      if (openedMs > arrived.sentMs || track.streamId === STREAM.still) continue;
      const floor = answer.tracks.find(
        ({ cameraId, streamId }) => cameraId === track.cameraId && streamId === track.streamId,
      );
      if (floor !== undefined) subscription.setFloor(floor);
    }
  }

  /** The agent's word on roster and epoch against what was accepted here: below is an alarm, above must be fetched within 2 s. */
  async #agrees(answer: LiveAnswer): Promise<boolean> {
    const { membership, ports, sync } = this.#parts;
    const { head, mark } = membership;
    const { epochFloor } = membership.device;
    // Not against the head: the agent learns of a new roster no earlier than we do. Its own last bulletin is its word.
    if (answer.epoch < (mark?.epoch ?? epochFloor) || answer.rosterVersion < (mark?.rosterVersion ?? 1)) {
      if (this.#agentBehind.get() === undefined) this.#agentBehind.set(ports.clock.wallMs());
      membership.alarms.raise('rollback');
      await this.#events.alarmed();
      return false;
    }
    if (this.#agentBehind.get() !== undefined) this.#agentBehind.set(undefined);
    if (answer.rosterVersion === head.version && !equalBytes(answer.rosterHash, head.hash)) {
      membership.alarms.raise('elsewhere', { version: head.version });
      await this.#events.alarmed();
      return false;
    }
    const behind = answer.rosterVersion > head.version || answer.epoch > (mark?.epoch ?? -1);
    this.#behindMs = behind ? (this.#behindMs ?? ports.clock.monotonicMs()) : undefined;
    if (answer.rosterVersion > head.version) await sync.fetchRosters();
    // What we have is the newest, says the agent itself: nothing is held back, whatever the relay offered.
    if (!behind) membership.alarms.lower('rollback');
    return !behind;
  }

  /** A picture that is there already waits for the agent's word that it is live. */
  get #isEager(): boolean {
    return this.#parts.viewings.all.some(
      ({ track, subscription }) => track.streamId < STREAM.still && !subscription.hasFloor,
    );
  }

  #askAgainSoon(): void {
    if (this.#isEager) this.#parts.ports.clock.after(this.#live.eagerMs, () => this.ask());
  }

  /** A new connection begins with the newest bulletin: it may mend a relay that held one back. */
  #askAnotherTime(): void {
    const { connection, ports } = this.#parts;
    const now = ports.clock.monotonicMs();
    if (!connection.isOnline || this.heldBackSinceMs === undefined || now - this.#restartedMs < RESTART_MS) return;
    this.#restartedMs = now;
    connection.restart();
  }
}
