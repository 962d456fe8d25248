/** Whose a key id is: the first track it came from, for ever. A home that copies one, or makes them up, hurts itself alone. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { kidOf, Lab, sealedUnit, watch } from './house.ts';
import { living, nextIncident, report, send, targets } from './living.ts';

const lab = new Lab();
afterEach(() => lab.end());

describe('a lying home', () => {
  it("that copies another home's key id gets nothing of it through, and the other home loses nothing", async () => {
    const relay = await lab.relay();
    const [ours, liar] = [await living(lab, relay), await living(lab, relay)];
    for (let ctr = 1; ctr <= 100; ctr += 1)
      liar.agent.unit(liar.house.envelope(liar.camera, 0, sealedUnit(ours.kid, ctr, 0)));
    await liar.agent.settled();
    await send(ours.house, ours.agent, ours.camera, ours.kid, 1, [ours.admin, ours.display]);
    await liar.display.settled();
    expect([...liar.display.units, ...liar.admin.units]).toEqual([]);
    expect(await relay.incidents.list({ limit: 10 })).toEqual([]);
    expect(await targets(relay)).toEqual([]);
    // Whoever reports such a frame reports the one whose it is.
    const noticed = nextIncident(relay);
    liar.display.send(await report(liar, ours.kid, 5));
    expect(await noticed).toMatchObject({ grade: 'claimed', owner: { homeId: ours.house.id } });
    expect(await targets(relay)).toEqual([
      { width: 'link', homeId: liar.house.id, deviceId: liar.keys.deviceId, cameraId: liar.camera },
    ]);
  });

  it('that makes up key ids has one a track and epoch: the ledger does not grow with them', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const liar = await living(lab, relay);
    for (let n = 0; n < 500; n += 1)
      liar.agent.unit(liar.house.envelope(liar.camera, 0, sealedUnit(kidOf(`junk ${n}`), n, n)));
    await liar.agent.settled();
    await send(liar.house, liar.agent, liar.camera, liar.kid, 1, [liar.admin, liar.display]);
    await relay.verifyLedger();
    expect(sources(dataDir)).toEqual([{ kid: liar.kid }]);
    expect(liar.display.units).toEqual([]);
  });

  it('cannot take an old key id of another home that the relay no longer has at hand', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const [ours, liar] = [await living(lab, relay), await living(lab, relay)];
    for (let n = 0; n < 6; n += 1) {
      await ours.house.bulletin(ours.agent);
      await send(ours.house, ours.agent, ours.camera, kidOf(`${ours.house.id} ${n}`), 0, [ours.admin, ours.display]);
    }
    await liar.house.bulletin(liar.agent);
    // The ledger knows it, and says so a moment later: after that nothing more goes through.
    await send(liar.house, liar.agent, liar.camera, ours.kid, 0, []);
    const noticed = nextIncident(relay);
    liar.display.send(await report(liar, ours.kid, 5));
    expect(await noticed).toMatchObject({ owner: { homeId: ours.house.id } });
    expect(sources(dataDir).filter(({ kid }) => kid === ours.kid).length).toBe(1);
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
    // The liar is refused from the first unit on, before the owner has come back.
    const house = Object.assign(Object.create(Object.getPrototypeOf(ours.house) as object), ours.house, {
      relay: second,
    }) as typeof ours.house;
    const agent = await house.agent();
    await house.bulletin(agent);
    await house.announce(agent, [ours.camera]);
    const admin = await house.viewer();
    await watch(admin, agent, ours.camera);
    agent.unit(house.envelope(ours.camera, 0, sealedUnit(theirs.kid, 0, 0)));
    agent.unit(house.envelope(ours.camera, 0, sealedUnit(kidOf('a new one'), 0, 0)));
    const [unit] = await admin.takeUnits(1);
    expect(Buffer.from(unit ?? []).toString('hex')).toContain(kidOf('a new one'));
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

function sources(dataDir: string): { kid: string }[] {
  const db = new Database(join(dataDir, 'relay', 'relay.db'), { readonly: true });
  const rows = db.prepare("select kid from ledger where kind = 'source'").all() as { kid: string }[];
  db.close();
  return rows;
}
