/**
 * What one more camera costs the home: processor time and memory of the agent at 1, 8 and 32 cameras. Memory on the way up, because a
 * process gives little back. Processor time on the way down, once V8 has compiled what runs often: an agent runs for months, and at 20 s
 * it still spends a third more (measured: 8.4 % of a core at 32 cameras 30 s after the last one came, 5.4 to 6.9 % from 40 s on).
 */
import type { CameraId } from '@sealcam/protocol';
import { startCameras, type TestCamera } from '../../../tests/cameras/rig.ts';
import { median, type Bench, type Figure } from '../figure.ts';
import { addCamera, claimHome, startSealcam, type Household } from '../home/household.ts';
import { sealedCrowd, type Crowd } from '../home/raw-viewers.ts';
import { cpuMs, residentMb, sleep } from '../process/child.ts';

const COUNTS = [1, 8, 32] as const;
type Count = (typeof COUNTS)[number];
const WARM_MS = 60_000;

/** Percent of a core. */
interface Window {
  readonly agent: number;
  readonly relay: number;
}

/** What agent and relay spend, so many windows. */
async function windowsOf(trials: number, [agent, relay]: readonly [number, number], ms: number): Promise<Window[]> {
  const measured: Window[] = [];
  for (let trial = 0; trial < trials; trial += 1) measured.push(await oneWindow(agent, relay, ms));
  return measured;
}

async function oneWindow(agent: number, relay: number, ms: number): Promise<Window> {
  const start = performance.now();
  const before = { agent: await cpuMs(agent), relay: await cpuMs(relay) };
  await sleep(ms);
  const passed = performance.now() - start;
  const share = (now: number, then: number): number => (100 * (now - then)) / passed;
  return { agent: share(await cpuMs(agent), before.agent), relay: share(await cpuMs(relay), before.relay) };
}

/** What one camera more costs between two counts, a sample a window. */
function slopes(samples: ReadonlyMap<Count, readonly number[]>, from: Count, to: Count): number[] {
  const few = samples.get(from) ?? [];
  return (samples.get(to) ?? []).map((many, index) => (many - (few[index] ?? Number.NaN)) / (to - from));
}

export const cameras: Bench = {
  name: 'cameras',
  about: 'an extra camera of 720p15 at 1.5 Mbit/s, agent and relay in processes of their own, at 1, 8 and 32',
  run: async ({ quick, progress }) => {
    const trials = quick ? 3 : 5;
    const [settleMs, windowMs] = quick ? [6_000, 5_000] : [15_000, 10_000];
    const rig = await startCameras(
      Array.from({ length: COUNTS.at(-1) ?? 1 }, () => ({ id: 3, width: 1280, height: 720, clip: true, gop: 60 })),
    );
    const relay = await startSealcam({ relay: {} });
    const agent = await startSealcam({ agent: { relayUrl: relay.relayUrl } });
    const home = await claimHome(relay.relayUrl, agent.claimLink);
    const memory = new Map<Count, readonly number[]>();
    const [unwatched, watched] = [new Map<Count, readonly Window[]>(), new Map<Count, readonly Window[]>()];
    const there: CameraId[] = [];
    try {
      for (const count of COUNTS) {
        await addUpTo(count, there, home, rig);
        await sleep(settleMs);
        const samples: number[] = [];
        for (let trial = 0; trial < trials; trial += 1) {
          await sleep(1_000);
          samples.push(await residentMb(agent.pid));
        }
        memory.set(count, samples);
        progress(`${String(count)} cameras: agent ${median(samples).toFixed(2)} MB`);
      }
      progress(`32 cameras for ${String(WARM_MS / 1000)} s, until what runs often is compiled`);
      await sleep(WARM_MS);
      for (const count of COUNTS.toReversed()) {
        await removeDownTo(count, there, home);
        await sleep(settleMs);
        unwatched.set(count, await windowsOf(trials, [agent.pid, relay.pid], windowMs));
        progress(`${String(count)} cameras, nobody watches: ${wordsOf(unwatched.get(count) ?? [])}`);
        const crowds = await watchAll(there, home);
        await sleep(settleMs);
        watched.set(count, await windowsOf(trials, [agent.pid, relay.pid], windowMs));
        progress(`${String(count)} cameras, each watched: ${wordsOf(watched.get(count) ?? [])}`);
        await Promise.all(crowds.map((crowd) => crowd.close()));
      }
    } finally {
      await home.close();
      await agent.close();
      await relay.close();
      await rig[0]?.stop();
    }
    return result(memory, unwatched, watched, trials);
  },
};

function wordsOf(measured: readonly Window[]): string {
  const at = (of: keyof Window): string => median(measured.map((window) => window[of])).toFixed(2);
  return `agent ${at('agent')} % of a core, relay ${at('relay')} %`;
}

/** One viewer each of their main streams, which looks at nothing. */
async function watchAll(there: readonly CameraId[], { relayUrl, admin }: Household): Promise<Crowd[]> {
  const { keys, homeId } = admin;
  return await Promise.all(there.map((cameraId) => sealedCrowd(1, { relayUrl, keys, homeId, cameraId })));
}

async function addUpTo(count: number, there: CameraId[], home: Household, rig: readonly TestCamera[]): Promise<void> {
  while (there.length < count) {
    const name = `Camera ${String(there.length + 1)}`;
    there.push(await addCamera(home.client, urlOf(rig, there.length), name));
  }
}

async function removeDownTo(count: number, there: CameraId[], home: Household): Promise<void> {
  for (const cameraId of there.splice(count)) {
    const reply = await home.client.command({ do: 'camera.remove', cameraId });
    if (reply.is !== 'ok') throw new Error(`a camera was not removed: ${JSON.stringify(reply)}`);
  }
}

function urlOf(rig: readonly TestCamera[], index: number): string {
  const camera = rig[index];
  if (camera === undefined) throw new TypeError('too few cameras');
  return camera.url;
}

function result(
  memory: ReadonlyMap<Count, readonly number[]>,
  unwatched: ReadonlyMap<Count, readonly Window[]>,
  watched: ReadonlyMap<Count, readonly Window[]>,
  trials: number,
) {
  const cpuOf = (windows: typeof unwatched, of: keyof Window): Map<Count, readonly number[]> =>
    new Map([...windows].map(([count, measured]) => [count, measured.map((window) => window[of])]));
  const spans = [
    { name: '', from: 1, to: 32 },
    { name: '-1-to-8', from: 1, to: 8 },
    { name: '-8-to-32', from: 8, to: 32 },
  ] as const;
  const samples: Record<string, readonly number[]> = {};
  const figures: Figure[] = [];
  const add = (figure: Omit<Figure, 'value' | 'trials'>, values: readonly number[]): void => {
    samples[figure.name] = values;
    figures.push({ ...figure, value: median(values), trials });
  };
  const cpu = cpuOf(unwatched, 'agent');
  for (const { name, from, to } of spans) {
    const barred = name === '';
    add(
      { name: `cameras-cpu${name}`, unit: '% of a core', ...(barred ? { bar: { most: 0.2 } } : {}) },
      slopes(cpu, from, to),
    );
    add(
      { name: `cameras-memory${name}`, unit: 'MB', ...(barred ? { bar: { most: 3 } } : {}) },
      slopes(memory, from, to),
    );
  }
  add({ name: 'cameras-watched-cpu', unit: '% of a core' }, slopes(cpuOf(watched, 'agent'), 1, 32));
  add({ name: 'cameras-relay-cpu', unit: '% of a core' }, slopes(cpuOf(unwatched, 'relay'), 1, 32));
  add({ name: 'cameras-watched-relay-cpu', unit: '% of a core' }, slopes(cpuOf(watched, 'relay'), 1, 32));
  for (const count of COUNTS) {
    samples[`agent-cpu-at-${String(count)}`] = cpu.get(count) ?? [];
    samples[`agent-memory-at-${String(count)}`] = memory.get(count) ?? [];
  }
  return { figures, samples };
}
