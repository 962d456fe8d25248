/** Noticing, on a real relay with raw sockets: what it stops by itself, what it believes of a display's word, and whom a liar can hurt. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { signReceipt } from '@sealcam/home';
import { millis, toBase64Url } from '@sealcam/protocol';
import { Bus, trackTopic, type Topic } from '../src/bus.ts';
import { Lab, sealedUnit } from './house.ts';
import { living, nextIncident, report, send, targets, worked, type Living } from './living.ts';

const lab = new Lab();
afterEach(() => lab.end());

/** A bus with the fault of history: what is for one track goes to another as well. */
class CrossedBus extends Bus {
  crossing: { readonly from: string; readonly to: string } | undefined;
  /** Puts the other track's bytes under the header that is asked about, as a reused buffer would. */
  onlyBytes = false;
  #own: unknown;

  override publish<Message>(topic: Topic<Message>, message: Message): number {
    if (topic === this.crossing?.to) this.#own = message;
    const heard = super.publish(topic, message);
    if (topic !== this.crossing?.from) return heard;
    super.publish(this.crossing.to as Topic<Message>, this.onlyBytes ? this.#mixed(message) : message);
    return heard;
  }

  #mixed<Message>(message: Message): Message {
    const [own, other] = [this.#own, message] as unknown as { unit: { message: Uint8Array } }[];
    return { ...own, unit: { ...own?.unit, message: other?.unit.message } } as Message;
  }
}

/** What the ledger holds of this display's refusals. */
function rowsOf(dataDir: string, { keys }: Living): unknown[] {
  const db = new Database(join(dataDir, 'relay', 'relay.db'), { readonly: true });
  const rows = db
    .prepare(
      "select kind, kid, ctr_from, ctr_to, units from ledger where device_id = ? and kind in ('refused', 'claimed')",
    )
    .all(keys.deviceId);
  db.close();
  return rows;
}

describe('the guard before fan-out', () => {
  it('stops what a broken bus brings under a key id that two homes announced, and proves nothing by it', async () => {
    const bus = new CrossedBus();
    const relay = await lab.relay({ bus });
    const [ours, theirs, liar] = [await living(lab, relay), await living(lab, relay), await living(lab, relay)];
    const noticed = nextIncident(relay);
    const lie = { cameraId: liar.camera, streamId: 0 as const, kid: theirs.kid };
    await liar.house.bulletin(liar.agent, liar.house.epoch + 1, [lie]);
    expect(await noticed).toMatchObject({ grade: 'contested' });
    const [from, to] = [theirs, ours].map(({ house, camera }) =>
      trackTopic({ homeId: house.id, cameraId: camera, streamId: 0 }),
    );
    bus.crossing = { from: String(from), to: String(to) };
    await send(theirs.house, theirs.agent, theirs.camera, theirs.kid, 7, [theirs.admin, theirs.display]);
    // It stays contested when the liar's own announcement is no longer at hand.
    for (let n = 0; n < 3; n += 1) await liar.house.bulletin(liar.agent);
    await send(theirs.house, theirs.agent, theirs.camera, theirs.kid, 8, [theirs.admin, theirs.display]);
    await send(ours.house, ours.agent, ours.camera, ours.kid, 9, [ours.admin, ours.display]);
    expect([...ours.admin.units, ...ours.display.units]).toEqual([]);
    expect((await relay.incidents.list({ limit: 10 })).map(({ grade }) => grade)).toEqual(['contested']);
    expect(await targets(relay)).toEqual([]);
  });

  it.each([false, true])(
    'stops what a broken bus brings from another home (only its bytes: %s), and it is an incident that says whose and to whom',
    async (onlyBytes) => {
      const bus = new CrossedBus();
      const relay = await lab.relay({ bus });
      const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
      bus.onlyBytes = onlyBytes;
      await send(ours.house, ours.agent, ours.camera, ours.kid, 1, [ours.admin, ours.display]);
      const [from, to] = [theirs, ours].map(({ house, camera }) =>
        trackTopic({ homeId: house.id, cameraId: camera, streamId: 0 }),
      );
      bus.crossing = { from: String(from), to: String(to) };
      await send(ours.house, ours.agent, ours.camera, ours.kid, 2, [ours.admin, ours.display]);
      const noticed = nextIncident(relay);
      await send(theirs.house, theirs.agent, theirs.camera, theirs.kid, 7, [theirs.admin, theirs.display]);
      expect(await noticed).toMatchObject({
        grade: 'proven',
        source: 'relay',
        route: 'sealed',
        owner: { homeId: theirs.house.id, cameraId: theirs.camera, streamId: 0 },
        asked: { homeId: ours.house.id, cameraId: ours.camera, streamId: 0 },
        kid: theirs.kid,
        viewer: { homeId: ours.house.id },
      });
      for (const peer of [ours.admin, ours.display])
        expect(await peer.take('cut')).toMatchObject({ cameraId: ours.camera, code: 'suspended.link' });
      // Not a byte of the other home went out, and the other home goes on.
      for (const peer of [ours.admin, ours.display]) expect(peer.units).toEqual([]);
      await send(theirs.house, theirs.agent, theirs.camera, theirs.kid, 8, [theirs.admin, theirs.display]);
      expect((await relay.incidents.list({ limit: 10 })).map(({ viewer }) => viewer.deviceId).sort()).toEqual(
        [ours.house.admin.deviceId, ours.keys.deviceId].sort(),
      );
    },
  );

  it('counts what goes on in one incident, and the cut stays one suspension a link', async () => {
    const bus = new CrossedBus();
    const relay = await lab.relay({ bus });
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    const [from, to] = [theirs, ours].map(({ house, camera }) =>
      trackTopic({ homeId: house.id, cameraId: camera, streamId: 0 }),
    );
    // The first one cuts; those before it took effect are counted.
    bus.crossing = { from: String(from), to: String(to) };
    for (let ctr = 1; ctr <= 20; ctr += 1)
      theirs.agent.unit(theirs.house.envelope(theirs.camera, 0, sealedUnit(theirs.kid, ctr, 0)));
    await theirs.display.takeUnits(20);
    const incidents = await relay.incidents.list({ limit: 10 });
    expect(incidents.length).toBe(2);
    for (const { count, actions } of incidents) {
      expect(count).toBeGreaterThanOrEqual(1);
      expect(actions.map(({ what }) => what)).toEqual(['link']);
    }
    expect((await targets(relay)).length).toBe(2);
  });
});

describe("a display's word about another home's frame", () => {
  it('is an incident that names the owner, and cuts the display that said it from that camera, nobody else', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    const noticed = nextIncident(relay);
    ours.display.send(await report(ours, theirs.kid, 3));
    expect(await noticed).toMatchObject({
      grade: 'claimed',
      source: 'report',
      owner: { homeId: theirs.house.id, cameraId: theirs.camera },
      viewer: { homeId: ours.house.id, deviceId: ours.keys.deviceId },
      asked: { cameraId: ours.camera },
      kid: theirs.kid,
      ctr: 3,
    });
    expect(await ours.display.take('cut')).toMatchObject({ code: 'suspended.link' });
    expect(await targets(relay)).toEqual([
      { width: 'link', homeId: ours.house.id, deviceId: ours.keys.deviceId, cameraId: ours.camera },
    ]);
    await send(ours.house, ours.agent, ours.camera, ours.kid, 1, [ours.admin]);
    await send(theirs.house, theirs.agent, theirs.camera, theirs.kid, 1, [theirs.admin, theirs.display]);
    // It was never sent by this relay, so it is no `refused` row of the ledger.
    expect(rowsOf(dataDir, ours)).toEqual([{ kind: 'claimed', kid: theirs.kid, ctr_from: 3, ctr_to: 3, units: 1 }]);
  });

  it('is no incident about frames it got rightly, about key ids of nobody, or about a camera it does not watch', async () => {
    const relay = await lab.relay();
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    ours.display.send(await report(ours, ours.kid, 0));
    ours.display.send(await report(ours, ours.kid, 0, 'unknown'));
    for (let n = 0; n < 5; n += 1) ours.display.send(await report(ours, `8${randomBytes(8).toString('hex').slice(1)}`));
    ours.display.send(await report(ours, '0'.repeat(16)));
    ours.display.send(await report(ours, theirs.kid, 0, 'foreign', theirs.camera));
    await worked(ours.display);
    expect(await relay.incidents.list({ limit: 10 })).toEqual([]);
    expect(await targets(relay)).toEqual([]);
  });

  it('repeated a thousand times, as it is or anew, hurts that display alone', async () => {
    const relay = await lab.relay();
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    const same = await report(ours, theirs.kid, 3);
    for (let n = 0; n < 20; n += 1) ours.display.send(same);
    await worked(ours.display);
    expect((await relay.incidents.list({ limit: 10 })).map(({ count }) => count)).toEqual([1]);
    for (let connection = 0; connection < 8; connection += 1) {
      const display = await ours.house.viewer(ours.keys);
      for (let n = 0; n < 125; n += 1) display.send(n % 2 === 0 ? same : await report(ours, theirs.kid, n));
      await worked(display);
    }
    const [only, ...more] = await relay.incidents.list({ limit: 10 });
    expect(more).toEqual([]);
    expect(only?.viewer).toEqual({ homeId: ours.house.id, deviceId: ours.keys.deviceId });
    expect(await targets(relay)).toEqual([
      { width: 'link', homeId: ours.house.id, deviceId: ours.keys.deviceId, cameraId: ours.camera },
    ]);
    await send(ours.house, ours.agent, ours.camera, ours.kid, 1, [ours.admin]);
    await send(theirs.house, theirs.agent, theirs.camera, theirs.kid, 1, [theirs.admin, theirs.display]);
  });

  it('of a replay of its own camera is one of its own, and a receipt counts what no report names', async () => {
    const relay = await lab.relay();
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    ours.display.send(await report(ours, ours.kid, 0, 'replayed'));
    const receipt = await signReceipt(ours.keys, {
      homeId: ours.house.id,
      deviceId: ours.keys.deviceId,
      seq: 1,
      timeMs: millis(Date.now()),
      ranges: [],
      refused: [
        { cameraId: ours.camera, streamId: 0, kid: theirs.kid, reason: 'foreign', fromCtr: 3, toCtr: 9, count: 7 },
      ],
    });
    // The same receipt twice counts once.
    for (let n = 0; n < 2; n += 1) ours.display.send({ t: 'receipt', receipt: toBase64Url(receipt) });
    await worked(ours.display);
    const incidents = await relay.incidents.list({ limit: 10 });
    expect(incidents.map(({ grade, count }) => `${grade} ${count}`).sort()).toEqual(['claimed 7', 'replayed 1']);
    expect(new Set(incidents.map(({ viewer }) => viewer.deviceId))).toEqual(new Set([ours.keys.deviceId]));
  });

  it('is an incident well within the second, 50 times', async () => {
    const relay = await lab.relay();
    const [ours, theirs] = [await living(lab, relay), await living(lab, relay)];
    const tookMs: number[] = [];
    let { display } = ours;
    for (let n = 0; n < 50; n += 1) {
      // A connection has 40 reports at once; after them it is one a second.
      if (n % 25 === 0) display = await ours.house.viewer(ours.keys);
      const noticed = nextIncident(relay);
      const message = await report(ours, theirs.kid, n);
      const atMs = performance.now();
      display.send(message);
      const incident = await noticed;
      tookMs.push(performance.now() - atMs);
      await relay.incidents.list({ limit: 1 });
      await relay.incidents.close(incident.id, 'a test');
      for (const { id } of await relay.suspensions.active())
        await relay.suspensions.lift(id, { by: 'a test', reason: 'the next trial' });
    }
    tookMs.sort((a, b) => a - b);
    expect(tookMs.at(-1)).toBeLessThan(1_000);
  });
});
