/** What sealing costs where it counts: the processor time of many viewers of one camera, beside the same bytes unsealed. */
import { startCamera } from '../../../tests/cameras/rig.ts';
import { median, type Bench } from '../figure.ts';
import { addCamera, claimHome, startSealcam } from '../home/household.ts';
import { plainCrowd, sealedCrowd, type Crowd } from '../home/raw-viewers.ts';
import { cpuMs, sleep, startChild } from '../process/child.ts';

const VIEWERS = 300;
const SETTLE_MS = 3_000;
/** V8 compiles by how much a function has run (decision 0019), and the relay has more that runs rarely than the plain fan-out has. */
const WARM_MS = 60_000;

/** One of the two that are compared: a process, and the viewers it serves. */
interface Side {
  readonly pid: number;
  readonly crowd: { readonly frames: number };
}

interface Spent {
  readonly cpuMs: number;
  readonly frames: number;
}

/** Both at the same time, so that whatever else this machine does is done to both. */
async function oneWindow(sides: readonly [Side, Side], ms: number): Promise<[Spent, Spent]> {
  const read = async ({ pid, crowd }: Side): Promise<Spent> => ({ cpuMs: await cpuMs(pid), frames: crowd.frames });
  const [ours, theirs] = [await read(sides[0]), await read(sides[1])];
  await sleep(ms);
  const since = async (side: Side, then: Spent): Promise<Spent> => {
    const now = await read(side);
    return { cpuMs: now.cpuMs - then.cpuMs, frames: now.frames - then.frames };
  };
  return [await since(sides[0], ours), await since(sides[1], theirs)];
}

/** Microseconds of processor time a delivered frame. */
function costUs({ cpuMs: spent, frames }: Spent): number {
  return (1000 * spent) / frames;
}

function medianOf(windows: readonly Spent[]): Spent {
  return { cpuMs: median(windows.map(({ cpuMs }) => cpuMs)), frames: median(windows.map(({ frames }) => frames)) };
}

/** The same for the viewers that were there in the one window and not in the other. */
function costOfMoreUs(many: Spent, one: Spent): number {
  return costUs({ cpuMs: many.cpuMs - one.cpuMs, frames: many.frames - one.frames });
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
    const samples = {
      sealedUs: [] as number[],
      plainUs: [] as number[],
      viewers: [] as number[],
      whole: [] as number[],
      oneMs: [] as number[],
      frames: [] as number[],
    };
    const crowds: Crowd[] = [];
    try {
      const { keys, homeId } = home.admin;
      const watched = {
        keys,
        homeId,
        relayUrl: home.relayUrl,
        cameraId: await addCamera(home.client, camera.url, 'Porch'),
      };
      const sealedViewers = await sealedCrowd(VIEWERS, watched);
      crowds.push(sealedViewers);
      const plainViewers = await plainCrowd(VIEWERS, (plain.ready as { url: string }).url);
      crowds.push(plainViewers);
      const sides = [
        { pid: sealcam.pid, crowd: sealedViewers },
        { pid: plain.pid, crowd: plainViewers },
      ] as const;
      progress(
        `${String(VIEWERS)} viewers on either side for ${String(WARM_MS / 1000)} s, until what runs often is compiled`,
      );
      await sleep(WARM_MS);
      const watching: [Spent, Spent][] = [];
      for (let trial = 0; trial < trials; trial += 1) {
        const [ours, theirs] = await oneWindow(sides, measureMs);
        watching.push([ours, theirs]);
        samples.sealedUs.push(costUs(ours));
        samples.plainUs.push(costUs(theirs));
        samples.whole.push(costUs(ours) / costUs(theirs));
        samples.frames.push(ours.frames, theirs.frames);
        progress(
          `trial ${String(trial + 1)} of ${String(trials)}: ${costUs(ours).toFixed(1)} µs sealed, ${costUs(theirs).toFixed(1)} µs plain, ` +
            `${String(ours.frames)} and ${String(theirs.frames)} frames`,
        );
      }
      // With one left, so that what is done once a frame is done on both sides still; and after, not before they came: a process that
      // has just started spends much on itself, which would flatter the difference.
      await Promise.all(crowds.map((crowd) => crowd.shrink(1)));
      await sleep(SETTLE_MS);
      const single: [Spent, Spent][] = [];
      for (let trial = 0; trial < trials; trial += 1) single.push(await oneWindow(sides, measureMs));
      const [ourOne, theirOne] = [medianOf(single.map(([ours]) => ours)), medianOf(single.map(([, theirs]) => theirs))];
      samples.oneMs.push(ourOne.cpuMs, theirOne.cpuMs);
      for (const [ours, theirs] of watching)
        samples.viewers.push(costOfMoreUs(ours, ourOne) / costOfMoreUs(theirs, theirOne));
    } finally {
      await home.close();
      await Promise.all(crowds.map((crowd) => crowd.close()));
      await plain.close();
      await sealcam.close();
      await camera.stop();
    }
    return {
      samples,
      figures: [
        { name: 'fan-out', value: median(samples.viewers), unit: 'ratio', bar: { most: 1.15 }, trials },
        { name: 'fan-out-whole', value: median(samples.whole), unit: 'ratio', trials },
        { name: 'fan-out-sealed', value: median(samples.sealedUs), unit: 'µs/frame', trials },
        { name: 'fan-out-plain', value: median(samples.plainUs), unit: 'µs/frame', trials },
      ],
    };
  },
};
