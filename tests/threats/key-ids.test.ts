/**
 * SEALING.md, threats: key ids against honest homes. A guest opens the bulletin and derives the home's key ids; whatever his own home, or
 * ten lying ones, then announce, send and report, the honest home loses no picture, nobody is proven anything, and no display goes dark
 * but the liar's own.
 */
import { acceptBulletin, signAuth, verifyChain, type AnnouncedKey } from '@sealcam/home';
import { fromBase64Url, PROTOCOL_VERSION, STREAM, toBase64Url, type CameraId, type KeyId } from '@sealcam/protocol';
import type { Incident, Relay } from '@sealcam/relay';
import { deriveKeyId, importEpochSecret } from '@sealcam/seal';
import { afterEach, expect, it } from 'vitest';
import { Lab, nextId, Peer, sealedUnit } from '../../apps/relay/test/house.ts';
import { living, report, send, targets, worked, type Living } from '../../apps/relay/test/living.ts';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { change, pairDisplay, type Device } from '../harness/household.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';

const lab = new Lab();
afterEach(() => lab.end());

const ROTATIONS = 10;

/** A guest whose display has the home's keys. */
async function guestOf(world: World, house: House): Promise<Device> {
  const guest = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const client = kept(await guest.open());
  await until(client.home, ({ names }) => names !== undefined);
  return guest;
}

/** What a guest gets out of the newest bulletin, with his own keys and nothing else. */
async function derived(relayUrl: string, guest: Device, camera: CameraId): Promise<KeyId[]> {
  const { homeId, keys } = guest;
  const peer = new Peer(`${relayUrl}/ws/viewer`);
  const { nonce } = await peer.take('challenge');
  const sig = toBase64Url(await signAuth(keys, homeId, fromBase64Url(String(nonce)), peer.host));
  peer.send({ t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId: keys.deviceId, sig });
  await peer.take('welcome');
  const bulletin = await peer.take('bulletin');
  const { rosters } = await peer.ask({ t: 'roster.get', id: nextId(), from: 1 });
  peer.socket.terminate();
  const outcome = await acceptBulletin({
    head: await verifyChain((rosters as string[]).map(fromBase64Url), homeId),
    ...{ deviceId: keys.deviceId, hpke: guest.store.now()?.hpke ?? [], mark: undefined },
    manifest: fromBase64Url(String(bulletin['manifest'])),
    wrap: fromBase64Url(String(bulletin['wrap'])),
  });
  if (outcome.at !== 'accepted') throw new Error(outcome.at);
  const found = outcome.wrap?.cameras.find(({ cameraId }) => cameraId === camera);
  if (found === undefined) throw new Error('no secret');
  const secret = await importEpochSecret(found.secret, crypto.subtle);
  const context = { homeId, cameraId: camera, epoch: outcome.manifest.epoch, sessionId: found.sessionId };
  return await Promise.all(
    Object.values(STREAM).map((streamId) => deriveKeyId({ ...context, streamId }, secret, crypto.subtle)),
  );
}

/** The squatter's home announces these for its own camera, one a stream, and sends a unit under each. */
async function squats({ house, agent, camera }: Living, kids: readonly KeyId[]): Promise<void> {
  const lies = kids.map((kid, index) => ({ cameraId: camera, streamId: index as AnnouncedKey['streamId'], kid }));
  await house.bulletin(agent, Math.max(house.epoch + 1, Date.now()), lies);
  for (const { streamId, kid } of lies) agent.unit(house.envelope(camera, streamId, sealedUnit(kid, 0, 0)));
  await agent.settled();
}

/** Nobody but the liars was touched, and nothing was proven. */
async function onlyLiarsHurt(relay: Relay, liars: readonly Living[]): Promise<readonly Incident[]> {
  const ids = new Set(liars.map(({ house }) => house.id));
  const incidents = await relay.incidents.list({ limit: 1_000 });
  expect(incidents.map(({ grade }) => grade)).not.toContain('proven');
  for (const { viewer } of incidents) expect(ids).toContain(viewer.homeId);
  for (const target of await targets(relay)) {
    expect(target.width).toBe('link');
    expect(ids).toContain('homeId' in target ? target.homeId : '');
  }
  return incidents;
}

it(`a guest's own home takes none of ${ROTATIONS} rotations' key ids, though it is as quick as can be`, async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const camera = await firstCamera(house.client);
  const guest = await guestOf(world, house);
  const squatter = await living(lab, world.relay);
  let eye = new Eye(house.client, camera);
  await eye.live();
  let taken = 0;
  for (let n = 0; n < ROTATIONS; n += 1) {
    const before = house.client.home.get().manifest?.epoch ?? 0;
    // Half of them while nobody watches: the key ids are not used yet when the squatter comes.
    if (n % 2 === 1) eye.watch.stop();
    await house.client.command({ do: 'home.rename', name: `Home ${n}` });
    await until(house.client.home, ({ manifest }) => (manifest?.epoch ?? 0) > before);
    const kids = await derived(world.relayUrl, guest, camera);
    await squats(squatter, kids);
    taken += kids.length;
    if (n % 2 === 1) eye = new Eye(house.client, camera);
    await eye.more(5);
  }
  expect(taken).toBe(5 * ROTATIONS);
  const incidents = await onlyLiarsHurt(world.relay, [squatter]);
  expect(incidents).toMatchObject([{ grade: 'contested', owner: { homeId: house.admin.homeId }, count: taken }]);
  expect(await targets(world.relay)).toEqual([]);
});

it('a removed guest who puts a key id he once saw on random bytes blames nobody: the agent knows what it sealed', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const camera = await firstCamera(house.client);
  const guest = await guestOf(world, house);
  const eye = new Eye(house.client, camera);
  await eye.more(20);
  const [seen] = await derived(world.relayUrl, guest, camera);
  if (seen === undefined) throw new Error('no key id');
  const version = await change(house.admin, house.client, [{ do: 'removeDevice', deviceId: guest.keys.deviceId }]);
  await house.client.rekeyed(version);
  const [own, other] = [await living(lab, world.relay), await living(lab, world.relay)];

  // His own agent sends it, and his own display reports it: the frame does not even enter.
  for (let ctr = 0; ctr < 50; ctr += 1)
    own.agent.unit(own.house.envelope(own.camera, 0, sealedUnit(seen, 10 ** 9, 10 ** 9)));
  await own.agent.settled();
  own.display.send(await report(own, seen, 10 ** 9));
  await worked(own.display);
  expect(own.display.units).toEqual([]);
  // Announced by his home, it is contested from then on, for whoever reports it.
  await squats(other, [seen]);
  other.display.send(await report(other, seen, 10 ** 9));
  await worked(other.display);

  const incidents = await onlyLiarsHurt(world.relay, [own, other]);
  expect(incidents.map(({ grade }) => grade).sort()).toEqual(['claimed', 'contested']);
  const of = { frames: [{ kid: seen, fromCtr: 0, toCtr: 2 ** 40 }] };
  const answer = await world.relay.exposure({ fromMs: 0, toMs: Date.now() + 60_000, of });
  expect(answer.homes.owners).toEqual([]);
  expect(answer.homes.delivered).not.toContain(house.admin.homeId);
  await eye.more(5);
});

it('an agent answers for its own counters, and only what it sealed makes its home an owner', async () => {
  const world = kept(await startWorld());
  const house = kept(await startHouse(world, 'Home'));
  const camera = await firstCamera(house.client);
  const guest = await guestOf(world, house);
  const eye = new Eye(house.client, camera);
  const units = await eye.more(10);
  const [kid] = await derived(world.relayUrl, guest, camera);
  if (kid === undefined) throw new Error('no key id');
  const [liar, honest] = [await living(lab, world.relay), await living(lab, world.relay)];
  const { relay } = world;
  const said = async (by: Living, ctr: number): Promise<Incident> => {
    by.display.send(await report(by, kid, ctr));
    await worked(by.display);
    const found = async (): Promise<Incident | undefined> =>
      (await relay.incidents.list({ limit: 10 })).find(({ viewer }) => viewer.homeId === by.house.id);
    await expect.poll(async () => (await found())?.sealed).toBeDefined();
    const incident = await found();
    if (incident === undefined) throw new Error('no incident');
    return incident;
  };
  expect(await said(liar, 10 ** 9)).toMatchObject({ grade: 'claimed', sealed: 'no' });
  const question = { fromMs: 0, toMs: Date.now() + 60_000, of: { frames: [{ kid, fromCtr: 0, toCtr: 2 ** 40 }] } };
  const denied = async () => {
    // What the agent said is written within a second.
    relay.incidents.tick();
    await relay.incidents.settled();
    return (await relay.exposure(question)).homes;
  };
  expect(await denied()).toMatchObject({ owners: [], claimedOnly: [liar.house.id] });
  expect(await said(honest, units[0]?.ctr ?? 0)).toMatchObject({ grade: 'claimed', sealed: 'yes' });
  expect((await denied()).owners).toEqual([house.admin.homeId]);
  // After a restart it cannot know, and says so.
  await house.restartAgent();
  const [next] = await Promise.all([
    living(lab, relay),
    until(house.client.connection, ({ state }) => state === 'online'),
  ]);
  await expect.poll(async () => (await said(next, units[1]?.ctr ?? 0)).sealed).toBe('unknown');
});

it('ten lying homes that copy, send, report and rotate prove nothing, and the honest one loses not a unit', async () => {
  const dataDir = await lab.folder();
  const first = await lab.relay({ dataDir });
  const honest = await living(lab, first);
  const liars: Living[] = [];
  for (let n = 0; n < 10; n += 1) liars.push(await living(lab, first));
  const seen: KeyId[] = [honest.kid];
  let ctr = 0;
  for (let round = 0; round < 6; round += 1) {
    await honest.house.bulletin(honest.agent);
    const kid = honest.house.kid(honest.camera);
    seen.unshift(kid);
    for (const liar of liars) {
      // Four quick bulletins, and then every key id of the honest home that was ever seen.
      for (let quick = 0; quick < 4; quick += 1) await liar.house.bulletin(liar.agent, liar.house.epoch + 1, []);
      await squats(liar, seen.slice(0, 1));
      for (const old of seen) liar.agent.unit(liar.house.envelope(liar.camera, 0, sealedUnit(old, ctr, ctr)));
      for (const old of seen.slice(0, 3)) liar.display.send(await report(liar, old, ctr));
    }
    ctr += 1;
    await send(honest.house, honest.agent, honest.camera, kid, ctr, [honest.admin, honest.display]);
  }
  for (const liar of liars) await worked(liar.display);
  const incidents = await onlyLiarsHurt(first, liars);
  expect(incidents.filter(({ grade }) => grade === 'contested')).toHaveLength(10);
});
