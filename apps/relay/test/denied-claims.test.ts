/** A guest's display claims frames of a home that never sealed them. Whatever else it claims after the home's agent said no, nobody is blamed. */
import { afterEach, expect, it } from 'vitest';
import { signReceipt } from '@sealcam/home';
import { millis, toBase64Url } from '@sealcam/protocol';
import type { Relay } from '../src/index.ts';
import { Lab } from './house.ts';
import { answered, living, report, send, worked, type Living } from './living.ts';

const lab = new Lab();
afterEach(() => lab.end());

/** What the agent said stands beside the newest incident. */
async function toldOf(relay: Relay): Promise<void> {
  await expect.poll(async () => (await relay.incidents.list({ limit: 1 }))[0]?.sealed).toBeDefined();
}

async function blamed(relay: Relay, { house, kid }: Living): Promise<boolean> {
  relay.incidents.tick();
  await relay.incidents.settled();
  const frames = [{ kid, fromCtr: 0, toCtr: 2 ** 40 }];
  const { homes } = await relay.exposure({ fromMs: 0, toMs: Date.now() + 60_000, of: { frames } });
  return homes.owners.includes(house.id);
}

async function claims(liar: Living, { kid }: Living, ...ctrs: readonly number[]): Promise<void> {
  for (const ctr of ctrs) liar.display.send(await report(liar, kid, ctr));
  await worked(liar.display);
}

/** What no report names: a receipt of many counters. */
async function claimsMany({ house, camera, keys, display }: Living, { kid }: Living): Promise<void> {
  const base = { homeId: house.id, deviceId: keys.deviceId, seq: Date.now(), timeMs: millis(Date.now()), ranges: [] };
  const many = { cameraId: camera, streamId: 0 as const, kid, reason: 'foreign' as const, fromCtr: 1, toCtr: 900 };
  const receipt = await signReceipt(keys, { ...base, refused: [{ ...many, count: 900 }] });
  display.send({ t: 'receipt', receipt: toBase64Url(receipt) });
  await worked(display);
}

it('one counter denied takes the blame out of all that the same home claims under that key id', async () => {
  const relay = await lab.relay();
  const [honest, liar] = [await living(lab, relay), await living(lab, relay)];
  await claims(liar, honest, 10 ** 6);
  await answered(honest.house, honest.agent, 'no');
  await toldOf(relay);
  expect(await blamed(relay, honest)).toBe(false);
  // One incident still, so its agent is not asked about these.
  await claims(liar, honest, 7, 10 ** 6 + 1);
  await claimsMany(liar, honest);
  expect(await relay.incidents.list({ limit: 10 })).toMatchObject([{ grade: 'claimed', count: 903, sealed: 'no' }]);
  expect(honest.agent.texts.filter(({ t }) => t === 'sealed.ask')).toEqual([]);
  expect(await blamed(relay, honest)).toBe(false);
  await send(honest.house, honest.agent, honest.camera, honest.kid, 1, [honest.admin, honest.display]);
});

it('a claim that the agent has not confirmed blames nobody', async () => {
  const relay = await lab.relay();
  const [honest, liar] = [await living(lab, relay), await living(lab, relay)];
  await claims(liar, honest, 0);
  expect(await blamed(relay, honest)).toBe(false);
  await answered(honest.house, honest.agent, 'unknown');
  await toldOf(relay);
  expect(await blamed(relay, honest)).toBe(false);
});

it('what another home claims, and the agent says that it sealed, still counts', async () => {
  const relay = await lab.relay();
  const [honest, liar, other] = [await living(lab, relay), await living(lab, relay), await living(lab, relay)];
  await claims(liar, honest, 10 ** 6);
  await answered(honest.house, honest.agent, 'no');
  await toldOf(relay);
  await claims(other, honest, 0);
  await answered(honest.house, honest.agent, 'yes');
  await toldOf(relay);
  expect(await blamed(relay, honest)).toBe(true);
});
