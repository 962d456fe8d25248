/**
 * Steam 2015, Wyze 2023, Klarna 2021, Railway 2024: a shared cache hands one user's answer to another. Here it may do its worst, on
 * every route there is; and routes that are wrong on purpose show that the probe would see them.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RELAY_LIMITS } from '@sealcam/relay';
import { systemClock } from '../../apps/relay/src/clock.ts';
import { openDoor } from '../../apps/relay/src/door/door.ts';
import { createHttp } from '../../apps/relay/src/http/server.ts';
import { ONCE, type Route } from '../../apps/relay/src/http/route.ts';
import { EventLog } from '../../apps/relay/src/log.ts';
import { createMetrics } from '../../apps/relay/src/metrics.ts';
import { OperatorClient, operatorOf, PASSWORD, send } from '../harness/operator.ts';
import { startHouse, startWorld, temporaryFolder, type House, type World } from '../harness/world.ts';
import { CACHES, startCache, type CacheKind } from './cache.ts';
import { addressOf, isFixed, probeCache, probeConfusion, probeHeaders, probePublic, type User } from './probe.ts';

const BEARER = 'a token for the scraper';
let world: World;
let house: House;
let pages: string;
let users: readonly User[];

beforeAll(async () => {
  world = await startWorld({
    operator: true,
    names: ['cams.example'],
    metricsToken: BEARER,
    reach: () => ({ from: 'network', addresses: ['https://cams.example'] }),
    limits: { requestsPerMinute: 1_000_000 },
    pages: (pages = await builtPages()),
  });
  house = await startHouse(world, 'The house of the probe');
  const lifter = await operatorOf(world.relay, 'Ada', 'lift');
  const looker = await operatorOf(world.relay, 'Grace', 'look');
  users = [signedIn('Ada', lifter), signedIn('Grace', looker), { name: 'nobody', headers: async (url) => onPage(url) }];
}, 120_000);
afterAll(async () => {
  await house.close();
  await world.close();
  await rm(pages, { recursive: true, force: true });
});

/** Pages small enough to be written here: what a page says is not what is probed. */
async function builtPages(): Promise<string> {
  const folder = await temporaryFolder('pages');
  for (const page of ['app', 'display', 'operator']) await writeFile(join(folder, `${page}.html`), `<h1>${page}</h1>`);
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'assets', 'app-12345678.js'), '0');
  return folder;
}

/** What the page sends, and a public name, since a proxy passes on the one it was asked by. */
function onPage(url: string, more: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const host = `cams.example:${new URL(url).port}`;
  return { host, origin: `http://${host}`, 'content-type': 'application/json', 'x-sealcam': 'operator', ...more };
}

function signedIn(name: string, client: OperatorClient): User {
  return {
    name,
    headers: async (url) => {
      const isIn = (await client.ask('me')).status === 200;
      if (!isIn) await client.ask('sign-in-password', { name, password: PASSWORD });
      return onPage(url, { cookie: client.cookie, authorization: name === 'Ada' ? `Bearer ${BEARER}` : undefined });
    },
  };
}

describe('through a hostile cache', () => {
  test('the table holds routes of every role, and each of a person has an address that is used once', () => {
    const { routes } = world.relay;
    expect(new Set(routes.map(({ role }) => role))).toEqual(
      new Set(['anyone', 'machine', 'stranger', 'look', 'suspend', 'lift']),
    );
    const fixed = routes.filter((route) => route.kind === 'private' && isFixed(route));
    expect(fixed.map(({ path, role }) => [path, role])).toEqual([['/metrics', 'machine']]);
    expect(routes.filter(({ kind, method }) => kind === 'private' && method === 'GET')).toHaveLength(1);
  });

  test('that honors no-store, nobody gets another’s answer on any route', async () => {
    expect(await probeCache(world.relay.url, 'obedient', world.relay.routes, users)).toEqual([]);
  });

  test.each(['deaf', 'boundless'] as const)('that is %s, nobody does on any route of a person', async (kind) => {
    const routes = world.relay.routes.filter((route) => !isFixed(route));
    expect(await probeCache(world.relay.url, kind, routes, users)).toEqual([]);
  });

  test('what is left to a deaf one is the counts of the scraper, which name nobody', async () => {
    const cache = await startCache(world.relay.url, 'deaf');
    try {
      const [ada, , nobody] = users as [User, User, User];
      expect((await send(cache.url, '/metrics', { headers: await nobody.headers(cache.url) })).status).toBe(404);
      const scraped = await send(cache.url, '/metrics', { headers: await ada.headers(cache.url) });
      expect(scraped.status).toBe(200);
      expect(scraped.text).toContain('sealcam_connections');
      expect(scraped.text).not.toContain(house.admin.homeId);
      expect(scraped.text).not.toContain(house.admin.keys.deviceId);
    } finally {
      await cache.close();
    }
  });

  test('an operator gets her own answers all the same', async () => {
    for (const kind of CACHES) {
      const cache = await startCache(world.relay.url, kind);
      const there = new OperatorClient(cache.url);
      expect((await there.ask('sign-in-password', { name: 'Ada', password: PASSWORD })).status).toBe(200);
      expect((await there.ask('me')).data).toMatchObject({ name: 'Ada' });
      expect((await there.ask('homes')).data).toMatchObject({ homes: [{ homeId: house.admin.homeId }] });
      await cache.close();
    }
  });
});

test('every private answer says so, whatever comes of the question', async () => {
  expect(await probeHeaders(world.relay.url, world.relay.routes, users)).toEqual([]);
});

test('what is public says the same to everybody', async () => {
  expect(await probePublic(world.relay.url, world.relay.routes, users)).toEqual([]);
});

test('a private route answers under its own address and method only, and a cache keeps none of the others', async () => {
  const [ada] = users as [User];
  expect(await probeConfusion(world.relay.url, world.relay.routes, ada)).toEqual([]);
}, 180_000);

/** The relay's own server with routes that are not its own. */
function serving(routes: readonly Route[]): ReturnType<typeof createHttp> {
  const log = new EventLog(undefined);
  const parts = { clock: systemClock, metrics: createMetrics(), log };
  const door = openDoor({ host: '127.0.0.1', names: ['cams.example'] }, RELAY_LIMITS, parts);
  return createHttp({ door, tls: undefined, requestsPerMinute: 1_000_000, log, routes });
}

describe('the probe sees', () => {
  const mine: Route['handle'] = (request) => ({ yours: request.headers.cookie ?? 'nothing' });
  const wrong = (route: Partial<Route>): Route => ({
    ...{ method: 'GET', path: '/mine', kind: 'private', role: 'look', bodyBytes: 1024, handle: mine },
    ...route,
  });
  async function probed(
    route: Route,
    probe: (url: string, routes: readonly Route[]) => Promise<string[]>,
  ): Promise<string[]> {
    const http = await serving([route]);
    const url = await http.listen({ host: '127.0.0.1', port: 0 });
    try {
      return await probe(url, [route]);
    } finally {
      await http.close();
    }
  }
  const through = (kind: CacheKind) => (url: string, routes: readonly Route[]) => probeCache(url, kind, routes, users);

  test('a private route that lets caches keep it', async () => {
    const lax = wrong({ handle: (_request, reply) => void reply.header('cache-control', 'max-age=60').send({}) });
    expect(await probed(lax, through('obedient'))).not.toEqual([]);
    expect(await probed(lax, (url, routes) => probeHeaders(url, routes, users))).not.toEqual([]);
  });

  test('a private GET that only says no-store', async () => {
    expect(await probed(wrong({}), through('obedient'))).toEqual([]);
    expect(await probed(wrong({}), through('deaf'))).not.toEqual([]);
  });

  test('a private POST whose address is always the same', async () => {
    const fixed = wrong({ method: 'POST' });
    expect(await probed(fixed, through('deaf'))).toEqual([]);
    expect(await probed(fixed, through('boundless'))).not.toEqual([]);
    expect(await probed(wrong({ method: 'POST', path: `/mine/${ONCE}` }), through('boundless'))).toEqual([]);
  });

  test('a public route that says to each what is theirs', async () => {
    const leaky = wrong({ kind: 'public', role: 'anyone' });
    expect(await probed(leaky, (url, routes) => probePublic(url, routes, users))).not.toEqual([]);
  });

  test('a private route that takes whatever follows its address', async () => {
    const [ada] = users as [User];
    const greedy = wrong({ path: '/mine*' });
    const asked = { ...greedy, path: '/mine' };
    expect(await probed(greedy, (url) => probeConfusion(url, [asked], ada))).not.toEqual([]);
  });

  test('and no route gets past the table', async () => {
    const http = await serving([]);
    expect(() => http.get('/beside', () => ({}))).toThrow();
    await http.close();
  });
});

test('the address that is used once is new each time, and long enough', () => {
  const route = { path: `/a/${ONCE}/b` };
  const made = Array.from({ length: 1_000 }, () => addressOf(route));
  expect(new Set(made).size).toBe(1_000);
  expect(made.every((path) => /^\/a\/[\w-]{22}\/b$/u.test(path))).toBe(true);
});
