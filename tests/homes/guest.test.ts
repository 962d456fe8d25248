/** A guest whose time ends while it watches: the picture stops by itself, and the words say why. Nobody does anything. */
import { millis } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { pictureWords } from '../../apps/web/src/words/picture-words.ts';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { change, pairDisplay } from '../harness/household.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

it('a guest’s running picture ends when its time does, and is said to be over; the others go on', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const camera = await firstCamera(house.client);
  const guest = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const client = kept(await guest.open());
  const [host, eye] = [new Eye(house.client, camera), new Eye(client, camera)];
  await Promise.all([host.live(), eye.live()]);
  const notAfterMs = millis(Date.now() + 3_000);
  await change(house.admin, house.client, [{ do: 'setNotAfter', deviceId: guest.keys.deviceId, notAfterMs }]);
  await eye.more(5);
  expect(eye.watch.picture.get().state).toBe('live');

  const picture = await until(eye.watch.picture, ({ state }) => state === 'not-sealed');
  expect(Date.now()).toBeGreaterThanOrEqual(notAfterMs);
  expect(eye.resets).toContain('not-sealed');
  const words = pictureWords({ name: 'Porch', state: picture, stillAgeMs: undefined, nowMs: Date.now() });
  expect(words.blank).toEqual({ says: 'This display may not see Porch.', then: 'Ask an admin.' });
  // What the page says around it: not "removed", and not "trying again".
  const line = await until(client.connection, ({ state }) => state === 'offline');
  expect(line).toMatchObject({ final: true, code: 'device.expired' });

  const seen = eye.units.length;
  await host.more(30);
  expect(eye.units).toHaveLength(seen);
  expect(eye.watch.picture.get().state).toBe('not-sealed');
  expect(house.client.alarms.get()).toEqual([]);
});
