/**
 * Sealcam's own fault, found under attack: a guest derives a home's new key ids from its bulletin, and his own home sends a unit under each
 * before the honest agent does. The honest units were dropped, and nobody was told.
 */
import { Lab, nextId, watch } from '../../../apps/relay/test/house.ts';
import { living } from '../../../apps/relay/test/living.ts';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { contested, deliver, hurt, KeyBook, squat } from '../frame/lying-homes.ts';

const ROTATIONS = { full: 400, quick: 30 };
/** A home may make one in two seconds for long, and sixty at once. */
const OF_ONE_RELAY = 50;

/** Rotations of one home on one relay, each met by the squatter. */
async function played(rotations: number, random: Random): Promise<CodeOutcome> {
  const lab = new Lab();
  try {
    const relay = await lab.relay();
    const [honest, squatter] = [await living(lab, relay), await living(lab, relay)];
    const { house, agent, camera } = honest;
    let own = 0;
    for (let n = 0; n < rotations; n += 1) {
      const isWatched = random.chance(2);
      const peers = [honest.admin, honest.display];
      if (!isWatched)
        for (const peer of peers) await peer.ask({ t: 'unsubscribe', id: nextId(), cameraId: camera, streamId: 0 });
      await house.bulletin(agent);
      await squat(squatter, [house.kid(camera)]);
      if (!isWatched) for (const peer of peers) await watch(peer, agent, camera);
      own += await deliver(honest, n + 1);
    }
    const wrong = [...(await hurt(relay, [squatter]))];
    if ((await contested(relay)) !== 1) wrong.push('the squatting home is no incident');
    const lost = 2 * rotations - own;
    const shown = lost + wrong.length;
    return { trials: rotations, real: rotations, tried: rotations, opened: 0, shown, own, wrong };
  } finally {
    await lab.end();
  }
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? ROTATIONS.quick : ROTATIONS.full;
  const random = new Random(seed, 'squatting-guest');
  const sum = { trials, real: trials, tried: 0, opened: 0, shown: 0, own: 0 };
  const wrong: string[] = [];
  for (let done = 0; done < trials; done += OF_ONE_RELAY) {
    progress(`Sealcam: ${done} of ${trials} rotations`);
    const one = await played(Math.min(OF_ONE_RELAY, trials - done), random);
    for (const name of ['tried', 'shown', 'own'] as const) sum[name] += one[name];
    wrong.push(...(one.wrong ?? []));
  }
  return { ...sum, wrong };
}

function twin({ quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = quick ? ROTATIONS.quick : ROTATIONS.full;
  const book = new KeyBook(fixed);
  let [shown, own] = [0, 0];
  for (let epoch = 0; epoch < trials; epoch += 1) {
    const kid = `home/${epoch}`;
    book.announce('home', kid);
    book.enter('squatter', kid);
    if (book.enter('home', kid) === 'passed') own += 1;
    else shown += 1;
  }
  return Promise.resolve({ trials, real: 0, tried: trials, opened: 0, shown, own });
}

export const squattingGuest: Drill = codeDrill({
  name: 'squatting-guest',
  replays: 'Sealcam itself, under attack 2026',
  story:
    'A guest’s own home was quicker than the honest agent with its new key ids, and the honest pictures were dropped in silence.',
  mistake: 'KeyBook.enter',
  sealcam,
  twin,
});
