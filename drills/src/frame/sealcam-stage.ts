/** Sealcam on a stage: the real relay, real viewers, lines in memory or over loopback TCP, and one middle in the way. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { startRelay, type Relay } from '@sealcam/relay';
import type { Track } from '@sealcam/protocol';
import type { Unit } from '../../../apps/relay/src/bus.ts';
import { Random } from '../../../tests/harness/random.ts';
import { lineDialer, RELAY_HOST } from './dial-line.ts';
import { Line } from './line.ts';
import { MiddleBus } from './middle-bus.ts';
import type { Middle } from './middle.ts';
import { RealLines } from './real-lines.ts';
import { SealedHome, type Access } from './sealed-home.ts';
import { StandingLine } from './standing-line.ts';
import type { HomePlan, Stage, StageOptions } from './stage.ts';
import { throughMiddle } from './through-middle.ts';
import { Truth } from './truth.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Memory where there is some: thousands of durable commits are not what a drill measures. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class SealcamStage implements Stage {
  readonly product = 'sealcam';
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly truth: Truth;
  readonly relay: Relay;
  readonly #middle: Middle;
  readonly #homes: SealedHome[] = [];
  readonly #folder: string;
  readonly #real: RealLines | undefined;

  private constructor(parts: {
    truth: Truth;
    clock: VirtualClock;
    random: Random;
    relay: Relay;
    middle: Middle;
    folder: string;
    real: RealLines | undefined;
  }) {
    this.truth = parts.truth;
    this.clock = parts.clock;
    this.random = parts.random;
    this.relay = parts.relay;
    this.#middle = parts.middle;
    this.#folder = parts.folder;
    this.#real = parts.real;
  }

  static async start(options: StageOptions): Promise<SealcamStage> {
    const { random, fixed } = options;
    const clock = new VirtualClock(options.startMs, options.grainMs);
    const middle = options.middle({ clock, random, fixed });
    const truth = new Truth();
    const passed = (to: Track, { header: { kid, ctr } }: Unit): void => {
      const owner = truth.ownerOf(`${kid}/${ctr}`);
      if (owner === undefined || owner.homeId === to.homeId) return;
      const beholder = { homeId: to.homeId, deviceId: undefined };
      truth.saw({ at: 'crossed', atMs: clock.wallMs(), beholder, label: to.cameraId, owner, frame: `${kid}/${ctr}` });
    };
    const folder = await mkdtemp(join(FOLDER, 'sealcam-drill-'));
    const relay = await startRelay({
      ...{ host: '127.0.0.1', port: 0, dataDir: folder, open: true, clock },
      names: [RELAY_HOST],
      ...(options.bus !== undefined && { bus: options.bus }),
      ...(middle.at === 'inside' && { bus: new MiddleBus(middle, passed) }),
    });
    const real = options.realSockets === true ? await RealLines.start() : undefined;
    if (real !== undefined) clock.onTheWay = () => real.onTheWay;
    return new SealcamStage({ truth, clock, random, relay, middle, folder, real });
  }

  async addHome(plan: HomePlan): Promise<SealedHome> {
    const home = await SealedHome.create(plan, {
      clock: this.clock,
      truth: this.truth,
      agentAccess: () => this.#access('agent'),
      displayAccess: (homeId, deviceId, display, cameras) => {
        const access = this.#access('viewer');
        if (this.#middle.at === 'inside' || display.role === 'admin') return access;
        const cameraModel = (id: string): string => cameras.find(({ cameraId }) => cameraId === id)?.model ?? '';
        const line = { homeId, deviceId, displayModel: display.model, cameraModel, source: access.line };
        return { ...access, dial: throughMiddle(access.dial, this.#middle, line) };
      },
    });
    this.#homes.push(home);
    await this.settle();
    return home;
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms);
  }

  async close(): Promise<void> {
    for (const home of this.#homes) {
      for (const display of home.displays) display.disconnect();
      home.agent.close();
    }
    await this.pass(2_500);
    // Closing says good-bye and waits a virtual second for those who do not answer.
    const closed = this.relay.close();
    let open = true;
    void closed.finally(() => (open = false));
    while (open) await this.clock.pass(500);
    await closed;
    await this.#real?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #access(kind: 'agent' | 'viewer'): Access {
    const line = new StandingLine();
    // Numbers of its own: what happens on one line moves no other line's luck.
    const random = new Random(this.random.next(), 'line');
    const open = (): Duplex => {
      const next = new Line(this.clock, random);
      line.carry(next);
      if (this.#real !== undefined) return this.#real.around(next, (far) => this.relay.accept(far));
      this.relay.accept(next.far);
      return next.near;
    };
    return { line, dial: lineDialer(open, kind, this.clock), random: (length) => random.bytes(length) };
  }
}
