/**
 * T4. Wyze (February 2024): who may see what was answered from a copy when its source was slow. The store of grants dies, fails or
 * hangs; meanwhile a grant is taken back. Sealcam's gate, leases and fan-out, as they run in the relay.
 */
import { randomBytes } from 'node:crypto';
import { EventLog } from '../../../apps/relay/src/log.ts';
import { FanOut } from '../../../apps/relay/src/live/fan-out.ts';
import { Ingest } from '../../../apps/relay/src/live/ingest.ts';
import { Leases } from '../../../apps/relay/src/live/leases.ts';
import { ViewerQueue } from '../../../apps/relay/src/live/viewer-queue.ts';
import { Viewing } from '../../../apps/relay/src/live/viewing.ts';
import { agentTopic, Bus, trackTopic } from '../../../apps/relay/src/bus.ts';
import { Gate } from '../../../apps/relay/src/gate.ts';
import { createMetrics } from '../../../apps/relay/src/metrics.ts';
import type { GateFacts, Store } from '../../../apps/relay/src/store/store.ts';
import { deviceId, epoch, homeId, LIMITS, STREAM } from '@sealcam/protocol';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { SealedCamera } from '../frame/sealed-camera.ts';
import { Truth } from '../frame/truth.ts';
import { VirtualClock } from '../frame/virtual-clock.ts';

const FRAME_MS = 200;
const TRIALS = { full: 5_000, quick: 150 };
/** A lease at most, and the second in which the store is asked for a reason. */
const GRACE_MS = LIMITS.leaseMs + 1_000;

/** The store of record: it answers, or fails, or never comes back. */
class GrantStore {
  granted = true;
  #mood: 'well' | 'fails' | 'hangs' = 'well';

  die(mood: 'fails' | 'hangs'): void {
    this.#mood = mood;
  }

  async read(): Promise<boolean> {
    if (this.#mood === 'hangs') return await new Promise<never>(() => undefined);
    if (this.#mood === 'fails') throw new Error('no store');
    return this.granted;
  }
}

/** One product of the two: may this display see, and what does it get. */
interface Product {
  /** Somebody asks anew. */
  subscribe(): Promise<void>;
  /** A picture is made; it goes to whoever may see. */
  frame(): void;
  readonly received: number;
}

/** One schedule: the store dies, the grant is taken back, people ask, pictures are made. @returns what was had that must not be */
async function trial(clock: VirtualClock, store: GrantStore, product: Product, random: Random): Promise<CodeOutcome> {
  await product.subscribe();
  const frames = async (ms: number): Promise<number> => {
    const before = product.received;
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      product.frame();
      await clock.pass(FRAME_MS);
    }
    return product.received - before;
  };
  const own = await frames(1_000 + random.below(3_000));
  store.die(random.chance(2) ? 'fails' : 'hangs');
  await frames(random.below(3_000));
  store.granted = false;
  const askedAnew = product.subscribe();
  // What runs goes on for a lease at most; whoever asks now gets nothing at all, which the next seconds would show.
  await frames(GRACE_MS);
  void product.subscribe();
  const shown = await frames(4_000);
  await Promise.race([askedAnew, clock.settle()]);
  return { trials: 1, real: 0, tried: 2, opened: 0, shown, own };
}

/** Gate, leases and fan-out of the relay around one viewing. */
class SealcamGate implements Product {
  received = 0;
  readonly #clock: VirtualClock;
  readonly #camera: SealedCamera;
  readonly #gate: Gate;
  readonly #fanOut: FanOut;
  readonly #home = homeId(randomBytes(16).toString('hex'));
  readonly #display = deviceId(randomBytes(16).toString('hex'));

  constructor(clock: VirtualClock, store: GrantStore) {
    this.#clock = clock;
    const bus = new Bus();
    const metrics = createMetrics();
    const ingest = new Ingest(this.#home);
    this.#camera = new SealedCamera(this.#home, '', {
      clock,
      truth: new Truth(),
      send: (message) => {
        const checked = ingest.check(message, clock.monoMs());
        if (checked.at === 'unit') bus.publish(trackTopic(checked.unit), { t: 'unit', unit: checked.unit });
      },
    });
    const { cameraId, streams } = this.#camera;
    ingest.announce([{ cameraId, streams, private: false, model: '' }]);
    ingest.bulletin(epoch(1), clock.monoMs());
    this.#camera.rekey(epoch(1), randomBytes(32));
    const facts = async (): Promise<GateFacts> => ({
      ended: false,
      member: {
        role: 'viewer',
        notAfter: 0,
        removed: false,
        granted: await store.read(),
        model: '',
        route: 'sealed',
        declared: true,
      },
      camera: { streams: 31, private: false, model: '' },
      suspended: [],
    });
    this.#gate = new Gate({ gate: facts } as unknown as Store, clock, metrics);
    this.#fanOut = new FanOut({
      ...{ bus, clock, metrics },
      guard: { of: () => ({ passes: () => true }) } as never,
      closeSpan: () => undefined,
    });
    const leases = new Leases({ gate: this.#gate, fanOut: this.#fanOut, clock, log: new EventLog(undefined) });
    clock.every(1_000, () => {
      leases.tick();
      this.#fanOut.tick(clock.monoMs());
    });
    bus.subscribe(agentTopic(this.#home), (request) => {
      if (request.t !== 'join') return;
      const track = { homeId: this.#home, cameraId, streamId: request.streamId };
      clock.after(5, () => void bus.publish(trackTopic(track), { t: 'joined', joinId: request.joinId }));
    });
  }

  async subscribe(): Promise<void> {
    const question = {
      homeId: this.#home,
      deviceId: this.#display,
      cameraId: this.#camera.cameraId,
      streamId: STREAM.main,
    };
    const askedMs = this.#clock.monoMs();
    const answer = await this.#gate.mayView(question).catch(() => undefined);
    if (answer?.allow !== true) return;
    const send = (): boolean => {
      this.received += 1;
      return true;
    };
    const socket = { bufferedAmount: 0, send };
    this.#fanOut.add(
      new Viewing({
        ...{ question, connectionId: 'drill', declared: answer.declared },
        queue: new ViewerQueue(socket, askedMs),
        span: { delivered: () => undefined } as never,
        leaseEndMs: askedMs + answer.leaseMs,
        onCut: () => undefined,
      }),
    );
    await this.#clock.pass(100);
  }

  frame(): void {
    this.#camera.frame();
  }
}

/** The service of 2024: an answer is kept, and used again when there is no new one within its time. */
class CopiedGrants implements Product {
  received = 0;
  readonly #store: GrantStore;
  readonly #clock: VirtualClock;
  readonly #fixed: boolean;
  #copy = false;
  #viewing = false;

  constructor(clock: VirtualClock, store: GrantStore, fixed: boolean) {
    this.#clock = clock;
    this.#store = store;
    this.#fixed = fixed;
    clock.every(1_000, () => void this.#ask().then((may) => (this.#viewing = this.#viewing && may)));
  }

  async subscribe(): Promise<void> {
    this.#viewing = await this.#ask();
  }

  frame(): void {
    if (this.#viewing) this.received += 1;
  }

  async #ask(): Promise<boolean> {
    const late = new Promise<undefined>((done) => void this.#clock.after(500, () => done(undefined)));
    const answer = await Promise.race([this.#store.read().catch(() => undefined), late]);
    if (answer === undefined) return this.#unanswered();
    return (this.#copy = answer);
  }

  /** THE MISTAKE: no answer is the last one again. Put right, no answer is no. */
  #unanswered(): boolean {
    return this.#fixed ? false : this.#copy;
  }
}

async function play(
  { seed, quick }: DrillContext,
  of: (clock: VirtualClock, store: GrantStore) => Product,
): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const sum = { trials, real: 0, tried: 0, opened: 0, shown: 0, own: 0 };
  for (let index = 0; index < trials; index += 1) {
    const clock = new VirtualClock();
    const store = new GrantStore();
    const one = await trial(clock, store, of(clock, store), new Random(seed, 'trial', index));
    sum.tried += one.tried;
    sum.shown += one.shown;
    sum.own += one.own;
  }
  return sum;
}

export const staleGrant: Drill = codeDrill({
  name: 'stale-grant',
  replays: 'T4 · Wyze 2024',
  story: 'The store that knew who may see what was slow, and an old copy of its answers was used instead.',
  mistake: 'CopiedGrants.#unanswered',
  sealcam: (context) => play(context, (clock, store) => new SealcamGate(clock, store)),
  twin: (context, fixed) => play(context, (clock, store) => new CopiedGrants(clock, store, fixed)),
});
