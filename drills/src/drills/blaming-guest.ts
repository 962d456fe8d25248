/**
 * Sealcam's own fault, found under attack: a removed guest put a key id that he had once seen on random bytes in his own home. It was a
 * `proven` incident, and the exposure report said that the honest home's pictures had gone astray.
 */
import { systemClock, type Clock } from '../../../apps/relay/src/clock.ts';
import { Lab, watch } from '../../../apps/relay/test/house.ts';
import { living, type Living } from '../../../apps/relay/test/living.ts';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { accuse, deliver, hurt, isBlamed, KeyBook, squat } from '../frame/lying-homes.ts';

const TRIALS = { full: 40, quick: 6 };
const DAYS_MS = 3 * 24 * 60 * 60_000;
/** When he uses what he saw. */
const WHEN = ['at once', 'after four bulletins', 'after a restart', 'after days'] as const;

/** The same home on new lines, as after a restart of its relay. */
async function again(home: Living): Promise<Living> {
  const { house, keys, camera } = home;
  const agent = await house.agent();
  await house.bulletin(agent);
  await house.announce(agent, [camera]);
  const [admin, display] = [await house.viewer(), await house.viewer(keys)];
  for (const peer of [admin, display]) await watch(peer, agent, camera);
  return { ...home, agent, admin, display };
}

async function trial(when: (typeof WHEN)[number]): Promise<CodeOutcome> {
  const lab = new Lab();
  let laterMs = 0;
  const clock: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + laterMs };
  try {
    const dataDir = await lab.folder();
    const first = await lab.relay({ dataDir, clock });
    let relay = first;
    let [honest, blamer] = [await living(lab, relay), await living(lab, relay)];
    // What he saw: a key id that carried pictures, and their counters.
    const seen = honest.kid;
    if (when === 'after four bulletins') for (let n = 0; n < 4; n += 1) await honest.house.bulletin(honest.agent);
    if (when === 'after days') laterMs = DAYS_MS;
    if (when === 'after a restart') {
      await first.close();
      relay = await lab.relay({ dataDir, clock, port: first.port });
      [honest, blamer] = [await again(honest), await again(blamer)];
    }
    await squat(blamer, [seen]);
    for (const ctr of [0, 1, 10 ** 6]) await accuse(blamer, seen, ctr);
    await honest.house.bulletin(honest.agent);
    const own = await deliver(honest, 7);
    relay.incidents.tick();
    const wrong = [...(await hurt(relay, [blamer]))];
    if (await isBlamed(relay, honest.house.id, seen, clock.wallMs() + 60_000)) wrong.push(`blamed ${when}`);
    const shown = wrong.length + (2 - own);
    return { trials: 1, real: 1, tried: 4, opened: 0, shown, own, wrong };
  } finally {
    await lab.end();
  }
}

async function sealcam({ quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const sum = { trials, real: trials, tried: 0, opened: 0, shown: 0, own: 0 };
  const wrong = new Set<string>();
  for (let index = 0; index < trials; index += 1) {
    progress(`Sealcam: ${index} of ${trials}`);
    const one = await trial(WHEN[index % WHEN.length] ?? 'at once');
    for (const name of ['tried', 'shown', 'own'] as const) sum[name] += one[name];
    for (const words of one.wrong ?? []) wrong.add(words);
  }
  return { ...sum, wrong: [...wrong] };
}

function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = (quick ? TRIALS.quick : TRIALS.full) * 10;
  const random = new Random(seed, 'twin');
  let [shown, own] = [0, 0];
  for (let index = 0; index < trials; index += 1) {
    const book = new KeyBook(fixed);
    const bulletins = 1 + random.below(8);
    for (let epoch = 0; epoch < bulletins; epoch += 1) {
      book.announce('home', `home/${epoch}`);
      if (book.enter('home', `home/${epoch}`) === 'passed') own += 1;
    }
    book.announce('blamer', 'home/0');
    if (book.enter('blamer', 'home/0') === 'proven') shown += 1;
  }
  return Promise.resolve({ trials, real: 0, tried: trials, opened: 0, shown, own });
}

export const blamingGuest: Drill = codeDrill({
  name: 'blaming-guest',
  replays: 'Sealcam itself, under attack 2026',
  story:
    'A removed guest put a key id he had once seen on bytes of his own, and the report said that the honest home’s pictures had gone astray.',
  mistake: 'KeyBook.enter',
  sealcam,
  twin,
});
