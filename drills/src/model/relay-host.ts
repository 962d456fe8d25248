/**
 * The relay of a model and how it ends: with a good-bye, or as by `kill -9`. A crash is a copy of its files at that very moment: what is
 * in them is what the system would have kept. The old relay is cut off from every line and from time, and never heard again.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, startRelay, type Clock, type Relay, type RelayOptions, type Topic } from '@sealcam/relay';
import type { Track } from '@sealcam/protocol';
import { suspensionTopic, trackTopic, type TrackEvent } from '../../../apps/relay/src/bus.ts';
import { RELAY_HOST } from '../frame/dial-line.ts';
import type { Line } from '../frame/line.ts';
import type { VirtualClock } from '../frame/virtual-clock.ts';

const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** Held by the process, or made anew from the others. */
const NOT_KEPT = ['lock.db', 'lock.db-journal', 'relay.db-shm'];
/** What a relay that stops gives those who do not answer its good-bye, and a little. */
const LINGER_MS = 1_200;

/** A bus with two faults: broadcasts of suspensions that are lost, and a unit that is heard on another track as well. */
export class ModelBus extends Bus {
  losesSuspensions = false;
  /** The next unit goes there, too. */
  mix: Track | undefined;

  override publish<Message>(topic: Topic<Message>, message: Message): number {
    if (this.losesSuspensions && (topic as string) === suspensionTopic) return 0;
    const event = message as unknown as TrackEvent;
    if (this.mix !== undefined && topic.startsWith('track/') && event.t === 'unit') {
      const to = trackTopic(this.mix);
      if ((to as string) !== topic) {
        this.mix = undefined;
        super.publish(to, event);
      }
    }
    return super.publish(topic, message);
  }
}

/** Time as one relay has it, until it is dead: then whatever waits for time goes on at once, into nothing. */
class Life implements Clock {
  readonly #clock: VirtualClock;
  readonly #pending = new Map<() => void, () => void>();
  readonly #cancels = new Set<() => void>();
  #dead = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  monoMs(): number {
    return this.#clock.monoMs();
  }

  after(ms: number, run: () => void): () => void {
    if (this.#dead) {
      setImmediate(run);
      return () => undefined;
    }
    const cancel = this.#clock.after(ms, () => {
      this.#pending.delete(cancel);
      run();
    });
    this.#pending.set(cancel, run);
    return () => {
      this.#pending.delete(cancel);
      cancel();
    };
  }

  every(ms: number, run: () => void): () => void {
    const cancel = this.#clock.every(ms, run);
    this.#cancels.add(cancel);
    return cancel;
  }

  end(): void {
    this.#dead = true;
    for (const cancel of [...this.#cancels, ...this.#pending.keys()]) cancel();
    for (const run of this.#pending.values()) setImmediate(run);
    this.#pending.clear();
  }
}

interface Running {
  readonly relay: Relay;
  readonly life: Life;
  readonly bus: ModelBus;
}

export class RelayHost {
  readonly #clock: VirtualClock;
  readonly #root = mkdtempSync(join(FOLDER, 'sealcam-model-'));
  readonly #lines = new Set<Line>();
  #folders = 0;
  #running: Running | undefined;
  /** Which of the two versions runs. */
  #version = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get running(): Running | undefined {
    return this.#running;
  }

  async start(): Promise<void> {
    const life = new Life(this.#clock);
    const bus = new ModelBus();
    const relay = await startRelay({
      ...{ host: '127.0.0.1', port: 0, dataDir: this.#folder, open: true, clock: life, bus },
      names: [RELAY_HOST],
      ...VERSIONS[this.#version],
    });
    this.#running = { relay, life, bus };
  }

  /** A line to the relay. Where none runs, the network says so. */
  take(line: Line): void {
    for (const end of [line.near, line.far]) end.on('error', () => undefined);
    if (this.#running === undefined) {
      setImmediate(() => line.reset());
      return;
    }
    this.#lines.add(line);
    line.far.once('close', () => this.#lines.delete(line));
    this.#running.relay.accept(line.far);
  }

  /** Says good-bye to all, and gives those who do not answer the time they have. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    const closed = running.relay.close();
    await this.#clock.settle();
    if (this.#lines.size > 0) await this.#clock.pass(LINGER_MS);
    running.life.end();
    for (const line of this.#lines) line.reset();
    this.#lines.clear();
    await closed;
    await this.#clock.settle();
  }

  async crash(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    const before = this.#folder;
    this.#folders += 1;
    mkdirSync(join(this.#folder, 'relay'), { recursive: true });
    for (const name of readdirSync(join(before, 'relay'))) {
      if (!NOT_KEPT.includes(name)) copyFileSync(join(before, 'relay', name), join(this.#folder, 'relay', name));
    }
    running.life.end();
    for (const line of this.#lines) line.reset();
    this.#lines.clear();
    await running.relay.close();
    await this.#clock.settle();
    rmSync(before, { recursive: true, force: true });
  }

  upgrade(): void {
    this.#version = (this.#version + 1) % VERSIONS.length;
  }

  async close(): Promise<void> {
    await this.crash();
    rmSync(this.#root, { recursive: true, force: true });
  }

  get #folder(): string {
    return join(this.#root, String(this.#folders));
  }
}

/** What may differ between two versions that share a store. */
const VERSIONS: readonly Partial<RelayOptions>[] = [{}, { operator: true, limits: { spanMs: 3_000 } }];
