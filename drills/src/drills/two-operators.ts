/** A relay with its operator page on, two people signed in to it, and requests as that page makes them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRelay, type Relay, type RouteInfo } from '@sealcam/relay';
import { isOnce, ONCE } from '../../../apps/relay/src/http/route.ts';
import type { Random } from '../../../tests/harness/random.ts';
import { overHttp, type Asked, type Origin } from '../middles/hostile-cache.ts';

export interface Person {
  readonly name: string;
  readonly cookie: string;
  /** As the relay names this person in every answer. */
  readonly operatorId: string;
}

export interface Desk {
  readonly relay: Relay;
  readonly origin: Origin;
  readonly people: readonly [Person, Person];
  close(): Promise<void>;
}

/** Every request of the page has an address of its own. */
const onceOf = (random: Random): string => Buffer.from(random.bytes(16)).toString('base64url');

/** A request to a row of the route table, as the operator page makes it. */
export function requestTo(route: RouteInfo, person: Person | undefined, random: Random, body = '{}'): Asked {
  const headers = {
    ...(person !== undefined && { cookie: person.cookie }),
    ...(route.method === 'POST' && { 'content-type': 'application/json', 'x-sealcam': 'operator' }),
  };
  const path = isOnce(route) ? route.path.replace(ONCE, onceOf(random)) : route.path;
  return { method: route.method, path, headers, ...(route.method === 'POST' && { body }) };
}

export async function openDesk(random: Random): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'sealcam-drill-'));
  const relay = await startRelay({
    ...{ host: '127.0.0.1', port: 0, dataDir: folder, open: true, operator: true },
    limits: { requestsPerMinute: 1_000_000 },
  });
  const origin = overHttp(relay.url);
  const door = relay.routes.find(({ path }) => path.endsWith('/join-password'));
  const me = relay.routes.find(({ path }) => path.endsWith('/me'));
  if (door === undefined || me === undefined) throw new TypeError('an operator page without a door');
  const comeIn = async (name: string): Promise<Person> => {
    const code = await relay.operators.invite({ name, role: 'lift', by: 'terminal' });
    const password = `the password of ${name}`;
    const came = await origin(requestTo(door, undefined, random, JSON.stringify({ code, password })));
    const cookie = (came.headers['set-cookie'] ?? '').split(';')[0] ?? '';
    const asked = await origin(requestTo(me, { name, cookie, operatorId: '' }, random));
    const { to } = JSON.parse(asked.body) as { readonly to: string };
    return { name, cookie, operatorId: to };
  };
  return {
    ...{ relay, origin },
    people: [await comeIn('Alice'), await comeIn('Bob')],
    close: async () => {
      await relay.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
