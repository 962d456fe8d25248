import { buildGenesis, generateDeviceKeys, signRoster, verifyGenesis, type Head } from '@sealcam/home';
import { homeId } from '@sealcam/protocol';
import { afterEach, expect, it, vi } from 'vitest';
import { Bus } from '../src/bus.ts';
import { CachedUnits } from '../src/cached-units.ts';
import { systemClock } from '../src/clock.ts';
import { Homes } from '../src/homes.ts';
import { AnnouncedKeys } from '../src/incidents/announced-keys.ts';
import { EventLog } from '../src/log.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { Lab } from './house.ts';

/** How many verified heads a relay keeps; a figure of its own here, so that the constant cannot move unseen. */
const MOST_HEADS = 4096;

const lab = new Lab();
afterEach(() => lab.end());

async function newGenesis(): Promise<Head> {
  const [admin, agent] = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
  return await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub)));
}

it('keeps 4096 heads and no more: the one that came first is then read and verified again', async () => {
  const store = await openSqliteStore(await lab.folder());
  lab.onEnd(() => store.close());
  const cached = new CachedUnits(0);
  const [ledger, log] = [{ append: () => Promise.resolve() }, new EventLog(undefined)];
  const keys = new AnnouncedKeys({ store: store.keys, ledger, clock: systemClock, log });
  const nothing = (): undefined => undefined;
  const homes = new Homes({
    ...{ store, bus: new Bus(), clock: systemClock, cached, keys },
    ...{ open: true, changed: nothing, contested: nothing },
  });
  const read = vi.spyOn(store, 'home');
  const first = await newGenesis();
  await homes.join(first, undefined);
  const stranger = async (n: number): Promise<void> =>
    await homes.join({ ...first, homeId: homeId(n.toString(16).padStart(32, '0')) }, undefined);

  for (let n = 1; n < MOST_HEADS; n += 1) await stranger(n);
  expect(await homes.head(first.homeId)).toBe(first);
  expect(read).not.toHaveBeenCalled();

  await stranger(MOST_HEADS);
  expect((await homes.head(first.homeId)).hash).toEqual(first.hash);
  expect(read).toHaveBeenCalledExactlyOnceWith(first.homeId);
});
