/** What is not this home's darkens nothing; what is forked does, until an admin has decided. */
import fc from 'fast-check';
import { buildNextRoster, signRoster, type DeviceKeys, type Head } from '@sealcam/home';
import { toBase64Url, STREAM } from '@sealcam/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HomeRig } from '../../test/home-rig.ts';
import type { PaintingSink } from '../../test/painting-sink.ts';
import type { SealedCamera } from '../../test/sealed-camera.ts';
import { until } from '../../test/until.ts';
import type { HomeClient } from './home-client.ts';
import type { Watch } from './watch.ts';

let rig: HomeRig;
let client: HomeClient;
let porch: SealedCamera;
let view: { readonly watch: Watch; readonly sink: PaintingSink };

beforeEach(async () => {
  rig = await HomeRig.create();
  client = await rig.open();
  porch = rig.camera('c1');
  view = await rig.watchLive(client, porch);
});
afterEach(() => client.close());

const kinds = (): string[] => client.alarms.get().map(({ kind }) => kind);
const dropped = (): number => client.strays.get().roster + client.strays.get().bulletin;
const strayReports = () => rig.reports.filter(({ reason }) => reason === 'stray');
const offer = (roster: Uint8Array): void => rig.send({ t: 'roster', roster: toBase64Url(roster) });
const offerBulletin = (manifest: Uint8Array): void => rig.send({ t: 'bulletin', manifest: toBase64Url(manifest) });

/** A roster after `head` that nobody accepted yet. */
async function signed(head: Head, by: DeviceKeys = rig.admin): Promise<Uint8Array> {
  return signRoster(by, await buildNextRoster(head, by.deviceId, []));
}

/** The list goes on twice, and one roster beside each of the two. */
async function twoLists(): Promise<{ readonly other: Uint8Array; readonly before: Head }> {
  const before = rig.head;
  const other = await rig.signNext({ do: 'setGrants', deviceId: rig.display.deviceId, grants: [] });
  await rig.changeRoster({ do: 'setGrants', deviceId: rig.display.deviceId, grants: 'all' });
  await until('the new head', () => client.home.get().head.version === rig.head.version);
  await rig.rotate();
  await until('its bulletin', () => client.home.get().manifest?.rosterVersion === rig.head.version);
  return { other, before };
}

/** The picture goes on, a frame every half second. */
async function goesOn(steps = 3): Promise<void> {
  await rig.stream(porch, view.sink, steps);
  expect(view.watch.picture.get().state).toBe('live');
}

describe('a stray message', () => {
  test('rosters and bulletins of another home, with a broken signature, or old: dropped, counted, told, no alarm', async () => {
    const stranger = await HomeRig.create();
    const broken = Uint8Array.from(await rig.signNext({ do: 'setGrants', deviceId: rig.display.deviceId, grants: [] }));
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    const old = rig.bulletin;
    const { other } = await twoLists();
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    const rosters = [
      ...stranger.rosters,
      await signed(stranger.head, stranger.admin),
      broken,
      other,
      ...rig.rosters.slice(0, 1),
    ];
    for (const [n, roster] of rosters.entries()) {
      offer(roster);
      await until('dropped', () => client.strays.get().roster === n + 1);
      await goesOn(1);
    }
    const bad = Uint8Array.from(rig.bulletin?.manifest ?? []);
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
    for (const [n, manifest] of [stranger.bulletin?.manifest, old?.manifest, bad].entries()) {
      offerBulletin(manifest ?? new Uint8Array());
      await until('dropped', () => client.strays.get().bulletin === n + 1);
      await goesOn(1);
    }
    expect(client.alarms.get()).toEqual([]);
    await goesOn(10);
    await until('reports', () => strayReports().length >= 5);
    expect(strayReports()[0]).toMatchObject({ streamId: STREAM.main, kid: '0'.repeat(16), ctr: 0 });
    expect(view.sink.resets).toEqual([]);
  });

  test('whatever byte of a roster or bulletin is another: no alarm, and the picture goes on (200 trials)', async () => {
    const stranger = await HomeRig.create();
    const { other } = await twoLists();
    const next = await rig.signNext();
    const sources = [other, next, ...rig.rosters, ...stranger.rosters].map((bytes) => ({ bytes, send: offer }));
    const manifests = [rig.bulletin, stranger.bulletin].map((each) => each?.manifest ?? new Uint8Array());
    const all = [...sources, ...manifests.map((bytes) => ({ bytes, send: offerBulletin }))];
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async ({ bytes, send }, place, flip) => {
          const bad = Uint8Array.from(bytes);
          bad[place % bad.length] = (bad[place % bad.length] ?? 0) ^ flip;
          send(bad);
          sent += 1;
          if (sent % 20 === 0) await goesOn(1);
          expect(client.alarms.get()).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
    // A change in the signature of the list that is held already is all that is not counted.
    await until('worked off', () => dropped() > 150);
    await goesOn(2);
    expect(client.alarms.get()).toEqual([]);
    expect(client.home.get().head.hash).toEqual(rig.head.hash);
  });

  test('a flood of them is told five times at once, then one in five seconds', async () => {
    const stranger = await HomeRig.create();
    for (let n = 0; n < 100; n += 1) offer(stranger.rosters[1] ?? new Uint8Array());
    await until('dropped', () => dropped() === 100);
    await until('told', () => strayReports().length === 5);
    await goesOn(12);
    expect(strayReports()).toHaveLength(5);
    offer(stranger.rosters[1] ?? new Uint8Array());
    await until('told again', () => strayReports().length === 6);
  });
});

describe('two lists that admins of this home signed', () => {
  test('nothing is shown, both are named, and a later roster that the agent follows ends it without a reload', async () => {
    const { other } = await twoLists();
    offer(other);
    await until('refused', () => view.watch.picture.get().state === 'refused');
    expect(view.watch.picture.get()).toMatchObject({ code: 'roster.forked' });
    const [alarm] = client.alarms.get();
    expect(alarm).toMatchObject({ kind: 'forked', version: rig.head.version });
    expect(alarm?.fork?.ours).toMatchObject({ code: client.home.get().code, signerId: rig.admin.deviceId });
    expect(alarm?.fork?.theirs.code).not.toEqual(client.home.get().code);
    // New keys of the same list decide nothing.
    rig.clock.pass(10);
    await rig.rotate();
    await until('its keys', () => rig.store.device?.mark?.epoch === rig.epoch);
    expect(kinds()).toEqual(['forked']);
    // Nor does a later list, before the agent follows it.
    await rig.changeRoster();
    await until('the new head', () => client.home.get().head.version === rig.head.version);
    expect(kinds()).toEqual(['forked']);
    rig.clock.pass(10);
    await rig.rotate();
    await until('decided', () => client.alarms.get().length === 0);
    rig.sendUnit(rig.now(porch, true));
    await until('live', () => view.watch.picture.get().state === 'live');
    // What was decided darkens nothing when it is brought in again.
    offer(other);
    await until('dropped', () => client.strays.get().roster === 1);
    await goesOn();
  });

  test('one that goes on beyond ours is a fork, too, and is decided above it', async () => {
    const { before } = await twoLists();
    const theirs = await signed({ ...before, hash: new Uint8Array(32), version: before.version + 1 });
    offer(theirs);
    await until('forked', () => kinds().includes('forked'));
    for (let n = 0; n < 2; n += 1) {
      expect(kinds()).toEqual(['forked']);
      await rig.changeRoster();
      rig.clock.pass(10);
      await rig.rotate();
      await until('its bulletin', () => client.home.get().manifest?.rosterVersion === rig.head.version);
    }
    await until('decided', () => client.alarms.get().length === 0);
  });

  test('the agent follows another list than ours: said so, not shown, and nothing but its own word ends it', async () => {
    const { before } = await twoLists();
    const ours = rig.head;
    rig.head = { ...before, version: ours.version, hash: new Uint8Array(32).fill(7) };
    const elsewhere = await rig.makeBulletin(rig.epoch + 10);
    offerBulletin(elsewhere.manifest);
    await until('refused', () => view.watch.picture.get().state === 'refused');
    expect(view.watch.picture.get()).toMatchObject({ code: 'roster.elsewhere' });
    rig.head = ours;
    rig.clock.pass(20);
    await rig.rotate();
    await until('its keys', () => rig.store.device?.mark?.epoch === rig.epoch);
    expect(kinds()).toEqual(['elsewhere']);
    await rig.changeRoster();
    rig.clock.pass(10);
    await rig.rotate();
    await until('decided', () => client.alarms.get().length === 0);
  });
});
