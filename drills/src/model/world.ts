/** One small world: a relay, two or three homes, their displays, on one clock. Operations change it; the judge looks on; at its end all must be well. */
import { STREAM, type CameraId } from '@sealcam/protocol';
import { Random } from '../../../tests/harness/random.ts';
import { VirtualClock } from '../frame/virtual-clock.ts';
import { ModelTruth } from './judge.ts';
import { ModelHome, newCamera } from './model-home.ts';
import type { Person, Surroundings } from './person.ts';
import { RelayHost } from './relay-host.ts';

export const CAMERA_MODELS = ['mjsxj05cm', 'demo'] as const;
export const DISPLAY_MODELS = ['home hub', 'tablet', ''] as const;
export const PARTNERS = ['sealed', 'sealed', 'fixture'] as const;
const HOMES = [2, 2, 3] as const;
const START_MS = Date.UTC(2026, 10, 22, 12);
/** In steps of so much: what happens between is at the same moment. */
const GRAINS_MS = [10, 50, 100] as const;
/** Reconnecting takes 16 s at most to notice and 15 s at most to try again; a relay's refusal is tried again after 10 s. */
const WELL_WITHIN_MS = 60_000;
const WELL_STEP_MS = 500;
const TOUCHED_MS = 5_000;

export class World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly truth: ModelTruth;
  readonly host: RelayHost;
  readonly homes: ModelHome[] = [];
  readonly around: Surroundings;
  /** When a relay that crashed is started again, monotonic. */
  downUntilMs = 0;

  constructor(seed: number, number: number) {
    this.random = new Random(seed, 'world', number);
    this.clock = new VirtualClock(START_MS, this.random.pick(GRAINS_MS));
    this.truth = new ModelTruth(this.clock);
    this.host = new RelayHost(this.clock);
    const { clock, random, truth, host } = this;
    this.around = { clock, random, truth, host, overheard: [] };
  }

  async begin(): Promise<void> {
    await this.host.start();
    const homes = this.random.pick(HOMES);
    for (let home = 0; home < homes; home += 1) {
      await this.addHome([newCamera(this.random.pick(CAMERA_MODELS)), newCamera(this.random.pick(CAMERA_MODELS))]);
    }
    await this.clock.pass(1_000);
  }

  async addHome(cameras: readonly { readonly cameraId: CameraId; readonly model: string }[]): Promise<ModelHome> {
    const home = await ModelHome.create(this.around, cameras);
    this.homes.push(home);
    await this.pairAndWatch(home, { model: 'phone', role: 'admin' });
    await this.pairAndWatch(home, { model: DISPLAY_MODELS[0], route: this.random.pick(PARTNERS) });
    return home;
  }

  async pairAndWatch(home: ModelHome, plan: Parameters<ModelHome['pair']>[0], through?: Person): Promise<Person> {
    const person = await home.pair(plan, 'all', through);
    await person.open();
    for (const { cameraId } of home.cameras) person.watch(cameraId);
    return person;
  }

  get living(): readonly ModelHome[] {
    return this.homes.filter(({ isOver }) => !isOver);
  }

  get people(): readonly Person[] {
    return this.homes.flatMap((home) => home.people);
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  async startRelayIfDue(): Promise<void> {
    if (this.host.running === undefined && this.clock.monoMs() >= this.downUntilMs) await this.host.start();
  }

  healAll(): void {
    for (const line of [...this.homes.map(({ line: each }) => each), ...this.people.map(({ line: each }) => each)])
      heal(line);
    for (const person of this.people) person.release();
  }

  /** All that was suspended, by hand or by the policy. */
  async liftAll(): Promise<void> {
    const { running } = this.host;
    if (running === undefined) return;
    for (const { id } of await running.relay.suspensions.active()) {
      await running.relay.suspensions.lift(id, { by: 'Model', reason: 'looked into' });
      this.truth.suspended.delete(id);
    }
  }

  /** All faults end: everybody who may see a camera, and watches it, sees it live again. */
  async mustGetWell(): Promise<void> {
    this.healAll();
    this.downUntilMs = 0;
    await this.startRelayIfDue();
    await this.settle();
    await this.liftAll();
    for (const person of this.people) await person.open();
    for (let passedMs = 0; passedMs < WELL_WITHIN_MS; passedMs += WELL_STEP_MS) {
      for (const home of this.living) for (const { cameraId } of home.cameras) home.frame(cameraId, STREAM.main);
      await this.clock.pass(WELL_STEP_MS);
      // A display that the relay has sent away for good stays away until somebody touches it.
      if (passedMs % TOUCHED_MS === 0) for (const person of this.people) person.display.client?.reconnect();
      // What the displays' reports of before have brought is looked into as well.
      await this.liftAll();
      if (passedMs > 0 && this.#ill().length === 0) return;
    }
    for (const words of this.#ill()) this.truth.dark(words);
  }

  async close(): Promise<void> {
    for (const person of this.people) person.close();
    for (const home of this.homes) home.endAgent();
    await this.clock.settle();
    await this.host.close();
  }

  /** Who should see something and does not. */
  #ill(): string[] {
    const nowMs = this.clock.wallMs();
    return this.living.flatMap((home) =>
      home.people.flatMap((person) =>
        [...person.watching].flatMap((camera) => {
          const state = person.display.state(camera);
          if (!home.ref.may(person.deviceId, camera, nowMs) || state === 'live') return [];
          const alarms = person.display.client?.alarms.get().map(({ kind }) => kind) ?? [];
          const name = `display ${person.deviceId.slice(0, 6)} of home ${home.homeId.slice(0, 6)}`;
          return [`${name} may see camera ${camera.slice(0, 6)} and has it ${state} ${alarms.join(' ')}`];
        }),
      ),
    );
  }
}

export function heal(line: ModelHome['line']): void {
  line.delayMs = 0;
  line.loss = 0;
  line.stalled = false;
  line.resetAfter(Infinity);
}
