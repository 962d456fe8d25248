/**
 * What a household sees of `kill -9`: how long until a picture is live again on a display that was live, with the process started
 * again at once. From the kill, which has the start of a Node process in it, and for the relay also from when it listens again.
 * The camera's keyframes are a second apart: half of that, on average, is in the agent's figure and can be in no less.
 */
import { startCameras } from '../../../tests/cameras/rig.ts';
import { Eye } from '../../../tests/harness/eye.ts';
import { until } from '../../../tests/harness/until.ts';
import { median, quantile, type Bench, type Figure } from '../figure.ts';
import { addCamera, claimHome } from '../home/household.ts';
import { MortalSealcam } from '../home/mortal-sealcam.ts';
import { sleep } from '../process/child.ts';

const BAR_MS = 3_000;
/** Between two kills: long enough for the lines to be good ones, and the picture at any place of its GOP. */
const REST_MS = 3_000;

/** Milliseconds from the kill. */
interface Recovery {
  readonly ready: number;
  readonly live: number;
}

async function recoveryOf(part: MortalSealcam, eye: Eye): Promise<Recovery> {
  await eye.live(60_000);
  await sleep(REST_MS + Math.random() * 1_000);
  const killed = performance.now();
  const [ready] = await Promise.all([
    part.killAndStart().then(() => performance.now() - killed),
    until(eye.watch.picture, ({ state }) => state !== 'live', 60_000),
  ]);
  await eye.live(60_000);
  return { ready, live: performance.now() - killed };
}

async function recoveriesOf(
  kills: number,
  part: MortalSealcam,
  eye: Eye,
  progress: (recovery: Recovery) => void,
): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const recovery = await recoveryOf(part, eye);
    progress(recovery);
    recoveries.push(recovery);
  }
  return recoveries;
}

export const recovery: Bench = {
  name: 'recovery',
  about: 'kill -9 of a relay and of an agent: until the display is live again; camera of 720p15, keyframes 1 s apart',
  run: async ({ quick, progress }) => {
    const kills = quick ? 5 : 25;
    const [camera] = await startCameras([{ id: 5, width: 1280, height: 720, clip: true, gop: 15 }]);
    const relay = await MortalSealcam.start({ relay: {} });
    const { relayUrl } = relay.ready;
    relay.keepPort(Number(new URL(relayUrl).port));
    const agent = await MortalSealcam.start({ agent: { relayUrl } });
    const home = await claimHome(relayUrl, agent.ready.claimLink);
    try {
      const eye = new Eye(home.client, await addCamera(home.client, camera?.url ?? '', 'Porch'));
      const said =
        (part: string) =>
        ({ ready, live }: Recovery): void =>
          progress(`${part}: ready after ${ready.toFixed(0)} ms, live after ${live.toFixed(0)} ms`);
      const ofRelay = await recoveriesOf(kills, relay, eye, said('relay'));
      const ofAgent = await recoveriesOf(kills, agent, eye, said('agent'));
      return result(ofRelay, ofAgent);
    } finally {
      await home.close();
      await agent.close();
      await relay.close();
      await camera?.stop();
    }
  },
};

function result(ofRelay: readonly Recovery[], ofAgent: readonly Recovery[]) {
  const samples = {
    'recovery-relay': ofRelay.map(({ live }) => live),
    'recovery-relay-from-listening': ofRelay.map(({ ready, live }) => live - ready),
    'recovery-relay-start': ofRelay.map(({ ready }) => ready),
    'recovery-agent': ofAgent.map(({ live }) => live),
    'recovery-agent-start': ofAgent.map(({ ready }) => ready),
  };
  const barred = new Set(['recovery-relay', 'recovery-relay-from-listening', 'recovery-agent']);
  const figures = Object.entries(samples).flatMap(([name, values]): Figure[] => [
    { name, value: median(values), unit: 'ms', trials: values.length },
    {
      name: `${name}-p95`,
      value: quantile(values, 0.95),
      unit: 'ms',
      ...(barred.has(name) ? { bar: { most: BAR_MS } } : {}),
      trials: values.length,
    },
  ]);
  return { samples, figures };
}
