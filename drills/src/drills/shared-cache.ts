/**
 * T8. Steam (2015), Wyze's web view (September 2023), Klarna (2021): a cache that several people share kept the answers to one of them and
 * gave them to the next. Two people ask every route there is, one after the other, through such a cache.
 */
import { randomUUID } from 'node:crypto';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { HostileCache, type Asked, type Origin } from '../middles/hostile-cache.ts';
import { openDesk, requestTo } from './two-operators.ts';

const ROUNDS = { full: 50, quick: 3 };
/** Routes that would end the session that everything else is asked with. */
const LAST = /\/sign-out$/;

const addressOf = ({ method, path }: Asked): string => `${method} ${path}`;

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const random = new Random(seed, 'shared-cache');
  const desk = await openDesk(random);
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  const routes = desk.relay.routes.filter(({ path }) => !LAST.test(path));
  let [trials, tried, shown, own] = [0, 0, 0, 0];
  const wrong = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    progress(`Sealcam: ${round} of ${rounds} rounds, ${routes.length} routes`);
    const cache = new HostileCache(desk.origin, { keyOf: addressOf });
    for (const route of routes) {
      const [first, second] = random.chance(2) ? desk.people : [desk.people[1], desk.people[0]];
      for (const person of [first, second, undefined]) {
        const { status, body } = await cache.ask(requestTo(route, person, random));
        trials += 1;
        if (route.kind === 'public') continue;
        tried += 1;
        const to = /"to":"([^"]*)"/.exec(body)?.[1];
        const others = desk.people.filter((one) => one !== person);
        if (
          others.some(
            ({ operatorId, name }) =>
              to === operatorId || (status === 200 && person === undefined && body.includes(name)),
          )
        ) {
          shown += 1;
          wrong.add(`${route.path} gave ${person?.name ?? 'nobody'} what was for another`);
        }
        if (status === 200 && person !== undefined && to === person.operatorId) own += 1;
      }
    }
  }
  await desk.close();
  return { trials, real: trials, tried, opened: 0, shown, own, wrong: [...wrong] };
}

/** A web view of 2023: who is signed in by a cookie sees the newest picture of their own camera. */
async function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const random = new Random(seed, 'twin');
  const people = [randomUUID(), randomUUID()];
  const origin: Origin = ({ headers, path }) =>
    Promise.resolve({ status: 200, headers: {}, body: `${path}: the living room of ${headers['cookie'] ?? ''}` });

  /** THE MISTAKE: the address alone. Put right, who asks is part of what an answer is kept under. */
  const cacheKey = (asked: Asked): string =>
    fixed ? `${addressOf(asked)} ${asked.headers['cookie'] ?? ''}` : addressOf(asked);

  const trials = (quick ? ROUNDS.quick : ROUNDS.full) * 20;
  let [shown, own] = [0, 0];
  const cache = new HostileCache(origin, { keyOf: cacheKey });
  for (let trial = 0; trial < trials; trial += 1) {
    const path = `/view/${random.below(5)}/events`;
    for (const person of people) {
      const { body } = await cache.ask({ method: 'GET', path, headers: { cookie: person } });
      if (body.endsWith(person)) own += 1;
      else shown += 1;
    }
  }
  return { trials, real: 0, tried: 2 * trials, opened: 0, shown, own };
}

export const sharedCache: Drill = codeDrill({
  name: 'shared-cache',
  replays: 'T8 · Steam 2015, Wyze 2023, Klarna 2021',
  story: 'A cache in front of everybody kept the page that was made for one person and gave it to the next.',
  mistake: 'cacheKey',
  sealcam,
  twin,
});
