/**
 * Sealcam's own fault, found under attack: ten lying homes on an open relay suspended everything. They sent random bytes under key ids
 * of each other and of the one honest home, after quick bulletins had pushed the true owner out of what the relay had at hand.
 */
import type { KeyId } from '@sealcam/protocol';
import { sealedUnit, Lab } from '../../../apps/relay/test/house.ts';
import { living, type Living } from '../../../apps/relay/test/living.ts';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { accuse, deliver, hurt, KeyBook, squat } from '../frame/lying-homes.ts';

const HOMES = { full: 100, quick: 14 };
const ROUNDS = { full: 6, quick: 3 };
const QUICK_BULLETINS = 4;

/** One liar's evening: quick bulletins, copies of what others use, units under anything that was ever seen, and accusations. */
async function lie(liar: Living, others: readonly KeyId[], seen: readonly KeyId[], ctr: number): Promise<number> {
  const { house, agent, camera } = liar;
  for (let n = 0; n < QUICK_BULLETINS; n += 1) await house.bulletin(agent, house.epoch + 1, []);
  await squat(liar, others, ctr);
  for (const kid of seen) agent.unit(house.envelope(camera, 0, sealedUnit(kid, ctr, ctr)));
  for (const kid of others) await accuse(liar, kid, ctr);
  return others.length + seen.length;
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const [count, rounds] = [quick ? HOMES.quick : HOMES.full, quick ? ROUNDS.quick : ROUNDS.full];
  const random = new Random(seed, 'lying-town');
  const lab = new Lab();
  try {
    const relay = await lab.relay();
    const honest = await living(lab, relay);
    const liars: Living[] = [];
    while (liars.length < count - 1) liars.push(await living(lab, relay));
    const seen = [honest.kid];
    let [tried, lost, own] = [0, 0, 0];
    for (let round = 0; round < rounds; round += 1) {
      await honest.house.bulletin(honest.agent);
      const newest = honest.house.kid(honest.camera);
      for (const [n, liar] of liars.entries()) {
        if (n % 10 === 0) progress(`Sealcam: round ${round + 1} of ${rounds}, home ${n} of ${liars.length}`);
        const neighbor = random.pick(liars);
        // A home that announces its own key id again is refused, which is no lie about anybody.
        const others = neighbor === liar ? [newest] : [newest, neighbor.house.kid(neighbor.camera)];
        tried += await lie(liar, others, seen, round * count + n + 1);
        if (n % 5 !== 0) continue;
        const came = await deliver(honest, round * count + n + 1);
        own += came;
        lost += 2 - came;
      }
      seen.unshift(newest);
    }
    const wrong = await hurt(relay, liars);
    const shown = wrong.length + lost;
    return { trials: tried, real: tried, tried, opened: 0, shown, own, wrong: [...new Set(wrong)].slice(0, 5) };
  } finally {
    await lab.end();
  }
}

function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const count = quick ? HOMES.quick : HOMES.full;
  const random = new Random(seed, 'twin');
  const book = new KeyBook(fixed);
  const kidOf = (home: string, epoch: number): string => `${home}/${epoch}`;
  let [tried, shown, own] = [0, 0, 0];
  for (let epoch = 0; epoch < 8; epoch += 1) {
    // Four quick bulletins each, with a unit under every new key id.
    for (let n = 0; n < count; n += 1) book.announce(`home ${n}`, kidOf(`home ${n}`, epoch));
    for (let n = 0; n < count; n += 1)
      if (book.enter(`home ${n}`, kidOf(`home ${n}`, epoch)) === 'passed') own += 1;
      else shown += 1;
    for (let n = 1; n < count; n += 1) {
      const victim = random.below(n);
      tried += 1;
      if (book.enter(`home ${n}`, kidOf(`home ${victim}`, Math.max(0, epoch - 5))) === 'proven') shown += 1;
    }
  }
  return Promise.resolve({ trials: tried, real: 0, tried, opened: 0, shown, own });
}

export const lyingTown: Drill = codeDrill({
  name: 'lying-town',
  replays: 'Sealcam itself, under attack 2026',
  story:
    'Ten lying homes sent bytes under key ids of others, and the relay took it for proof and stopped every display.',
  mistake: 'KeyBook.enter',
  sealcam,
  twin,
});
