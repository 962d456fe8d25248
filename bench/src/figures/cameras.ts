/** What one more camera costs the home: processor time and memory of the agent at 1, 8 and 32 cameras. */
import { startCameras, type TestCamera } from '../../../tests/cameras/rig.ts';
import { median, type Bench, type Figure } from '../figure.ts';
import { addCamera, claimHome, startSealcam } from '../home/household.ts';
import { cpuMs, residentMb, sleep } from '../process/child.ts';

const COUNTS = [1, 8, 32] as const;
type Count = (typeof COUNTS)[number];

interface Window {
  /** Percent of a core. */
  readonly agent: number;
  readonly relay: number;
  /** MB of the agent. */
  readonly memory: number;
}

async function oneWindow(agent: number, relay: number, ms: number): Promise<Window> {
  const start = performance.now();
  const before = { agent: await cpuMs(agent), relay: await cpuMs(relay) };
  await sleep(ms);
  const passed = performance.now() - start;
  const share = (now: number, then: number): number => (100 * (now - then)) / passed;
  return {
    agent: share(await cpuMs(agent), before.agent),
    relay: share(await cpuMs(relay), before.relay),
    memory: await residentMb(agent),
  };
}

/** What one camera more costs between two counts, a sample a window. */
function slopes(windows: ReadonlyMap<Count, readonly Window[]>, from: Count, to: Count, of: keyof Window): number[] {
  const few = windows.get(from) ?? [];
  return (windows.get(to) ?? []).map((many, index) => (many[of] - (few[index]?.[of] ?? Number.NaN)) / (to - from));
}

export const cameras: Bench = {
  name: 'cameras',
  about: 'an extra camera of 720p15 at 1.5 Mbit/s, agent and relay in processes of their own, at 1, 8 and 32',
  run: async ({ quick, progress }) => {
    const trials = quick ? 3 : 5;
    const [settleMs, windowMs] = quick ? [6_000, 5_000] : [20_000, 10_000];
    const rig = await startCameras(
      Array.from({ length: COUNTS.at(-1) ?? 1 }, () => ({ id: 3, width: 1280, height: 720, clip: true, gop: 60 })),
    );
    const relay = await startSealcam({ relay: {} });
    const agent = await startSealcam({ agent: { relayUrl: relay.relayUrl } });
    const home = await claimHome(relay.relayUrl, agent.claimLink);
    const windows = new Map<Count, readonly Window[]>();
    try {
      let there = 0;
      for (const count of COUNTS) {
        for (; there < count; there += 1)
          await addCamera(home.client, urlOf(rig, there), `Camera ${String(there + 1)}`);
        await sleep(settleMs);
        const measured: Window[] = [];
        for (let trial = 0; trial < trials; trial += 1) measured.push(await oneWindow(agent.pid, relay.pid, windowMs));
        windows.set(count, measured);
        const at = (of: keyof Window): string => median(measured.map((window) => window[of])).toFixed(2);
        progress(
          `${String(count)} cameras: agent ${at('agent')} % of a core and ${at('memory')} MB, relay ${at('relay')} %`,
        );
      }
    } finally {
      await home.close();
      await agent.close();
      await relay.close();
      await rig[0]?.stop();
    }
    return result(windows, trials);
  },
};

function urlOf(rig: readonly TestCamera[], index: number): string {
  const camera = rig[index];
  if (camera === undefined) throw new TypeError('too few cameras');
  return camera.url;
}

function result(windows: ReadonlyMap<Count, readonly Window[]>, trials: number) {
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
  for (const { name, from, to } of spans) {
    const barred = name === '';
    add(
      { name: `cameras-cpu${name}`, unit: '% of a core', ...(barred ? { bar: { most: 0.2 } } : {}) },
      slopes(windows, from, to, 'agent'),
    );
    add(
      { name: `cameras-memory${name}`, unit: 'MB', ...(barred ? { bar: { most: 3 } } : {}) },
      slopes(windows, from, to, 'memory'),
    );
  }
  add({ name: 'cameras-relay-cpu', unit: '% of a core' }, slopes(windows, 1, 32, 'relay'));
  for (const [count, measured] of windows) {
    samples[`agent-cpu-at-${String(count)}`] = measured.map(({ agent }) => agent);
    samples[`agent-memory-at-${String(count)}`] = measured.map(({ memory }) => memory);
  }
  return { figures, samples };
}
