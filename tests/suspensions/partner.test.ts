/**
 * With real agents, real displays and pictures that are opened: a suspension of the fixture partner, or of anything wide, takes its
 * displays in all homes off the picture, says since when, and the owners' own displays go on.
 */
import type { Suspension, SuspensionTarget } from '@sealcam/relay';
import { describe, expect, test } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { pairDisplay } from '../harness/household.ts';
import { FIXTURE_PARTNER, Partner, type PartnerDisplay } from '../harness/partner.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House } from '../harness/world.ts';

const TABLET = 'lenovo tab m10';
const HUB = 'fixture hub';
const DEMO = 'sealcam demo';
const WHO = { cause: 'operator', by: 'Ada', reason: 'a drill' } as const;

interface Linked {
  readonly house: House;
  readonly hub: PartnerDisplay;
  readonly hubEye: Eye;
  /** The admin's own device, and a tablet of the home. */
  readonly ownEye: Eye;
  readonly tabletEye: Eye;
}

async function start() {
  const world = kept(await startWorld());
  const partner = kept(new Partner(world.relayUrl));
  const homes: Linked[] = [];
  for (const name of ['Linden Street', 'Oak Street']) {
    const house = kept(await startHouse(world, name));
    const camera = await firstCamera(house.client);
    const [hub] = await partner.link(house, 1, { model: HUB });
    if (hub === undefined) throw new Error('no hub');
    const tablet = await pairDisplay(world.relayUrl, house.admin, house.client, 'all', { model: TABLET });
    const tabletClient = kept(await tablet.open());
    const eyes = {
      hubEye: hub.watch(camera),
      ownEye: new Eye(house.client, camera),
      tabletEye: new Eye(tabletClient, camera),
    };
    for (const eye of Object.values(eyes)) await eye.live();
    homes.push({ house, hub, ...eyes });
  }
  return { world, partner, homes };
}

async function suspended(eye: Eye, { target, atMs }: Suspension): Promise<void> {
  const named = target.width === 'partner' && { partner: target.partner };
  // A display that was just linked hears of the suspension before its home has told it whose it is.
  const isTold = ({ partner }: { readonly partner?: string }): boolean => named === false || partner !== undefined;
  const state = await until(eye.watch.picture, (now) => now.state === 'suspended' && isTold(now));
  expect(state).toEqual({ state: 'suspended', width: target.width, sinceMs: atMs, ...named });
}

describe('the partner', () => {
  test('is declared at pairing, known to the home, its owner and the relay', async () => {
    const { homes } = await start();
    const [{ house, hub }] = homes as [Linked, Linked];
    const { names } = await until(house.client.home, (home) => (home.names?.members.length ?? 0) > 2);
    const named = names?.members.find(({ deviceId }) => deviceId === hub.device.keys.deviceId);
    expect(named).toMatchObject({ kind: 'display', model: HUB, route: FIXTURE_PARTNER });
    expect(names?.cameras.map(({ model }) => model)).toEqual([DEMO]);
    // What a member declared stays, whatever an admin asks for.
    const { deviceId } = hub.device.keys;
    const declared = { model: HUB, route: 'sealed' };
    const reply = await house.client.command({
      do: 'member.rename',
      deviceId,
      name: 'Mine',
      kind: 'display',
      declared,
    });
    expect(reply).toMatchObject({ is: 'failed', code: 'command.invalid' });
    expect(await house.client.command({ do: 'member.rename', deviceId, name: 'Mine', kind: 'display' })).toEqual({
      is: 'ok',
    });
    const renamed = await until(
      house.client.home,
      (home) => home.names?.members.some(({ name }) => name === 'Mine') ?? false,
    );
    expect(renamed.names?.members.find(({ name }) => name === 'Mine')).toMatchObject({
      model: HUB,
      route: FIXTURE_PARTNER,
    });
  });

  test('is cut in all homes, comes back when it is lifted; own displays never notice', async () => {
    const { world, homes } = await start();
    const target: SuspensionTarget = { width: 'partner', partner: FIXTURE_PARTNER };
    const suspension = await world.relay.suspensions.suspend({ target, ...WHO });
    for (const { hubEye } of homes) await suspended(hubEye, suspension);
    // A display that is linked now is refused before its first picture.
    const camera = await firstCamera((homes[0] as Linked).house.client);
    const late = kept(new Partner(world.relayUrl));
    const [display] = await late.link((homes[0] as Linked).house, 1);
    const eye = display?.watch(camera) as Eye;
    await suspended(eye, suspension);
    expect(eye.units).toEqual([]);
    for (const { ownEye, tabletEye } of homes) {
      await ownEye.more(3);
      await tabletEye.more(3);
      for (const { states } of [ownEye, tabletEye]) expect(states.map(({ state }) => state)).not.toContain('suspended');
    }
    await world.relay.suspensions.lift(suspension.id, { by: 'Grace', reason: 'mended' });
    for (const { hubEye } of homes) await hubEye.live();
    await eye.live();
  });

  test('everything, a pair, a display, a link: whom each means, and the owner’s own device goes on', async () => {
    const { world, homes } = await start();
    const [first, second] = homes as [Linked, Linked];
    const { homeId } = first.house.admin;
    const { deviceId } = first.hub.device.keys;
    const cameraId = await firstCamera(first.house.client);
    const cases: [SuspensionTarget, (keyof Linked)[], (keyof Linked)[]][] = [
      [{ width: 'everything' }, ['hubEye', 'tabletEye'], ['hubEye', 'tabletEye']],
      [{ width: 'pair', cameraModel: DEMO, displayModel: TABLET }, ['tabletEye'], ['tabletEye']],
      [{ width: 'display', homeId, deviceId }, ['hubEye'], []],
      [{ width: 'link', homeId, deviceId, cameraId }, ['hubEye'], []],
      [{ width: 'link', homeId, deviceId: first.house.admin.keys.deviceId, cameraId }, ['ownEye'], []],
    ];
    const EYES = ['hubEye', 'tabletEye', 'ownEye'] as const;
    for (const [target, inFirst, inSecond] of cases) {
      const suspension = await world.relay.suspensions.suspend({ target, ...WHO });
      for (const name of EYES) {
        for (const [home, stopped] of [
          [first, inFirst],
          [second, inSecond],
        ] as const) {
          if (stopped.includes(name)) await suspended(home[name], suspension);
          else await home[name].more(2);
        }
      }
      await world.relay.suspensions.lift(suspension.id, { by: 'Grace', reason: 'next' });
      for (const home of homes) for (const name of EYES) await home[name].live();
    }
  });
});
