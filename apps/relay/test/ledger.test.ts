import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeReceipt, encodeReport, signReceipt, signReport, type Receipt, type Report } from '@sealcam/home';
import { deviceId, homeId, millis, streamId, toBase64Url } from '@sealcam/protocol';
import { Checkpoints } from '../src/ledger/checkpoints.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import type { LedgerEntry } from '../src/ledger/row.ts';
import type { VerifyResult } from '../src/ledger/verify.ts';
import { verifyLedger } from '../src/ledger/verify-thread.ts';
import { EventLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import type { Store } from '../src/store/store.ts';
import { House, Lab, nextId, randomCamera, sealedUnit, watch, type Peer } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

function entry(units: number): LedgerEntry {
  return {
    atMs: 1,
    kind: 'mark',
    homeId: homeId('0'.repeat(32)),
    deviceId: deviceId('1'.repeat(32)),
    cameraId: randomCamera(),
    streamId: streamId(0),
    route: 'sealed',
    spanId: '2'.repeat(32),
    connectionId: '3'.repeat(32),
    fromMs: 1,
    toMs: 2,
    units,
  };
}

async function open(folder: string): Promise<{ store: Store; ledger: Ledger; checkpoints: Checkpoints }> {
  const store = await openSqliteStore(folder);
  const checkpoints = new Checkpoints(folder, new ManualClock(), new EventLog(undefined));
  const ledger = await Ledger.open({ store, metrics: createMetrics(), checkpoints });
  return { store, ledger, checkpoints };
}

/** A ledger of ten rows with a checkpoint at the end, closed, then touched behind its back. */
async function tampered(change: (db: Database.Database) => void): Promise<VerifyResult> {
  const folder = await lab.folder();
  const before = await open(folder);
  await Promise.all(Array.from({ length: 10 }, (_, index) => before.ledger.append(entry(index))));
  before.checkpoints.close();
  await before.store.close();
  const db = new Database(join(folder, 'relay.db'));
  db.exec('drop trigger ledger_no_update; drop trigger ledger_no_delete');
  change(db);
  db.close();
  const after = await open(folder);
  const result = await verifyLedger(join(folder, 'relay.db'), after.checkpoints.toCheck());
  after.checkpoints.close();
  await after.store.close();
  return result;
}

describe('the chain', () => {
  it('is whole when nobody touched it', async () => {
    expect(await tampered(() => undefined)).toMatchObject({ whole: true, rows: 10 });
  });

  it.each([
    ['a changed count', 'update ledger set units = 99 where seq = 4', { seq: 4, to: 4, reason: 'changed' }],
    ['a removed row', 'delete from ledger where seq = 4', { seq: 4, to: 4, reason: 'removed' }],
    [
      'two rows in another order',
      'update ledger set seq = 99 where seq = 4; update ledger set seq = 4 where seq = 5; update ledger set seq = 5 where seq = 99',
      { seq: 4, to: 5, reason: 'reordered' },
    ],
    ['a cut tail', 'delete from ledger where seq > 8', { seq: 9, to: 10, reason: 'removed' }],
  ])('shows %s', async (_name, statements, expected) => {
    expect(await tampered((db) => db.exec(statements))).toEqual({ whole: false, ...expected });
  });

  it('shows a ledger that was rewritten whole, by its signed checkpoint', async () => {
    const folder = await lab.folder();
    const first = await open(folder);
    await first.ledger.append(entry(1));
    first.checkpoints.close();
    await first.store.close();
    const other = await lab.folder();
    const second = await open(other);
    await second.ledger.append(entry(2));
    const signed = new Checkpoints(folder, new ManualClock(), new EventLog(undefined));
    const result = await verifyLedger(join(other, 'relay.db'), signed.toCheck());
    expect(result).toEqual({ whole: false, seq: 1, to: 1, reason: 'rewritten' });
    await second.store.close();
  });

  it('shows a checkpoint that was edited', async () => {
    const folder = await lab.folder();
    const { ledger, checkpoints, store } = await open(folder);
    await ledger.append(entry(1));
    checkpoints.close();
    const file = join(folder, 'checkpoints.log');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"seq":1', '"seq":2'));
    const result = await verifyLedger(join(folder, 'relay.db'), checkpoints.toCheck());
    expect(result).toMatchObject({ whole: false, checkpoint: 1, reason: 'checkpoint-changed' });
    await store.close();
  });

  it('can only be appended to', async () => {
    const folder = await lab.folder();
    const { ledger, store } = await open(folder);
    await ledger.append(entry(1));
    await store.close();
    const db = new Database(join(folder, 'relay.db'));
    expect(() => db.exec('update ledger set units = 0')).toThrow('append-only');
    expect(() => db.exec('delete from ledger')).toThrow('append-only');
    db.close();
  });

  it('takes the same signed proof once, and its neighbors all the same', async () => {
    const { ledger, store } = await open(await lab.folder());
    const shown = { ...entry(1), kind: 'shown', proof: 'aa' } as const;
    const results = await Promise.allSettled([ledger.append(shown), ledger.append(shown), ledger.append(entry(2))]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(ledger.head.seq).toBe(2);
    await store.close();
  });

  it('loses no acknowledged row to kill -9', async () => {
    const folder = await lab.folder();
    let acknowledged = 0;
    for (let kill = 0; kill < 4; kill += 1) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-writer.ts'), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const enough = acknowledged + 40 + 13 * kill;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Math.max(acknowledged, Number(line));
        if (acknowledged >= enough) child.kill('SIGKILL');
      }
      await gone;
    }
    const { store, ledger, checkpoints } = await open(folder);
    expect(ledger.head.seq).toBeGreaterThanOrEqual(acknowledged);
    expect(await verifyLedger(join(folder, 'relay.db'), checkpoints.toCheck())).toMatchObject({ whole: true });
    await store.close();
  });
});

describe('spans of real viewings', () => {
  async function page(peer: Peer, extra: object = {}): Promise<Record<string, unknown>[]> {
    const reply = await peer.ask({
      t: 'ledger.get',
      id: nextId(),
      fromMs: 0,
      toMs: Date.now() + 10_000,
      limit: 100,
      ...extra,
    });
    return (reply['rows'] ?? reply['code']) as Record<string, unknown>[];
  }

  it('says what was delivered, shown and refused, and when it ended', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const [admin, viewer] = await Promise.all([house.viewer(), house.viewer()]);
    await watch(viewer, agent, camera);
    expect(await page(admin)).toMatchObject([
      { cameraId: camera, streamId: 0, route: 'sealed', closed: false, delivered: 0 },
    ]);
    for (let ctr = 0; ctr < 5; ctr += 1) agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), ctr, 0)));
    await viewer.takeUnits(5);
    const base = { homeId: house.id, deviceId: house.admin.deviceId, timeMs: millis(Date.now()) };
    const receipt: Receipt = {
      ...base,
      seq: 1,
      ranges: [{ cameraId: camera, streamId: 0, kid: house.kid(camera), fromCtr: 0, toCtr: 9, painted: 4 }],
      refused: [],
    };
    expect(encodeReceipt(receipt).length).toBeGreaterThan(0);
    const signedReceipt = toBase64Url(await signReceipt(house.admin, receipt));
    viewer.send({ t: 'receipt', receipt: signedReceipt });
    viewer.send({ t: 'receipt', receipt: signedReceipt });
    const report = (ctr: number): Report => ({
      ...base,
      seq: ctr,
      cameraId: camera,
      streamId: 0,
      reason: 'broken',
      kid: house.kid(camera),
      ctr,
      frameHash: new Uint8Array(32),
    });
    expect(encodeReport(report(2)).length).toBeGreaterThan(0);
    // One that was sent, and one that never was: only the first one counts.
    for (const ctr of [2, 77])
      viewer.send({ t: 'report', report: toBase64Url(await signReport(house.admin, report(ctr))) });
    await viewer.ask({ t: 'unsubscribe', id: nextId(), cameraId: camera, streamId: 0 });
    await viewer.ask({ t: 'roster.get', id: nextId(), from: 1 });
    await house.relay.verifyLedger();
    expect(await page(admin)).toMatchObject([{ closed: true, delivered: 5, shown: 4, refused: 1 }]);
    expect(await house.relay.verifyLedger()).toMatchObject({ whole: true });
  });

  it('shows a household its own rows only, and a viewer only its own', async () => {
    const relay = await lab.relay();
    const [house, other] = await Promise.all([House.build(lab, relay), House.build(lab, relay)]);
    const { agent, camera } = await house.ready();
    await other.ready(camera);
    const admin = await house.viewer();
    const keys = await house.addViewer(admin, 'all');
    const guest = await house.viewer(keys);
    await watch(admin, agent, camera);
    await watch(guest, agent, camera);
    const stranger = await other.viewer();
    expect(await page(stranger)).toEqual([]);
    expect((await page(admin)).length).toBe(2);
    expect(await page(guest)).toMatchObject([{ deviceId: keys.deviceId }]);
    expect(await page(guest, { deviceId: house.admin.deviceId })).toBe('device.role');
  });

  it('leaves a viewing open that a crash ended: it could have been', async () => {
    const folder = await lab.folder();
    const relay = await lab.relay({ dataDir: folder });
    const house = await House.build(lab, relay);
    const { agent, camera } = await house.ready();
    const viewer = await house.viewer();
    await watch(viewer, agent, camera);
    // What the disk holds at this moment is what a crash would leave.
    const db = new Database(join(folder, 'relay', 'relay.db'), { readonly: true });
    expect(db.prepare("select kind, final from ledger where kind <> 'mark'").all()).toEqual([
      { kind: 'open', final: 0 },
    ]);
    db.close();
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 0, 0)));
    await viewer.takeUnits(1);
  });
});
