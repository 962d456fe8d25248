/** A page at a relay of another version: one sentence, no endless dialing, and it comes back by itself when the relay is updated. */
import { ERRORS, PROTOCOL_VERSION } from '@sealcam/protocol';
import { expect, test } from 'vitest';
import { HomeRig } from '../../test/home-rig.ts';
import { until } from '../../test/until.ts';
import { HomeClient } from './home-client.ts';

/** The page of this rig, and what it says once it has met the relay. */
async function met(rig: HomeRig): Promise<{ client: HomeClient; code: string | undefined }> {
  const client = await HomeClient.open({ url: 'wss://relay.test/ws/viewer', ports: rig.ports });
  await until('offline', () => client.connection.get().state === 'offline');
  const now = client.connection.get();
  return { client, code: now.state === 'offline' ? now.code : undefined };
}

/** Second after second, with room for what each dial brings. */
async function pass(rig: HomeRig, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    rig.clock.pass(1_000);
    await Promise.resolve();
    await Promise.resolve();
  }
}

test.each([
  ['an older relay', [PROTOCOL_VERSION - 1], 'protocol.relay-old'],
  ['a newer relay', [PROTOCOL_VERSION + 1], 'protocol.page-old'],
] as const)(
  '%s: the page signs nothing, says what is to be done, and dials once a minute at most',
  async (_, speaks, code) => {
    const rig = await HomeRig.create();
    rig.speaks = [...speaks];
    const page = await met(rig);
    expect(page.code).toBe(code);
    expect(ERRORS[code].words).toMatch(/Reload this page\.|Update the relay\./);
    expect(rig.asked).toEqual([]);
    const before = rig.dials;
    await pass(rig, 600);
    expect(rig.dials - before).toBeGreaterThanOrEqual(9);
    expect(rig.dials - before).toBeLessThanOrEqual(21);
    page.client.close();
  },
);

test('a relay that is updated: the page is connected again without a hand', async () => {
  const rig = await HomeRig.create();
  rig.speaks = [PROTOCOL_VERSION - 1];
  const { client } = await met(rig);
  rig.speaks = [PROTOCOL_VERSION];
  const before = rig.dials;
  for (let second = 0; second < 61 && rig.dials === before; second += 1) await pass(rig, 1);
  await until('online', () => client.connection.get().state === 'online');
  client.close();
});

test('an agent that the relay did not let in for its version: the page is told, and that it is well again', async () => {
  const rig = await HomeRig.create();
  const client = await rig.open();
  rig.send({ t: 'agent', online: false, sinceMs: 5, code: 'protocol.agent-old' });
  await until('told', () => client.agent.get()?.code === 'protocol.agent-old');
  rig.send({ t: 'agent', online: true, sinceMs: 6 });
  await until('well', () => client.agent.get()?.online === true);
  expect(client.agent.get()?.code).toBeUndefined();
  rig.send({ t: 'agent', online: false, sinceMs: 7, code: 'something of tomorrow' });
  await until('offline', () => client.agent.get()?.online === false);
  expect(client.agent.get()?.code).toBeUndefined();
  client.close();
});
