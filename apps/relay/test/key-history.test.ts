/** What the store of record knows of a key id: who had it first, for how long that is kept, and what can be proven with it. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { cameraId, deviceId, epoch, homeId, type HomeId, type KeyId } from '@sealcam/protocol';
import { AnnouncedKeys } from '../src/incidents/announced-keys.ts';
import { chainRow, sourceEntry } from '../src/ledger/row.ts';
import { EventLog } from '../src/log.ts';
import { ANNOUNCED_KEPT_MS } from '../src/store/key-store.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { kidOf, Lab } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

const CAMERA = cameraId('c1'.repeat(16));
const AGENT = deviceId('a1'.repeat(16));
const [K, L, M] = [kidOf('k'), kidOf('l'), kidOf('m')];

async function rig() {
  const store = await openSqliteStore(await lab.folder());
  lab.onEnd(() => store.close());
  const clock = new ManualClock();
  const keys = new AnnouncedKeys({
    ...{ store: store.keys, clock, log: new EventLog(undefined) },
    ledger: { append: () => Promise.reject(new Error('nothing enters')) },
  });
  const newHome = async (): Promise<HomeId> => {
    const home = homeId(randomBytes(16).toString('hex'));
    const roster = {
      homeId: home,
      version: 1,
      hash: '0'.repeat(64),
      roster: new Uint8Array(1),
      agentId: AGENT,
      members: [],
    };
    await store.addHome(roster, undefined, clock.wallMs());
    return home;
  };
  let newest = 0;
  const announce = async (home: HomeId, ...kids: readonly KeyId[]) => {
    newest += 1;
    const list = kids.map((kid, index) => ({ cameraId: CAMERA, streamId: index as 0 | 1 | 2, kid }));
    const base = { homeId: home, epoch: epoch(newest), manifest: new Uint8Array(1), storedMs: clock.wallMs() };
    const put = await store.putBulletin({ ...base, wraps: new Map() }, list);
    return put.at === 'stored' ? put.contested.map(({ kid, first }) => [kid, first.homeId]) : put.at;
  };
  const enters = async (home: HomeId, kid: KeyId): Promise<void> => {
    const track = { homeId: home, cameraId: CAMERA, streamId: 0 as const };
    const source = sourceEntry(kid, track, { deviceId: AGENT, connectionId: '0'.repeat(32) }, clock.wallMs());
    await store.appendLedger([chainRow(source, await store.ledgerHead())]);
  };
  /** Who had it first, whether it can prove anything, and how many homes had it. */
  const facts = async (kid: KeyId) => {
    const found = await keys.facts(kid);
    return found && [found.owner.homeId, found.isSure, new Set(found.tracks.map((track) => track.homeId)).size];
  };
  return { store, clock, newHome, announce, enters, facts };
}

describe('a key id', () => {
  it('is the first home’s, and proves something only while no other home has had it', async () => {
    const { newHome, announce, enters, facts } = await rig();
    const [a, b, c] = [await newHome(), await newHome(), await newHome()];
    expect(await facts(K)).toBeUndefined();
    expect(await announce(a, K, L)).toEqual([]);
    expect(await facts(K)).toEqual([a, true, 1]);
    await enters(a, K);
    expect(await facts(K)).toEqual([a, true, 1]);
    expect(await announce(b, M, K, L)).toEqual([[K, a], [L, a]]); // prettier-ignore
    await enters(b, L);
    expect(await facts(K)).toEqual([a, false, 2]);
    expect(await facts(L)).toEqual([a, false, 2]);
    expect(await facts(M)).toEqual([b, true, 1]);
    expect(await announce(c, L)).toEqual([[L, a]]);
    expect(await announce(b, L)).toBe('reused');
  });

  it('is remembered for a day; then by its ledger row, which proves nothing; and for ever where two homes had it', async () => {
    const { clock, newHome, announce, enters, facts } = await rig();
    const [a, b] = [await newHome(), await newHome()];
    await announce(a, K, L, M);
    await enters(a, K);
    expect(await announce(b, L)).toEqual([[L, a]]);
    const later = async (): Promise<void> => void (await announce(a, kidOf(`${clock.wallMs()} ${Math.random()}`)));
    for (let n = 0; n < 6; n += 1) await later();
    clock.advance(ANNOUNCED_KEPT_MS);
    await later();
    expect(await facts(M)).toEqual([a, true, 1]);
    clock.advance(1);
    await later();
    expect(await facts(K)).toEqual([a, false, 1]);
    expect(await facts(M)).toBeUndefined();
    expect(await facts(L)).toEqual([a, false, 2]);
    // What is only in the ledger is still the first home's.
    expect(await announce(b, K)).toEqual([[K, a]]);
    expect(await facts(K)).toEqual([a, false, 2]);
  });

  it('of the newest two bulletins is kept however old it is, and gone with its home', async () => {
    const { store, clock, newHome, announce, facts } = await rig();
    const home = await newHome();
    for (const kid of [K, L]) await announce(home, kid);
    clock.advance(30 * ANNOUNCED_KEPT_MS);
    await announce(home, M);
    expect((await store.keys.newest(home)).map(({ kid }) => kid)).toEqual([L, M]);
    expect([await facts(K), (await facts(L))?.[0]]).toEqual([undefined, home]);
    await store.endHome(home, clock.wallMs());
    expect(await facts(M)).toBeUndefined();
  });
});
