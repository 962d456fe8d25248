/** A relay that was put back to an older copy: it learns so from its agents and from what lies beside it, and says what may be missing. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { buildNextRoster, signRoster, verifyNext, type DeviceKeys } from '@sealcam/home';
import { toBase64Url, type CameraId } from '@sealcam/protocol';
import { missingWords, type Relay } from '../src/index.ts';
import { keepsakeKey, openKeepsake, sealKeepsake } from '../src/restores/keepsake.ts';
import { carryOver } from '../src/restores/carry-over.ts';
import { House, Lab, nextId, watch, type Peer } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

const SUSPEND = { cause: 'operator', by: 'Ada', reason: 'strangers reported' } as const;

/** Says what it kept, as an agent does first of all. @returns what it is to keep now */
async function kept(agent: Peer, sealed: string): Promise<string> {
  agent.send({ t: 'kept', sealed });
  return String((await agent.take('keep'))['sealed']);
}

/** Rows for the ledger: a viewing. */
async function view(house: House, agent: Peer, camera: CameraId): Promise<void> {
  const viewer = await house.viewer();
  await watch(viewer, agent, camera);
  viewer.socket.close();
  await viewer.closeCode();
}

interface Restored {
  readonly house: House;
  readonly camera: CameraId;
  /** Of the display. */
  readonly keys: DeviceKeys;
  /** What the agent was given to keep before the disaster. */
  readonly sealed: string;
  readonly dataDir: string;
  /** The folder as it was then. */
  readonly lost: string;
  readonly suspended: string;
}

/** A copy is taken, then a display is suspended, then the machine is lost and the copy is started. */
async function restoredRelay(
  between: (house: House, admin: Peer, keys: DeviceKeys) => Promise<unknown> = () => Promise.resolve(),
): Promise<Restored> {
  const dataDir = await lab.folder();
  const copy = await lab.folder();
  let relay = await lab.relay({ dataDir });
  const house = await House.build(lab, relay);
  const { agent, camera } = await house.ready();
  const keys = await house.addViewer(await house.viewer(), 'all');
  await view(house, agent, camera);
  await relay.close();
  await cp(dataDir, copy, { recursive: true });

  relay = await lab.relay({ dataDir });
  Object.assign(house, { relay });
  const again = await house.agent();
  await house.bulletin(again);
  await house.announce(again, [camera]);
  await kept(again, '');
  await view(house, again, camera);
  const target = { width: 'display', homeId: house.id, deviceId: keys.deviceId } as const;
  const { id } = await relay.suspensions.suspend({ target, ...SUSPEND });
  const sealed = String((await again.take('keep'))['sealed']);
  await between(house, await house.viewer(), keys);
  await relay.close();
  const lost = `${dataDir}.lost`;
  lab.onEnd(() => rm(lost, { recursive: true, force: true }));
  await cp(dataDir, lost, { recursive: true });
  await rm(dataDir, { recursive: true });
  await cp(copy, dataDir, { recursive: true });
  return { house, camera, keys, sealed, dataDir, lost, suspended: id };
}

async function start({ house, dataDir }: Restored): Promise<Relay> {
  const relay = await lab.relay({ dataDir });
  Object.assign(house, { relay });
  return relay;
}

describe('a relay put back to an older copy', () => {
  it('learns from what an agent kept what is missing, names it, and puts it back in one step', async () => {
    const restored = await restoredRelay();
    const relay = await start(restored);
    expect(await relay.restores.missing()).toEqual({ losses: [], suspensions: [] });
    const agent = await restored.house.agent();
    await kept(agent, restored.sealed);
    const missing = await relay.restores.missing();
    expect(missing.losses).toHaveLength(1);
    expect(missing.losses[0]?.seq).toBeGreaterThan(missing.losses[0]?.lastSeq ?? Infinity);
    expect(missing.suspensions).toMatchObject([{ id: restored.suspended, by: 'Ada', reason: SUSPEND.reason }]);
    expect(missingWords(missing).join('\n')).toMatch(
      /^This relay was restored from an older copy: .*is missing .*\nOne suspension may be missing\./,
    );

    expect(await relay.restores.putBack()).toMatchObject([{ id: restored.suspended }]);
    expect(await relay.suspensions.active()).toMatchObject([{ id: restored.suspended, by: 'Ada' }]);
    expect((await relay.restores.missing()).suspensions).toEqual([]);
    // It is remembered, and said once.
    await relay.close();
    const next = await start(restored);
    await kept(await restored.house.agent(), restored.sealed);
    expect((await next.restores.missing()).losses).toEqual(missing.losses);
  });

  it('learns it at its start from what was carried over from the folder that it replaced', async () => {
    const restored = await restoredRelay();
    const carried = carryOver(join(restored.lost, 'relay'), join(restored.dataDir, 'relay'));
    expect(carried.rows).toBeGreaterThan(0);
    expect(carried.suspensions).toMatchObject([{ id: restored.suspended }]);
    const relay = await start(restored);
    const missing = await relay.restores.missing();
    expect(missing.losses).toHaveLength(1);
    expect(missing.suspensions).toMatchObject([{ id: restored.suspended }]);
    // The ledger goes on and is whole in itself.
    expect(await relay.verifyLedger()).toMatchObject({ whole: true });
  });

  it('says nothing on its own folder, nor for an older word, another relay’s or a changed one', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const house = await House.build(lab, relay);
    const { agent, camera } = await house.ready();
    const first = await kept(agent, '');
    await view(house, agent, camera);
    await relay.close();
    const again = await lab.relay({ dataDir });
    Object.assign(house, { relay: again });
    await kept(await house.agent(), first);
    const other = sealKeepsake(keepsakeKey(new Uint8Array(32)), {
      seq: 9_999,
      hash: 'ab'.repeat(32),
      atMs: 1,
      suspensions: [],
    });
    await kept(await house.agent(), other);
    await kept(await house.agent(), `${first.slice(0, -4)}AAAA`);
    expect(await again.restores.missing()).toEqual({ losses: [], suspensions: [] });
  });

  it('gives a removed device nothing before the home’s agent has come, and then shows it the door', async () => {
    const restored = await restoredRelay((house, admin, keys) =>
      house.change(admin, [{ do: 'removeDevice', deviceId: keys.deviceId }]),
    );
    const { house, camera, keys } = restored;
    carryOver(join(restored.lost, 'relay'), join(restored.dataDir, 'relay'));
    await start(restored);
    const thief = await house.viewer(keys);
    for (const streamId of [0, 3]) await thief.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId });
    await thief.settled();
    expect(thief.units).toEqual([]);
    const agent = await house.agent();
    await agent.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(house.head.bytes) });
    await house.bulletin(agent);
    expect(await thief.closeCode()).toBe(4403);
    expect(thief.units).toEqual([]);
  });

  it('lets no admin who was removed since write the list of members before the agent has', async () => {
    const dataDir = await lab.folder();
    const copy = await lab.folder();
    let relay = await lab.relay({ dataDir });
    const house = await House.build(lab, relay);
    const { agent, camera } = await house.ready();
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all');
    await house.change(admin, [{ do: 'setRole', deviceId: keys.deviceId, role: 'admin' }]);
    await view(house, agent, camera);
    const before = house.head;
    await relay.close();
    await cp(dataDir, copy, { recursive: true });
    relay = await lab.relay({ dataDir });
    Object.assign(house, { relay });
    const again = await house.agent();
    await house.bulletin(again);
    await house.announce(again, [camera]);
    await view(house, again, camera);
    await house.change(await house.viewer(), [{ do: 'removeDevice', deviceId: keys.deviceId }]);
    await relay.close();
    const lost = `${dataDir}.lost`;
    lab.onEnd(() => rm(lost, { recursive: true, force: true }));
    await cp(dataDir, lost, { recursive: true });
    await rm(dataDir, { recursive: true });
    await cp(copy, dataDir, { recursive: true });
    carryOver(join(lost, 'relay'), join(dataDir, 'relay'));

    relay = await lab.relay({ dataDir });
    Object.assign(house, { relay });
    const thief = await house.viewer(keys);
    const fork = await signRoster(
      keys,
      await buildNextRoster(before, keys.deviceId, [{ do: 'removeDevice', deviceId: house.admin.deviceId }]),
    );
    await verifyNext(before, fork);
    const id = nextId();
    thief.send({ t: 'roster.put', id, roster: toBase64Url(fork) });
    await thief.settled();
    // What is no list at all is met when its turn comes, and ends that connection alone.
    const garbage = await house.viewer();
    garbage.send({ t: 'roster.put', id: nextId(), roster: 'AAAA' });
    // What else it asks does not wait.
    await thief.ask({ t: 'roster.get', id: nextId(), from: 1 });
    expect(thief.texts.filter((text) => text['re'] === id)).toEqual([]);
    const back = await house.agent();
    expect(await back.ask({ t: 'roster.put', id: nextId(), roster: toBase64Url(house.head.bytes) })).toMatchObject({
      t: 'ok',
    });
    await house.bulletin(back);
    expect(await garbage.closeCode()).toBe(4400);
    expect(await thief.closeCode()).toBe(4403);
    // An honest admin's list is taken as ever.
    expect(
      await house.change(await house.viewer(), [
        { do: 'addDevice', sigPub: keys.sigPub, role: 'viewer', grants: 'all' },
      ]),
    ).toMatchObject({ t: 'ok' });
  });
});

describe('what an agent keeps', () => {
  it('is read by the relay that sealed it, whole or not at all, and always fits', () => {
    const key = keepsakeKey(new Uint8Array(32).fill(7));
    const suspensions = Array.from({ length: 300 }, (_, n) => ({
      ...{ id: n.toString(16).padStart(32, '0'), target: { width: 'partner', partner: `partner-${n}` } as const },
      ...{ cause: 'operator' as const, by: '🦭'.repeat(250), reason: '\u0001'.repeat(500), atMs: n },
    }));
    const keepsake = { seq: 12, hash: 'cd'.repeat(32), atMs: 34, suspensions };
    const sealed = sealKeepsake(key, keepsake);
    expect(sealed.length).toBeLessThanOrEqual(96 * 1024);
    const opened = openKeepsake(key, sealed);
    expect(opened).toMatchObject({ seq: 12, hash: 'cd'.repeat(32), atMs: 34 });
    expect(opened?.suspensions.length).toBeGreaterThan(5);
    for (let at = 0; at < sealed.length; at += 997) {
      const bad = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      expect(openKeepsake(key, bad)).toBeUndefined();
    }
  });
});
