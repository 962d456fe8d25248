/** What sealing costs where it counts: the processor time of many viewers of one camera, beside the same bytes unsealed. */
import { startCamera } from '../../../tests/cameras/rig.ts';
import { median, type Bench } from '../figure.ts';
import { addCamera, claimHome, startSealcam } from '../home/household.ts';
import { plainCrowd, sealedCrowd, type Crowd } from '../home/raw-viewers.ts';
import { cpuMs, sleep, startChild } from '../process/child.ts';

const VIEWERS = 300;
const SETTLE_MS = 1_500;

interface Trial {
  /** Microseconds of processor time a delivered frame. */
  readonly costUs: number;
  readonly frames: number;
}

async function oneTrial(pid: number, gather: () => Promise<Crowd>, measureMs: number): Promise<Trial> {
  const crowd = await gather();
  try {
    await sleep(SETTLE_MS);
    const before = { cpu: await cpuMs(pid), frames: crowd.frames };
    await sleep(measureMs);
    const frames = crowd.frames - before.frames;
    return { costUs: (1000 * ((await cpuMs(pid)) - before.cpu)) / frames, frames };
  } finally {
    await crowd.close();
  }
}

export const fanOut: Bench = {
  name: 'fan-out',
  about: `${String(VIEWERS)} viewers of one camera, agent and relay in one process, against the same frames unsealed`,
  run: async ({ quick, progress }) => {
    const trials = quick ? 3 : 7;
    // Longer than the relay's own 10 s rhythm of leases and ledger rows, so that each trial pays for them.
    const measureMs = quick ? 5_000 : 12_000;
    const camera = await startCamera({ id: 5, width: 1280, height: 720, clip: true, gop: 60 });
    const sealcam = await startSealcam({ relay: {}, agent: {} });
    const plain = await startChild('plain-fan-out.ts', { cameraUrl: camera.url });
    const home = await claimHome(sealcam.relayUrl, sealcam.claimLink);
    const samples = { sealedUs: [] as number[], plainUs: [] as number[], ratio: [] as number[], frames: [] as number[] };
    try {
      const { keys, homeId } = home.admin;
      const watched = { keys, homeId, relayUrl: home.relayUrl, cameraId: await addCamera(home.client, camera.url, 'Porch') };
      const sealed = () => oneTrial(sealcam.pid, () => sealedCrowd(VIEWERS, watched), measureMs);
      const unsealed = () =>
        oneTrial(plain.pid, () => plainCrowd(VIEWERS, (plain.ready as { url: string }).url), measureMs);
      // Both once for nothing: the compiler's work is not the camera's.
      await sealed();
      await unsealed();
      for (let trial = 0; trial < trials; trial += 1) {
        const [ours, theirs] = [await sealed(), await unsealed()];
        samples.sealedUs.push(ours.costUs);
        samples.plainUs.push(theirs.costUs);
        samples.ratio.push(ours.costUs / theirs.costUs);
        samples.frames.push(ours.frames, theirs.frames);
        progress(
          `trial ${String(trial + 1)} of ${String(trials)}: ${ours.costUs.toFixed(1)} µs sealed, ${theirs.costUs.toFixed(1)} µs plain, ` +
            `${String(ours.frames)} and ${String(theirs.frames)} frames`,
        );
      }
    } finally {
      await home.close();
      await plain.close();
      await sealcam.close();
      await camera.stop();
    }
    return {
      samples,
      figures: [
        { name: 'fan-out', value: median(samples.ratio), unit: 'ratio', bar: { most: 1.15 }, trials },
        { name: 'fan-out-sealed', value: median(samples.sealedUs), unit: 'µs/frame', trials },
        { name: 'fan-out-plain', value: median(samples.plainUs), unit: 'µs/frame', trials },
      ],
    };
  },
};
