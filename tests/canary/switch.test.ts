/** The canaries' switch: what runs while it is on, that it stays as it was set, and that nothing is left when it is off. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SEALED_ROUTE } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { folderFor, kept, onEnd } from '../harness/cleanup.ts';
import { operatorOf } from '../harness/operator.ts';
import { FIXTURE_PARTNER, Partner } from '../harness/partner.ts';
import { times } from '../harness/size.ts';
import { sealcam, type Child } from '../harness/child.ts';
import { startHouse, startWorld } from '../harness/world.ts';
import { checked, keeperOn, startFlock } from './flock.ts';

const PICTURES = times(40, 5_000);

it(
  `two homes on every route that a household has, ${PICTURES} pictures right, in nobody's count and nobody's report, on a relay that takes only the invited`,
  async () => {
    const { world, keeper } = await startFlock({ operator: true });
    const { relay } = world;
    expect(relay.canaries.status()).toMatchObject({ homes: 2, viewers: 2, routes: [SEALED_ROUTE] });
    const invitation = await relay.invite();
    const house = kept(await startHouse(world, 'Home', { invitation }));
    const partner = kept(new Partner(world.relayUrl));
    await partner.link(house, 1);
    while (relay.canaries.status().viewers < 4) await new Promise((wake) => setTimeout(wake, 50));
    await checked(relay, PICTURES);
    expect(relay.canaries.status()).toMatchObject({
      ...{ homes: 2, viewers: 4, routes: [FIXTURE_PARTNER, SEALED_ROUTE] },
      ...{ framesForeign: 0, framesRefused: 0, silent: 0, suspended: 0 },
    });
    expect(await relay.incidents.list({ limit: 10 })).toEqual([]);
    const ada = await operatorOf(relay, 'Ada', 'lift');
    const { homes } = (await ada.ask('homes')).data as { homes: { homeId: string }[] };
    expect(homes.map(({ homeId }) => homeId)).toEqual([house.admin.homeId]);
    expect((await ada.ask('health')).data).toMatchObject({
      ...{ homes: 1, cameras: 1, agentsOnline: 1, viewers: 2 },
      canaries: { on: true, counts: { homes: 2, viewers: 4 } },
    });
    const now = Date.now();
    const report = await relay.exposure({ fromMs: 0, toMs: now, of: { route: FIXTURE_PARTNER } });
    expect(report.homes.withBoth).toEqual([house.admin.homeId]);
    // The household's last display of the partner goes: so does the route.
    partner.close();
    await relay.eraseHome(house.admin.homeId);
    while (relay.canaries.status().viewers > 2) await new Promise((wake) => setTimeout(wake, 50));
    expect(relay.canaries.status().routes).toEqual([SEALED_ROUTE]);
    await keeper.close();
    expect((await relay.verifyLedger()).whole).toBe(true);
  },
  120_000 + PICTURES * 500,
);

it('turned ten times, fast and slowly: what it says last is done, and off leaves no home, no folder and no socket', async () => {
  const { world, keeper } = await startFlock();
  const { relay } = world;
  const folder = join(world.folder, 'canary');
  expect(existsSync(folder)).toBe(true);
  for (let n = 0; n < 10; n += 1) {
    await relay.canaries.set(n % 2 === 1);
    if (n % 3 === 0) await keeper.settled();
  }
  await keeper.settled();
  await checked(relay, 4);
  expect(relay.canaries.status()).toMatchObject({ homes: 2, viewers: 2, framesForeign: 0, framesRefused: 0 });
  await relay.canaries.set(false);
  await keeper.settled();
  expect(relay.canaries.status()).toMatchObject({ homes: 0, viewers: 0 });
  expect(existsSync(folder)).toBe(false);
  const metrics = await (await fetch(`${relay.url}/metrics`)).text();
  expect(metrics).not.toMatch(/sealcam_connections\{kind="(agent|viewer)"\} [1-9]/);
  expect(metrics).toMatch(/^sealcam_subscriptions 0$/m);
  expect(await relay.incidents.list({ limit: 10 })).toEqual([]);
}, 120_000);

it('a code from outside makes no canary, and a canary’s code makes one only once', async () => {
  const world = kept(await startWorld({ open: false }));
  const { canaries } = world.relay;
  const code = canaries.invite();
  const first = kept(await startHouse(world, 'First', { invitation: code }));
  expect(canaries.has(first.admin.homeId)).toBe(true);
  expect(canaries.invites(code)).toBe(false);
  const second = kept(await startHouse(world, 'Second', { invitation: await world.relay.invite() }));
  expect(canaries.has(second.admin.homeId)).toBe(false);
  expect(await canaries.routes()).toEqual([SEALED_ROUTE]);
  await canaries.sweep();
  expect(canaries.invites(undefined)).toBe(false);
});

it('canaries whose camera stands still say within seconds that they see nothing', async () => {
  const still = (): (() => () => void) => () => () => undefined;
  const { world } = await startFlock({}, { camera: still });
  while (world.relay.canaries.status().silent < 2) await new Promise((wake) => setTimeout(wake, 100));
  expect(world.relay.canaries.status()).toMatchObject({
    homes: 2,
    viewers: 2,
    silent: 2,
    suspended: 0,
    framesRight: 0,
  });
});

it('a process that may not run them erases what another left', async () => {
  const { world, keeper } = await startFlock();
  await checked(world.relay, 2);
  const idle = keeperOn(world, { mayRun: false, folder: join(world.folder, 'other') });
  await idle.settled();
  await keeper.close();
  expect(world.relay.canaries.status()).toMatchObject({ homes: 0 });
});

it('by the command: on, kept over a kill, nothing of the old ones left, off, and gone with the process', async () => {
  const data = await folderFor('canaries');
  const relay = await running(data);
  expect((await sealcam(data, 'canaries', 'on').ended).code).toBe(0);
  await seen(data, /2 homes, 2 screens, by sealed/);
  await relay.end('SIGKILL');
  expect(existsSync(join(data, 'canary', '1'))).toBe(true);
  const again = await running(data);
  await seen(data, /Pictures checked: [1-9]/);
  const status = await sealcam(data, 'canaries', 'status').ended;
  expect(status).toMatchObject({ code: 0 });
  expect(status.out).toMatch(/0 foreign, 0 refused/);
  expect((await sealcam(data, 'canaries', 'off').ended).out).toMatch(/Canaries are off/);
  expect((await sealcam(data, 'canaries', 'on').ended).code).toBe(0);
  await seen(data, /Pictures checked: [1-9]/);
  expect((await again.end('SIGTERM')).code).toBe(0);
  expect(existsSync(join(data, 'canary'))).toBe(false);
  expect((await sealcam(data, 'canaries', 'oof').ended).err).toMatch(/off/);
}, 180_000);

async function running(data: string): Promise<Child> {
  const child = sealcam(data, 'relay', '--port', '0', '--log', 'error');
  onEnd(() => child.end());
  await child.seen(/Ctrl-C ends it/);
  return child;
}

async function seen(data: string, pattern: RegExp): Promise<void> {
  for (;;) {
    const { out } = await sealcam(data, 'canaries').ended;
    if (pattern.test(out)) return;
  }
}
