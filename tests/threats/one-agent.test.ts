/** SEALING.md, threats: nonce reuse. Two agents on one data folder: the second refuses, in this process and from another. */
import { join } from 'node:path';
import { startAgent } from '@sealcam/agent';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { Child } from '../harness/child.ts';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { startHouse, startWorld } from '../harness/world.ts';

it('a second agent on the folder is refused, and the first goes on', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const eye = new Eye(house.client, await firstCamera(house.client));
  await eye.live();
  const dataDir = join(house.folder, 'agent');
  const options = {
    dataDir,
    relayUrl: world.relayUrl,
    demo: true,
    pagesUrl: world.relay.url,
    logger: pino({ level: 'silent' }),
  };
  for (let n = 0; n < 5; n += 1) await expect(startAgent(options)).rejects.toMatchObject({ code: 'store.in-use' });
  const part = new URL('../durability/part-process.ts', import.meta.url);
  const second = await new Child(part, ['agent', dataDir, world.relayUrl]).go().ended;
  expect(second).toMatchObject({ out: '', err: expect.stringContaining('store.in-use') as string });
  expect(second.code).not.toBe(0);
  await eye.more(10);
  await eye.live();
  expect(house.client.alarms.get()).toEqual([]);
});
