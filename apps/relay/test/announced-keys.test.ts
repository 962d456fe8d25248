/** Whose a key id is: the home's that announced it first. A home that copies one, or makes them up, hurts itself alone. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS, type CameraId, type KeyId } from '@sealcam/protocol';
import type { AnnouncedKey } from '@sealcam/home';
import type { Relay } from '../src/index.ts';
import { House, kidOf, Lab, nextId, randomCamera, sealedUnit, watch } from './house.ts';
import { living, nextIncident, report, send, targets, worked, type Living } from './living.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

/** A home as it goes on with a relay that was started again. */
function moved(house: House, relay: Relay): House {
  return Object.assign(Object.create(House.prototype) as House, house, { relay });
}

/** What the liar announces: the other's key id for its own camera, beside an honest list. */
function copying(liar: Living, ...kids: readonly KeyId[]): AnnouncedKey[] {
  const copied = ([0, 1, 2] as const).flatMap((streamId, index) => {
    const kid = kids[index];
    return kid === undefined ? [] : [{ cameraId: liar.camera, streamId, kid }];
  });
  return [...copied, { cameraId: liar.camera, streamId: 4 as const, kid: kidOf(`${liar.house.id} ${Math.random()}`) }];
}

describe('a unit', () => {
  it('enters only under a key id that its home announced for its very camera, stream and epoch', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    const { house, agent, camera } = ours;
    const other = randomCamera();
    await house.announce(agent, [camera, other]);
    const before = house.kid(camera);
    await house.bulletin(agent);
    const foreign = [theirs.kid, before, house.kid(other), house.kid(camera, 1), kidOf('made up')];
    for (const [n, kid] of foreign.entries()) agent.unit(house.envelope(camera, 0, sealedUnit(kid, n, n)));
    for (let n = 0; n < 500; n += 1) agent.unit(house.envelope(camera, 0, sealedUnit(kidOf(`junk ${n}`), n, n)));
    await send(house, agent, camera, house.kid(camera), 9, [ours.admin, ours.display]);
    expect([...ours.admin.units, ...ours.display.units]).toEqual([]);
    await relay.verifyLedger();
    // Neither what was dropped nor what was only announced costs the ledger a row.
    expect(sources(dataDir)).toEqual([before, theirs.kid, house.kid(camera)]);
    expect(await relay.incidents.list({ limit: 10 })).toEqual([]);
  });

  it('of the epoch before enters for the hand-over, no longer, and not after a second bulletin', async () => {
    const clock = new ManualClock();
    const house = await House.build(lab, await lab.relay({ clock }));
    const { agent, camera } = await house.ready();
    const admin = await house.viewer();
    await watch(admin, agent, camera);
    const old = (ctr: number): Uint8Array => house.envelope(camera, 0, sealedUnit(house.kid(camera), ctr, 0));
    const [during, late, twice] = [old(1), old(2), old(3)];
    await house.bulletin(agent);
    agent.unit(during);
    await admin.takeUnits(1);
    const next = old(0);
    clock.advance(LIMITS.oldEpochMs + 1);
    agent.unit(late);
    await agent.settled();
    await house.bulletin(agent);
    agent.unit(twice);
    agent.unit(next);
    await admin.takeUnits(1);
    await agent.settled();
    expect(admin.units).toEqual([]);
  });

  it('that comes before its announcement is dropped, and takes nothing from the one who announces it', async () => {
    const relay = await lab.relay();
    const [ours, squatter] = [await living(lab, relay), await living(lab, relay)];
    const { house, agent, camera } = ours;
    const bulletin = await house.nextBulletin(house.epoch + 1);
    const kid = house.kid(camera);
    for (const { house: from, agent: by, camera: of } of [squatter, ours]) {
      by.unit(from.envelope(of, 0, sealedUnit(kid, 0, 0)));
      await by.settled();
    }
    agent.send(bulletin);
    await send(house, agent, camera, kid, 1, [ours.admin, ours.display]);
    expect([...ours.admin.units, ...squatter.display.units]).toEqual([]);
  });
});

describe('a key id that a second home announces', () => {
  it('costs neither home a picture, cuts nobody, proves nothing, and is one incident about the second', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const [ours, theirs, liar] = [await living(lab, relay), await living(lab, relay), await living(lab, relay)];
    const noticed = nextIncident(relay);
    await liar.house.bulletin(liar.agent, liar.house.epoch + 1, copying(liar, ours.kid, theirs.kid));
    expect(await noticed).toMatchObject({
      grade: 'contested',
      source: 'relay',
      viewer: { homeId: liar.house.id, deviceId: liar.house.agentKeys.deviceId },
      asked: { homeId: liar.house.id, cameraId: liar.camera, streamId: 0 },
      owner: { homeId: ours.house.id, cameraId: ours.camera, streamId: 0 },
      kid: ours.kid,
      count: 2,
    });
    for (let ctr = 1; ctr <= 20; ctr += 1) {
      await send(ours.house, ours.agent, ours.camera, ours.kid, ctr, [ours.admin, ours.display]);
      await send(liar.house, liar.agent, liar.camera, ours.kid, ctr, [liar.admin, liar.display]);
    }
    for (const frame of [await report(liar, ours.kid, 5), await report(liar, ours.kid, 5, 'unknown')])
      liar.display.send(frame);
    ours.display.send(await report(ours, ours.kid, 5));
    await Promise.all([worked(liar.display), worked(ours.display)]);
    await liar.house.bulletin(liar.agent);
    const incidents = await relay.incidents.list({ limit: 10 });
    expect(incidents.map(({ grade, actions }) => [grade, actions.map(({ what }) => what)])).toEqual([
      ['contested', ['tell']],
    ]);
    expect(await targets(relay)).toEqual([]);
    expect(await relay.verifyLedger()).toMatchObject({ whole: true });
    expect(sources(dataDir).filter((kid) => kid === ours.kid)).toHaveLength(2);
  });

  it('is contested for a third home that reports it, which cuts its own link and no more', async () => {
    const relay = await lab.relay();
    const [ours, liar, third] = [await living(lab, relay), await living(lab, relay), await living(lab, relay)];
    await liar.house.bulletin(liar.agent, liar.house.epoch + 1, copying(liar, ours.kid));
    third.display.send(await report(third, ours.kid, 0));
    await worked(third.display);
    const [claimed] = await relay.incidents.list({ limit: 10 });
    expect(claimed).toMatchObject({ grade: 'claimed', owner: { homeId: ours.house.id } });
    expect(await targets(relay)).toEqual([
      { width: 'link', homeId: third.house.id, deviceId: third.keys.deviceId, cameraId: third.camera },
    ]);
  });

  it('is known for one after a restart, and after any number of quick bulletins, before its owner is back', async () => {
    const dataDir = await lab.folder();
    const first = await lab.relay({ dataDir });
    const [ours, liar] = [await living(lab, first), await living(lab, first)];
    const { kid } = ours;
    for (let n = 0; n < 6; n += 1) await ours.house.bulletin(ours.agent);
    // Announced and never used: nothing but the announcement itself tells whose it is.
    const unused = ours.house.kid(ours.camera, 2);
    await first.close();
    const second = await lab.relay({ dataDir });
    const house = moved(liar.house, second);
    const agent = await house.agent();
    const noticed = nextIncident(second);
    await house.bulletin(agent, house.epoch + 1, copying(liar, kid, unused));
    expect(await noticed).toMatchObject({ grade: 'contested', owner: { homeId: ours.house.id }, count: 2 });
    const back = moved(ours.house, second);
    const [again, admin] = [await back.agent(), await back.viewer()];
    await watch(admin, again, ours.camera);
    await send(back, again, ours.camera, back.kid(ours.camera), 1, [admin]);
    expect((await second.incidents.list({ limit: 10 })).map(({ grade }) => grade)).toEqual(['contested']);
    expect(await targets(second)).toEqual([]);
  });

  it('is still contested when its own home ends, and when all of it was forgotten but a ledger row', async () => {
    const relay = await lab.relay();
    const [ours, liar] = [await living(lab, relay), await living(lab, relay)];
    await relay.verifyLedger();
    await relay.eraseHome(ours.house.id);
    const noticed = nextIncident(relay);
    await liar.house.bulletin(liar.agent, liar.house.epoch + 1, copying(liar, ours.kid));
    expect(await noticed).toMatchObject({ grade: 'contested', owner: { homeId: ours.house.id } });
  });
});

describe('a bulletin', () => {
  it.each([
    [
      'for another of its cameras',
      (camera: CameraId, kid: KeyId): AnnouncedKey => ({ cameraId: randomCamera(), streamId: 0, kid }),
    ],
    ['for another stream', (cameraId: CameraId, kid: KeyId): AnnouncedKey => ({ cameraId, streamId: 1, kid })],
    [
      'for the same stream in another epoch',
      (cameraId: CameraId, kid: KeyId): AnnouncedKey => ({ cameraId, streamId: 0, kid }),
    ],
  ])('that announces a key id of its own home again, %s, is refused', async (_which, lie) => {
    const ours = await living(lab, await lab.relay());
    const { house, agent, camera, kid } = ours;
    const at = house.epoch;
    await house.bulletin(agent, at + 1, [lie(camera, kid)]);
    expect(await agent.take('error')).toMatchObject({ code: 'bulletin.invalid' });
    for (const streams of [house.announced(), []]) await house.bulletin(agent, house.epoch + 1, streams);
    await house.bulletin(agent, house.epoch + 1, [lie(camera, kid)]);
    expect(await agent.take('error')).toMatchObject({ code: 'bulletin.invalid' });
    expect(agent.closed).toBeUndefined();
  });

  it('with another list than it signs is refused, and no viewer gets a list', async () => {
    const ours = await living(lab, await lab.relay());
    const { house, agent, camera } = ours;
    const [honest, stray] = [await house.nextBulletin(house.epoch + 1), await house.nextBulletin(house.epoch + 2)];
    agent.send({ ...honest, keys: stray['keys'] });
    expect(await agent.take('error')).toMatchObject({ code: 'bulletin.invalid' });
    ours.admin.texts.splice(0);
    agent.send(stray);
    const told = await ours.admin.take('bulletin');
    expect(told).not.toHaveProperty('keys');
    expect(JSON.stringify(told)).not.toContain(house.kid(camera));
    await agent.ask({ t: 'hpke.get', id: nextId() });
  });
});

describe('a restart', () => {
  it('keeps whose the key ids are, what was noticed, and what was written beside it', async () => {
    const dataDir = await lab.folder();
    const first = await lab.relay({ dataDir });
    const [ours, theirs] = [await living(lab, first), await living(lab, first)];
    const noticed = nextIncident(first);
    ours.display.send(await report(ours, theirs.kid, 5));
    const { id } = await noticed;
    await first.incidents.list({ limit: 1 });
    await first.incidents.note(id, 'Ada', 'looked into it');
    const before = await first.incidents.list({ limit: 10 });
    await first.close();

    const second = await lab.relay({ dataDir, port: 0 });
    expect(await second.incidents.list({ limit: 10 })).toEqual(before);
    expect(await second.incidents.get(id)).toMatchObject({ notes: [{ by: 'Ada', text: 'looked into it' }] });
    expect((await second.suspensions.active()).length).toBe(1);
    // What was announced before still carries pictures; a liar is refused from the first unit on, before the owner has come back.
    const house = moved(ours.house, second);
    const agent = await house.agent();
    const admin = await house.viewer();
    await watch(admin, agent, ours.camera);
    agent.unit(house.envelope(ours.camera, 0, sealedUnit(theirs.kid, 0, 0)));
    await send(house, agent, ours.camera, ours.kid, 7, [admin]);
    await house.bulletin(agent);
    await send(house, agent, ours.camera, house.kid(ours.camera), 8, [admin]);
    expect(admin.units).toEqual([]);
    await second.verifyLedger();
    expect(sources(dataDir)).toEqual([ours.kid, theirs.kid, house.kid(ours.camera)]);
    expect(await second.verifyLedger()).toMatchObject({ whole: true });
  });
});

describe('the policy', () => {
  it('is read, changed by a named person, kept by version, and never lets a word cut more than its own link', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    expect(await relay.policy.get()).toMatchObject({ version: 0 });
    const unfair = [{ when: { grades: ['claimed'] }, then: 'everything' }];
    await expect(relay.policy.set(unfair, 'Ada')).rejects.toMatchObject({ code: 'config.invalid' });
    // Who copies a key has no display that could be cut: it is told, and no more.
    for (const then of ['link', 'display', 'everything'])
      await expect(
        relay.policy.set([{ when: { grades: ['proven', 'contested'] }, then }], 'Ada'),
      ).rejects.toMatchObject({ code: 'config.invalid' });
    await expect(relay.policy.set([{ when: {}, then: 'link' }], 'Ada')).rejects.toMatchObject({
      code: 'config.invalid',
    });
    await expect(relay.policy.set([], ' ')).rejects.toMatchObject({ code: 'command.invalid' });
    const rules = [{ when: { grades: ['claimed', 'replayed'] }, then: 'tell' }];
    expect(await relay.policy.set(rules, 'Ada')).toMatchObject({ version: 1, by: 'Ada', rules });
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    const noticed = nextIncident(relay);
    ours.display.send(await report(ours, theirs.kid, 5));
    await noticed;
    const [incident] = await relay.incidents.list({ limit: 1 });
    expect(incident?.actions.map(({ what }) => what)).toEqual(['tell']);
    expect(await targets(relay)).toEqual([]);
    await relay.close();
    expect(await (await lab.relay({ dataDir })).policy.get()).toMatchObject({ version: 1, by: 'Ada', rules });
  });
});

/** Key ids that carried a unit, in the order of the ledger. */
function sources(dataDir: string): KeyId[] {
  const db = new Database(join(dataDir, 'relay', 'relay.db'), { readonly: true });
  const rows = db.prepare("select kid from ledger where kind = 'source' order by seq").pluck().all() as KeyId[];
  db.close();
  return rows;
}
