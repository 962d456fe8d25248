/**
 * Not an incident of the past, but what Sealcam itself did before it had tickets: "privacy off", held by a relay for 44 s, was carried
 * out, and so was a recorded one after a restore of the agent. Real relay, agent and viewers over real sockets, a relay in hostile
 * hands between them; only the agent's clock is put forward instead of waiting.
 */
import { cp, rm } from 'node:fs/promises';
import type { HomeClient } from '@sealcam/player/viewer';
import { LIMITS, type CameraId } from '@sealcam/protocol';
import { MiddleRelay } from '../../../tests/fuzz/middle-relay.ts';
import { Eye, firstCamera } from '../../../tests/harness/eye.ts';
import { Random } from '../../../tests/harness/random.ts';
import { until } from '../../../tests/harness/until.ts';
import { startHouse, startWorld, type House } from '../../../tests/harness/world.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';

const TRIALS = { full: 20, quick: 2 };
/** The longest that the relay holds a command, beyond what is allowed. */
const HELD_MS = 60_000;

const isCommand = (text: string): boolean => text.startsWith('{"t":"command"');

/** A home behind a relay in hostile hands, its one camera private. */
class HeldHome {
  aheadMs = 0;
  tried = 0;
  /** How often the camera was not private any more although nobody had asked for it just now. */
  shown = 0;
  own = 0;
  readonly #middle: MiddleRelay;
  readonly #house: House;
  readonly #camera: CameraId;
  readonly #eye: Eye;
  #backup = '';
  #recorded: string[] = [];

  private constructor(middle: MiddleRelay, house: House, camera: CameraId) {
    this.#middle = middle;
    this.#house = house;
    this.#camera = camera;
    this.#eye = new Eye(house.client, camera);
  }

  /** @param run what is done with it before it is closed */
  static async with(run: (home: HeldHome) => Promise<void>): Promise<void> {
    const world = await startWorld();
    const middle = await MiddleRelay.start(world.relayUrl);
    const ahead = { ms: () => 0 };
    const house = await startHouse({ relayUrl: middle.url }, 'Home', {
      viewersAt: world.relayUrl,
      clock: () => Date.now() + ahead.ms(),
      monotonicMs: () => performance.now() + ahead.ms(),
    });
    try {
      const home = new HeldHome(middle, house, await firstCamera(house.client));
      ahead.ms = () => home.aheadMs;
      await home.#eye.more(1);
      await run(home);
    } finally {
      await house.close();
      await middle.close();
      await world.close();
    }
  }

  get pictures(): number {
    return this.#eye.units.length;
  }

  get #client(): HomeClient {
    return this.#house.client;
  }

  async setPrivate(on: boolean): Promise<void> {
    const reply = await this.#client.command({ do: 'camera.privacy', cameraId: this.#camera, on });
    if (reply.is !== 'ok') throw new Error(`privacy: ${JSON.stringify(reply)}`);
    await until(this.#client.home, ({ names }) => names?.cameras[0]?.private === on);
    this.own += 1;
  }

  /** A copy of the agent's folder from a time when the camera was private. */
  async backUp(): Promise<void> {
    await this.#restart(async (dataDir) => {
      this.#backup = `${dataDir}.backup`;
      await cp(dataDir, this.#backup, { recursive: true });
    });
  }

  /** The household switches privacy off for a moment; the relay keeps what it saw. */
  async record(): Promise<void> {
    this.#middle.heard.length = 0;
    await this.setPrivate(false);
    this.#recorded = this.#middle.heard.filter(isCommand);
    await this.#eye.more(1);
    await this.setPrivate(true);
  }

  async holdBack(ms: number): Promise<void> {
    const held: string[] = [];
    this.#middle.withholds = (text) => isCommand(text) && held.push(text) > 0;
    const asked = this.#client.command({ do: 'camera.privacy', cameraId: this.#camera, on: false });
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    this.#middle.withholds = () => false;
    this.aheadMs += ms;
    await this.#attempt(held);
    await asked;
  }

  /** What was recorded, once more. */
  async replay(): Promise<void> {
    await this.#attempt(this.#recorded);
  }

  async restart(): Promise<void> {
    await this.#restart(() => Promise.resolve());
  }

  async restore(): Promise<void> {
    await this.#restart(async (dataDir) => {
      await rm(dataDir, { recursive: true });
      await cp(this.#backup, dataDir, { recursive: true });
    });
  }

  async #restart(between: (dataDir: string) => Promise<void>): Promise<void> {
    const epoch = this.#client.home.get().manifest?.epoch ?? 0;
    await this.#house.restartAgent({}, between);
    await until(this.#client.home, ({ manifest }) => (manifest?.epoch ?? 0) > epoch);
    await this.#middle.connected();
  }

  async #attempt(texts: readonly string[]): Promise<void> {
    this.tried += 1;
    for (const text of texts) this.#middle.inject(text);
    // The agent works off in order: when this is answered, the others were looked at.
    await this.#client.command({ do: 'agent.status' });
    const isPrivate = this.#client.home.get().names?.cameras[0]?.private === true;
    if (!isPrivate) this.shown += 1;
  }
}

async function trial(random: Random): Promise<CodeOutcome> {
  const outcome = { trials: 1, real: 1, tried: 0, opened: 0, shown: 0, own: 0 };
  await HeldHome.with(async (home) => {
    await home.setPrivate(true);
    await home.backUp();
    await home.record();
    const before = home.pictures;
    await home.holdBack(LIMITS.ticketMs + random.below(HELD_MS));
    await home.replay();
    await home.restart();
    await home.replay();
    await home.restore();
    await home.replay();
    outcome.opened = home.pictures - before;
    for (const name of ['tried', 'shown', 'own'] as const) outcome[name] = home[name];
  });
  return outcome;
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const sum = { trials, real: trials, tried: 0, opened: 0, shown: 0, own: 0 };
  for (let index = 0; index < trials; index += 1) {
    progress(`Sealcam: ${index} of ${trials}`);
    const one = await trial(new Random(seed, 'trial', index));
    for (const name of ['tried', 'opened', 'shown', 'own'] as const) sum[name] += one[name];
  }
  return sum;
}

interface TwinCommand {
  readonly seq: number;
  readonly sentMs: number;
  readonly run: number;
}

/** The agent as it was: it remembers the last number on its disk, and nothing of time. */
class NumberedAgent {
  nowMs = 0;
  /** On disk. */
  last = 0;
  readonly #fixed: boolean;
  #run = 1;

  constructor(fixed: boolean) {
    this.#fixed = fixed;
  }

  /** As a device seals it now. */
  sealed(): TwinCommand {
    return { seq: Math.max(this.last + 1, this.nowMs), sentMs: this.nowMs, run: this.#run };
  }

  /** @returns whether it was carried out */
  take(command: TwinCommand): boolean {
    if (!this.#isDue(command)) return false;
    this.last = command.seq;
    return true;
  }

  /** @param last the number on the disk that it starts from */
  restart(last: number): void {
    this.last = last;
    this.#run += 1;
  }

  /** THE MISTAKE: a command is new when its number is above the last. Put right, it must be young and of this run, too. */
  #isDue({ seq, sentMs, run }: TwinCommand): boolean {
    const isNew = seq > this.last;
    return this.#fixed ? isNew && run === this.#run && this.nowMs - sentMs < LIMITS.ticketMs : isNew;
  }
}

function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = (quick ? TRIALS.quick : TRIALS.full) * 50;
  const random = new Random(seed, 'twin');
  const sum = { trials, real: 0, tried: 0, opened: 0, shown: 0, own: 0 };
  for (let index = 0; index < trials; index += 1) {
    const agent = new NumberedAgent(fixed);
    const attempt = (command: TwinCommand): void => {
      sum.tried += 1;
      if (agent.take(command)) sum.shown += 1;
    };
    agent.nowMs = 1_000 + random.below(HELD_MS);
    const backup = agent.last;
    const recorded = agent.sealed();
    if (agent.take(recorded)) sum.own += 1;
    const held = agent.sealed();
    agent.nowMs += LIMITS.ticketMs + random.below(HELD_MS);
    attempt(held);
    attempt(recorded);
    agent.restart(agent.last);
    attempt(recorded);
    agent.restart(backup);
    attempt(recorded);
  }
  return Promise.resolve(sum);
}

export const heldCommand: Drill = codeDrill({
  name: 'held-command',
  replays: 'Sealcam 2026, before tickets',
  story:
    'A relay held “privacy off” back and let it go when it liked, or played a recorded one to a home that was restored.',
  mistake: 'NumberedAgent.#isDue',
  sealcam,
  twin,
});
