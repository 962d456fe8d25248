/** A peer that sends and hangs up: what it had sent is worked off, in order; what the relay itself cut is not. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { signReceipt, verifyNext } from '@sealcam/home';
import { millis, toBase64Url } from '@sealcam/protocol';
import { House, Lab, nextId, sealedUnit, watch, type Peer } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

/** As many receipts as a display may send at once. */
const RECEIPTS = 30;

interface Watching {
  readonly house: House;
  readonly agent: Peer;
  readonly viewer: Peer;
  /** Signed: each says that one of the units that the viewer got was painted. */
  readonly receipts: readonly string[];
  /** Painted units that the ledger has. */
  shown(): number;
}

async function watching(): Promise<Watching> {
  const dataDir = await lab.folder();
  const house = await House.build(lab, await lab.relay({ dataDir }));
  const { agent, camera } = await house.ready();
  const viewer = await house.viewer();
  await watch(viewer, agent, camera);
  for (let ctr = 0; ctr < RECEIPTS; ctr += 1)
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), ctr, 0)));
  await viewer.takeUnits(RECEIPTS);
  const sign = async (ctr: number): Promise<string> => {
    const range = {
      cameraId: camera,
      streamId: 0,
      kid: house.kid(camera),
      fromCtr: ctr,
      toCtr: ctr,
      painted: 1,
    } as const;
    const base = { homeId: house.id, deviceId: house.admin.deviceId, timeMs: millis(Date.now()), seq: ctr + 1 };
    return toBase64Url(await signReceipt(house.admin, { ...base, ranges: [range], refused: [] }));
  };
  const receipts = await Promise.all(Array.from({ length: RECEIPTS }, (_, ctr) => sign(ctr)));
  const db = new Database(join(dataDir, 'relay', 'relay.db'), { readonly: true });
  lab.onEnd(() => void db.close());
  const count = db.prepare("select coalesce(sum(units), 0) as units from ledger where kind = 'shown'");
  return { house, agent, viewer, receipts, shown: () => (count.get() as { units: number }).units };
}

describe('a display that hangs up right after its receipts', () => {
  it.each(['says good-bye', 'drops its socket'] as const)('and %s has all of them in the ledger', async (how) => {
    const { house, viewer, receipts, shown } = await watching();
    for (const receipt of receipts) viewer.send({ t: 'receipt', receipt });
    if (how === 'says good-bye') viewer.socket.close();
    else viewer.socket.terminate();
    await expect.poll(shown, { timeout: 20_000 }).toBe(RECEIPTS);
    expect(await house.relay.verifyLedger()).toMatchObject({ whole: true });
  });

  it('has them there too when the relay itself ends meanwhile', async () => {
    const { house, viewer, receipts, shown } = await watching();
    for (const receipt of receipts) viewer.send({ t: 'receipt', receipt });
    await viewer.settled();
    await house.relay.close();
    expect(shown()).toBe(RECEIPTS);
  });

  it('gives up its place at once, and its pictures with it', async () => {
    const { house, agent, viewer, receipts } = await watching();
    for (const receipt of receipts) viewer.send({ t: 'receipt', receipt });
    viewer.socket.terminate();
    expect(await agent.take('watch', ({ viewers }) => viewers === 0)).toBeDefined();
    expect(await house.viewer()).toBeDefined();
  });
});

describe('what the relay cut', () => {
  it('ends at the first bytes that are no message, hung up or not', async () => {
    const { viewer, receipts, shown, house } = await watching();
    for (const receipt of receipts.slice(0, 10)) viewer.send({ t: 'receipt', receipt });
    viewer.socket.send('{"t":"nothing"}');
    for (const receipt of receipts.slice(10)) viewer.send({ t: 'receipt', receipt });
    viewer.socket.close();
    await viewer.closeCode();
    await house.relay.close();
    expect(shown()).toBe(10);
  });

  it('asks nothing of the home in the name of a device that was removed before it got to it', async () => {
    const { house, agent, viewer } = await watching();
    const keys = await house.addViewer(viewer, 'all');
    const guest = await house.viewer(keys);
    const command = (): void => guest.send({ t: 'command', id: nextId(), sealed: 'AAAA' });
    command();
    expect(await agent.take('command')).toMatchObject({ deviceId: keys.deviceId });
    const removal = await house.nextRoster([{ do: 'removeDevice', deviceId: keys.deviceId }]);
    house.head = await verifyNext(house.head, removal);
    guest.send({ t: 'roster.put', id: nextId(), roster: toBase64Url(removal) });
    for (let n = 0; n < 10; n += 1) command();
    guest.socket.terminate();
    await viewer.take('roster', ({ roster }) => roster === toBase64Url(removal));
    await house.relay.close();
    expect(agent.texts.filter(({ t }) => t === 'command')).toEqual([]);
  });
});
