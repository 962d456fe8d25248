/**
 * T9. Web cache deception (2017; "Cached and Confused", 2020): a private page is asked for under an address that ends as a picture or a
 * style sheet does. The origin heeds the front of the address, the cache its end: the page is kept, for all.
 */
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { HostileCache, type Asked, type Origin } from '../middles/hostile-cache.ts';
import { openDesk, requestTo } from './two-operators.ts';

const SUFFIXES = [
  '/x.css',
  '%2Fx.css',
  ';x.css',
  '%3Fx.css',
  '%0Ax.css',
  '%23x.css',
  '/..%2Fx.css',
  '%00.css',
] as const;
/** The sockets are private as well: nothing but an upgrade is ever answered there. */
const SOCKETS = ['/ws/viewer', '/ws/agent', '/ws/pair'] as const;
const STATIC = /\.(css|js|png|jpg)$/;

const addressOf = ({ path }: Asked): string => path;
const isStatic = ({ path }: Asked): boolean => STATIC.test(path);

async function sealcam({ seed, progress }: DrillContext): Promise<CodeOutcome> {
  const random = new Random(seed, 'cache-deception');
  const desk = await openDesk(random);
  const [victim] = desk.people;
  const cache = new HostileCache(desk.origin, { keyOf: addressOf, keeps: isStatic });
  const wrong: string[] = [];
  let [tried, shown, own] = [0, 0, 0];
  const sockets = SOCKETS.map(
    (path) => ({ method: 'GET', path, kind: 'private', role: 'look', bodyBytes: 0 }) as const,
  );
  const routes = [...desk.relay.routes.filter(({ kind }) => kind === 'private'), ...sockets];
  progress(`Sealcam: ${routes.length} private routes, ${SUFFIXES.length} suffixes`);
  for (const route of routes) {
    const plain = requestTo(route, victim, random);
    if ((await desk.origin(plain)).status === 200) own += 1;
    for (const suffix of SUFFIXES) {
      for (const method of ['GET', 'POST'] as const) {
        const asked = { ...plain, method, path: plain.path + suffix };
        if (method === 'GET') delete (asked as { body?: string }).body;
        tried += 1;
        const mine = await cache.ask(asked);
        const theirs = await cache.ask({ method: 'GET', path: asked.path, headers: {} });
        for (const { status, body } of [mine, theirs]) {
          if (status === 200 || body.includes(victim.operatorId)) shown += 1;
          if (status === 200) wrong.push(`${method} ${asked.path} is answered`);
        }
      }
    }
  }
  if (cache.size > 0) wrong.push(`${cache.size} answers were kept`);
  await desk.close();
  return { trials: tried, real: tried, tried, opened: 0, shown, own, wrong };
}

/** A shop of 2017: routes are found by the front of the address. */
async function twin(_context: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const PRIVATE = '/account';

  /** THE MISTAKE: an address that begins like a page is that page. Put right, it must be that address. */
  const routeOf = (path: string): boolean => (fixed ? path === PRIVATE : path.startsWith(PRIVATE));

  const origin: Origin = ({ path, headers }) =>
    Promise.resolve(
      routeOf(path) && headers['cookie'] !== undefined
        ? { status: 200, headers: {}, body: `the camera of ${headers['cookie']}` }
        : { status: 404, headers: {}, body: '' },
    );
  let [shown, own] = [0, 0];
  for (const suffix of SUFFIXES) {
    const cache = new HostileCache(origin, { keyOf: addressOf, keeps: isStatic });
    const headers = { cookie: 'victim' };
    if ((await cache.ask({ method: 'GET', path: PRIVATE, headers })).status === 200) own += 1;
    await cache.ask({ method: 'GET', path: PRIVATE + suffix, headers });
    const theirs = await cache.ask({ method: 'GET', path: PRIVATE + suffix, headers: {} });
    if (theirs.body.includes('victim')) shown += 1;
  }
  return { trials: SUFFIXES.length, real: 0, tried: SUFFIXES.length, opened: 0, shown, own };
}

export const cacheDeception: Drill = codeDrill({
  name: 'cache-deception',
  replays: 'T9 · web cache deception 2017',
  story: 'A private page was asked for as if it were a style sheet, and a cache kept it for everybody.',
  mistake: 'routeOf',
  sealcam,
  twin,
});
