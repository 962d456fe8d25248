import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateDeviceKeys } from '@sealcam/home';
import { STREAM, millis, toBase64Url } from '@sealcam/protocol';
import { HomeRig, type PaintingSink } from '../../test/home-rig.ts';
import type { SealedCamera } from '../../test/sealed-camera.ts';
import { until } from '../../test/until.ts';
import type { HomeClient } from './home-client.ts';
import type { Watch } from './watch.ts';

let rig: HomeRig;
let client: HomeClient;
let porch: SealedCamera;

beforeEach(async () => {
  rig = await HomeRig.create();
  client = await rig.open();
  porch = rig.camera('c1');
});
afterEach(() => client.close());

/** Watches the porch until it is live. */
async function watchLive(): Promise<{ watch: Watch; sink: PaintingSink }> {
  const view = rig.watch(client, porch);
  await until('subscribed', () => rig.isSubscribed(porch));
  rig.sendUnit(rig.now(porch, true));
  await until('painted', () => view.sink.units.length > 0);
  await until('live', () => view.watch.picture.get().state === 'live');
  return view;
}
/** One frame a step, so that the picture does not age. */
async function stream(sink: PaintingSink, steps: number, stepMs = 500): Promise<void> {
  for (let i = 0; i < steps; i += 1) {
    rig.clock.pass(stepMs);
    const before = sink.units.length;
    rig.sendUnit(rig.now(porch, false));
    await until('a frame', () => sink.units.length > before);
  }
}

describe('a home that is well', () => {
  test('names, members and household code are there; a watched camera is live', async () => {
    expect(client.home.get()).toMatchObject({ names: { homeName: 'Test home' }, me: { role: 'viewer' } });
    expect(client.home.get().code).toHaveLength(6);
    const { watch, sink } = await watchLive();
    await stream(sink, 60);
    expect(watch.picture.get().state).toBe('live');
    expect(client.alarms.get()).toEqual([]);
    expect(sink.resets).toEqual([]);
  });

  test('rotations in mid-stream are not seen: no frame lost, no alarm, always live', async () => {
    const { watch, sink } = await watchLive();
    for (let i = 0; i < 30; i += 1) {
      await rig.rotate();
      await stream(sink, 1);
      expect(watch.picture.get().state).toBe('live');
    }
    expect(sink.units.map(({ ctr }) => ctr)).toEqual(Array.from({ length: sink.units.length }, (_, i) => i));
    expect(client.alarms.get()).toEqual([]);
    expect(rig.reports).toEqual([]);
  });

  test('receipts name the counters that were painted, and no others', async () => {
    const { sink } = await watchLive();
    sink.paints = false;
    await stream(sink, 3);
    sink.paints = true;
    await stream(sink, 22);
    await until('receipts', () => rig.receipts.length > 0);
    const painted = rig.receipts.flatMap(({ ranges }) => ranges).reduce((sum, range) => sum + range.painted, 0);
    expect(painted).toBeGreaterThan(1);
    expect(painted).toBeLessThanOrEqual(sink.units.length - 3);
    expect(new Set(rig.receipts.flatMap(({ ranges }) => ranges.map((range) => range.cameraId)))).toEqual(
      new Set([porch.cameraId]),
    );
  });

  test('a look of a second is receipted when it ends, not at a liveness exchange that may never come', async () => {
    const { watch, sink } = await watchLive();
    await stream(sink, 1);
    const live = rig.asked.filter((t) => t === 'live').length;
    watch.stop();
    await until('a receipt', () => rig.receipts.length > 0);
    expect(rig.receipts.flatMap(({ ranges }) => ranges)).toEqual([
      expect.objectContaining({ cameraId: porch.cameraId, fromCtr: 0, toCtr: 1, painted: 2 }),
    ]);
    expect(rig.asked.filter((t) => t === 'live')).toHaveLength(live);
  });

  test('two screens of one camera share a subscription; the second begins with the whole GOP', async () => {
    const first = await watchLive();
    await stream(first.sink, 3);
    const second = rig.watch(client, porch);
    expect(second.sink.units.map(({ ctr }) => ctr)).toEqual([0, 1, 2, 3]);
    first.watch.stop();
    expect(rig.isSubscribed(porch)).toBe(true);
    second.watch.stop();
    await until('unsubscribed', () => rig.subscribed.size === 0);
  });

  test('commands reach the agent sealed, and its replies come in order', async () => {
    rig.onCommand = async (message) => {
      const { command, seq } = await rig.openedCommand(message);
      expect(command).toEqual({ do: 'roster.offer', rosters: [] });
      await rig.reply(message.id, seq, 1, { is: 'waiting', words: 'soon' });
      await rig.reply(message.id, seq, 2, { is: 'ok' });
    };
    const replies: string[] = [];
    expect(await client.command({ do: 'roster.offer', rosters: [] }, ({ is }) => replies.push(is))).toEqual({
      is: 'ok',
    });
    expect(replies).toEqual(['waiting', 'ok']);
    expect(rig.store.device?.replySeq).toBe(2);
  });
});

describe('nothing is called live', () => {
  test.each([
    ['before an answer', async () => undefined],
    [
      'on an answer for another viewer',
      async (nonce: Uint8Array) => rig.answerLive(nonce, { deviceId: rig.admin.deviceId }),
    ],
    ['on an answer for another nonce', async () => rig.answerLive(new Uint8Array(16))],
    [
      'on an answer of another home',
      async (nonce: Uint8Array) => {
        const other = await HomeRig.create(['c1']);
        rig.send({
          t: 'live.answer',
          answer: toBase64Url(await other.liveAnswer(nonce, { deviceId: rig.display.deviceId })),
        });
      },
    ],
    [
      'on an answer delayed by 4 s',
      async (nonce: Uint8Array) => {
        rig.clock.after(4_000, () => void rig.answerLive(nonce));
      },
    ],
    [
      'on an answer that was recorded',
      (() => {
        let recorded: Uint8Array | undefined;
        return async (nonce: Uint8Array) => {
          recorded ??= await rig.liveAnswer(nonce);
          if (rig.asked.filter((t) => t === 'live').length > 1)
            rig.send({ t: 'live.answer', answer: toBase64Url(recorded) });
        };
      })(),
    ],
  ] as const)('%s', async (_name, onLive) => {
    rig.onLive = onLive;
    const { watch, sink } = rig.watch(client, porch);
    const seen = new Set<string>();
    watch.picture.subscribe(({ state }) => seen.add(state));
    await until('subscribed', () => rig.isSubscribed(porch));
    rig.sendUnit(rig.now(porch, true));
    await until('painted', () => sink.units.length > 0);
    await stream(sink, 20);
    expect(seen).not.toContain('live');
    expect(watch.picture.get().state).toBe('late');
  });

  test('when the agent has not answered for 25 s though frames go on', async () => {
    const { watch, sink } = await watchLive();
    rig.agentOnline = false;
    await stream(sink, 60);
    expect(watch.picture.get()).toMatchObject({ state: 'late', why: 'unproven' });
    rig.agentOnline = true;
    await stream(sink, 12);
    expect(watch.picture.get().state).toBe('live');
  });

  test('after a tablet slept, until the next answer', async () => {
    const { watch, sink } = await watchLive();
    rig.clock.sleep(10_000);
    sink.watch?.painted({ ctr: 0, captureUs: 0 });
    expect(watch.picture.get().state).not.toBe('live');
    rig.clock.pass(500);
    await stream(sink, 6);
    expect(watch.picture.get().state).toBe('live');
  });

  test('when frames are held back: grey with the age, then blank', async () => {
    const { watch, sink } = await watchLive();
    rig.clock.pass(4_000);
    expect(watch.picture.get()).toMatchObject({ state: 'late', why: 'no-frames' });
    for (let i = 0; i < 24; i += 1) {
      rig.clock.pass(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(watch.picture.get().state).toBe('gone');
    expect(sink.resets).toEqual(['gone']);
    rig.sendUnit(rig.now(porch, false));
    await until('the GOP again', () => sink.units.length === 3);
    expect(sink.units.map(({ keyframe }) => keyframe)).toEqual([true, true, false]);
    expect(watch.picture.get().state).toBe('live');
  });

  test.each([1_000, 3_600_000])('on a recording replayed %i ms later, after a reload', async (laterMs) => {
    const { sink } = await watchLive();
    const recorded = [rig.now(porch, true), ...Array.from({ length: 5 }, () => rig.now(porch, false))];
    rig.sendUnit(...recorded);
    await until('recorded', () => sink.units.length === 7);
    client.close();
    rig.sendUnit(rig.now(porch, true));
    rig.clock.sleep(laterMs);
    client = await rig.open();
    const again = rig.watch(client, porch);
    const seen = new Set<string>();
    again.watch.picture.subscribe(({ state }) => seen.add(state));
    await until('subscribed', () => rig.isSubscribed(porch));
    rig.sendUnit(...recorded);
    for (let i = 0; i < 8; i += 1) {
      rig.clock.pass(500);
      await new Promise((resolve) => setImmediate(resolve));
      rig.sendUnit(...recorded);
    }
    expect(seen).not.toContain('live');
  });

  test('on a recording replayed after the agent restarted: it does not even open', async () => {
    const { sink } = await watchLive();
    const recorded = [rig.now(porch, true), rig.now(porch, false)];
    rig.epoch += 1_000_000;
    for (const camera of rig.cameras.values()) camera.restart(rig.epoch);
    rig.bulletin = await rig.makeBulletin(rig.epoch);
    rig.sendBulletin(rig.bulletin);
    rig.sendUnit(rig.now(porch, true));
    await until('the new session', () => sink.resets.includes('session'));
    rig.sendUnit(...recorded);
    await stream(sink, 3);
    expect(sink.units).toHaveLength(5);
  });
});

describe('a picture that is not ours', () => {
  test('under our label: 0 shown, refused on the screen, reported once it is known', async () => {
    const other = await HomeRig.create(['c1']);
    const { watch, sink } = rig.watch(client, porch);
    await until('subscribed', () => rig.isSubscribed(porch));
    const foreign = other.now(other.camera('c1'), true);
    rig.sendUnit({ ...foreign, homeId: porch.homeId });
    for (let i = 0; i < 4 && watch.picture.get().state !== 'refused'; i += 1) {
      rig.clock.pass(500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until('a report', () => rig.reports.length > 0);
    expect(watch.picture.get()).toMatchObject({ state: 'refused', code: 'seal.foreign' });
    expect(sink.units).toEqual([]);
    expect(rig.reports[0]).toMatchObject({ reason: 'unknown', cameraId: porch.cameraId, streamId: 0 });
  });

  test('of another home under its own label: 0 shown, reported', async () => {
    const other = await HomeRig.create(['c1']);
    const { sink } = await watchLive();
    rig.sendUnit(other.now(other.camera('c1'), true));
    await until('a report', () => rig.reports.length > 0);
    expect(rig.reports[0]?.reason).toBe('foreign');
    expect(sink.units).toHaveLength(1);
  });

  test('of another camera of this home under this label: 0 shown, reported as foreign', async () => {
    const { sink } = await watchLive();
    const foreign = rig.now(rig.camera('c2'), true);
    rig.sendUnit({ ...foreign, cameraId: porch.cameraId });
    for (let i = 0; i < 4 && rig.reports.length === 0; i += 1) {
      rig.clock.pass(500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(rig.reports[0]?.reason).toBe('foreign');
    expect(sink.units).toHaveLength(1);
  });
});

describe('roster and bulletin', () => {
  test('the highest is stored before anything is used', async () => {
    const { sink } = await watchLive();
    await rig.rotate();
    await stream(sink, 1);
    expect(rig.store.device?.mark?.epoch).toBe(rig.epoch);
    expect(sink.units.at(-1)?.epoch).toBe(rig.epoch);
  });

  test('a removed display says so, and its keys are gone', async () => {
    const { watch, sink } = await watchLive();
    await rig.changeRoster({ do: 'removeDevice', deviceId: rig.display.deviceId });
    await rig.rotate();
    await until('not sealed', () => watch.picture.get().state === 'not-sealed');
    const before = sink.units.length;
    rig.sendUnit(rig.now(porch, true));
    await rig.rotate();
    expect(sink.units).toHaveLength(before);
    expect(sink.resets).toContain('not-sealed');
  });

  test('a guest whose time is over: not sealed, though the roster still names it', async () => {
    const { watch, sink } = await watchLive();
    await rig.changeRoster({
      do: 'setNotAfter',
      deviceId: rig.display.deviceId,
      notAfterMs: millis(rig.clock.wallMs() + 1_000),
    });
    await rig.rotate();
    await until('the new keys', () => rig.store.device?.mark?.epoch === rig.epoch);
    expect(watch.picture.get().state).toBe('live');
    rig.clock.pass(1_500);
    await rig.rotate();
    await until('not sealed', () => watch.picture.get().state === 'not-sealed');
    expect(sink.resets).toContain('not-sealed');
  });

  test('a camera that is no longer granted goes dark with the bulletin, the others stay', async () => {
    const { watch } = await watchLive();
    await rig.changeRoster({ do: 'setGrants', deviceId: rig.display.deviceId, grants: [rig.camera('c2').cameraId] });
    await rig.rotate();
    await until('not sealed', () => watch.picture.get().state === 'not-sealed');
    expect(client.home.get().names?.cameras.map(({ cameraId }) => cameraId)).toEqual([rig.camera('c2').cameraId]);
  });

  test('rekeyed resolves only with a bulletin of the new roster', async () => {
    const guest = await generateDeviceKeys();
    let done = false;
    const rekeyed = client.rekeyed(rig.head.version + 1).then((manifest) => {
      done = true;
      return manifest;
    });
    await rig.changeRoster({ do: 'addDevice', sigPub: guest.sigPub, role: 'viewer', grants: [] });
    await until('the new head', () => client.home.get().head.version === rig.head.version);
    expect(done).toBe(false);
    await rig.rotate();
    expect((await rekeyed).rosterVersion).toBe(rig.head.version);
  });

  test('a bulletin below the stored one, after a reload: refused with an alarm', async () => {
    const old = rig.bulletin;
    rig.clock.pass(1_000);
    await rig.rotate();
    await until('stored', () => rig.store.device?.mark?.epoch === rig.epoch);
    client.close();
    rig.bulletin = old;
    client = await HomeRigOpen();
    await until('an alarm', () => client.alarms.get().some(({ kind }) => kind === 'rollback'));
  });

  test('two bulletins of one epoch: fork alarm, and nothing is shown', async () => {
    const { watch, sink } = await watchLive();
    rig.clock.pass(10);
    rig.sendBulletin(await rig.makeBulletin(rig.epoch));
    await until('refused', () => watch.picture.get().state === 'refused');
    expect(watch.picture.get()).toMatchObject({ code: 'roster.forked' });
    const before = sink.units.length;
    rig.sendUnit(rig.now(porch, true));
    rig.clock.pass(11_000);
    await until('another receipt of the answer', () => rig.asked.filter((t) => t === 'live').length > 1);
    expect(sink.units).toHaveLength(before);
  });

  test('another roster of the same version: fork alarm', async () => {
    const roster = await rig.signNext({ do: 'setGrants', deviceId: rig.display.deviceId, grants: [] });
    await rig.changeRoster({ do: 'setGrants', deviceId: rig.display.deviceId, grants: 'all' });
    await until('the new head', () => client.home.get().head.version === rig.head.version);
    rig.send({ t: 'roster', roster: toBase64Url(roster) });
    await until('an alarm', () => client.alarms.get().some(({ kind }) => kind === 'forked'));
  });

  test('an agent that says more than the relay handed over: blank within seconds, and the connection is made anew', async () => {
    const { watch, sink } = await watchLive();
    rig.onLive = async (nonce) => rig.answerLive(nonce, { epoch: (rig.epoch + 5) as never });
    const states = new Set<string>();
    watch.picture.subscribe(({ state }) => states.add(state));
    const dials = rig.dials;
    for (let i = 0; i < 40 && rig.dials === dials; i += 1) {
      rig.clock.pass(500);
      rig.sendUnit(rig.now(porch, false));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(states).toContain('refused');
    expect(sink.resets).toContain('refused');
    expect(rig.dials).toBeGreaterThan(dials);
  });

  test('a new HPKE key is given out after a day, and the old one goes when a wrap opened with the new', async () => {
    rig.clock.sleep(24 * 3600_000);
    rig.clock.pass(1_000);
    await until('the new key', () => rig.hpkeKeys.get(rig.display.deviceId)?.keySeq === 2);
    expect(rig.store.device?.hpke.map(({ keySeq }) => keySeq)).toEqual([1, 2]);
    await rig.rotate();
    await until('the old one gone', () => rig.store.device?.hpke.length === 1);
    expect(rig.store.device?.hpke[0]?.keySeq).toBe(2);
  });
});

describe('the line', () => {
  test('comes back by itself after a break, subscribes again and goes on', async () => {
    const { watch, sink } = await watchLive();
    rig.cut();
    expect(client.connection.get().state).toBe('offline');
    rig.clock.pass(600);
    await until('online', () => client.connection.get().state === 'online' && rig.isSubscribed(porch));
    await stream(sink, 2);
    await until('live again', () => watch.picture.get().state === 'live');
    expect(sink.units.map(({ ctr }) => ctr)).toEqual([0, 1, 2]);
  });

  test('nothing heard: it is given up and dialed again', async () => {
    rig.onLive = async () => undefined;
    const dials = rig.dials;
    rig.send = () => undefined;
    for (let i = 0; i < 40; i += 1) rig.clock.pass(500);
    expect(rig.dials).toBeGreaterThan(dials);
  });

  test('never hammers: attempts on a dead line grow rare', async () => {
    rig.cut();
    const before = rig.dials;
    rig.send = () => undefined;
    for (let i = 0; i < 120; i += 1) {
      rig.clock.pass(500);
      rig.cut();
    }
    expect(rig.dials - before).toBeGreaterThan(4);
    expect(rig.dials - before).toBeLessThan(16);
  });

  test('removed at the relay: final, with its reason, until the page asks again', async () => {
    rig.send({ t: 'error', code: 'home.erased', words: '' });
    rig.cut(4403);
    const dials = rig.dials;
    rig.clock.pass(60_000);
    expect(client.connection.get()).toMatchObject({ state: 'offline', final: true, code: 'home.erased' });
    expect(rig.dials).toBe(dials);
    client.reconnect();
    expect(rig.dials).toBe(dials + 1);
  });

  test('a relay that speaks nonsense is dropped and dialed again', async () => {
    rig.send({ t: 'nonsense' } as never);
    expect(client.connection.get()).toMatchObject({ state: 'offline', code: 'codec.malformed' });
  });
});

describe('what the relay and the agent say of a camera', () => {
  test('refused, cut and allowed again', async () => {
    rig.refuseSubscribe = ({ streamId }) => (streamId === STREAM.main ? 'camera.private' : undefined);
    const { watch, sink } = rig.watch(client, porch);
    await until('private', () => {
      rig.clock.pass(100);
      return watch.picture.get().state === 'private';
    });
    expect(sink.resets).toEqual(['private']);
    rig.refuseSubscribe = () => undefined;
    await until('opening', () => {
      rig.clock.pass(100);
      return watch.picture.get().state === 'opening';
    });
    rig.send({ t: 'cut', cameraId: porch.cameraId, streamId: 0, code: 'camera.not-granted' });
    expect(watch.picture.get().state).toBe('not-sealed');
  });

  test('gone, with the reason, sealed by the agent', async () => {
    const { watch } = await watchLive();
    rig.sendState(porch, { state: 'gone', sinceMs: millis(rig.clock.wallMs()), code: 'rtsp.password' });
    await until('gone', () => watch.picture.get().state === 'gone');
    expect(watch.picture.get()).toMatchObject({ code: 'rtsp.password' });
  });

  test('gone and back: opening until its next picture, never the age of one that is off the screen', async () => {
    const { watch, sink } = await watchLive();
    const seen = new Set<string>();
    rig.clock.pass(1_000);
    rig.sendState(porch, { state: 'gone', sinceMs: millis(rig.clock.wallMs()), code: 'rtsp.silent' });
    await until('gone', () => watch.picture.get().state === 'gone');
    watch.picture.subscribe(({ state }) => seen.add(state));
    rig.clock.pass(3_000);
    rig.sendState(porch, { state: 'live', sinceMs: millis(rig.clock.wallMs()), code: '' });
    await until('opening', () => watch.picture.get().state === 'opening');
    await stream(sink, 6);
    await until('live', () => watch.picture.get().state === 'live');
    expect([...seen]).toEqual(['gone', 'opening', 'live']);
  });
});

async function HomeRigOpen(): Promise<HomeClient> {
  const { HomeClient: Client } = await import('./home-client.ts');
  return Client.open({ url: 'wss://relay.test/ws/viewer', ports: rig.ports });
}
