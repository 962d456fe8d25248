import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STREAM, millis } from '@sealcam/protocol';
import { HomeRig } from '../../test/home-rig.ts';
import type { SealedCamera } from '../../test/sealed-camera.ts';
import { until } from '../../test/until.ts';
import type { HomeClient } from './home-client.ts';

let rig: HomeRig;
let client: HomeClient;
let porch: SealedCamera;

beforeEach(async () => {
  rig = await HomeRig.create();
  client = await rig.open();
  porch = rig.camera('c1');
});
afterEach(() => client.close());

describe('a relay that was put back to an older copy', () => {
  const puts = (): number => rig.asked.filter((t) => t === 'roster.put').length;

  test('is given the list of members once more when the home’s agent came, if it would not take it before', async () => {
    Object.assign(rig, { relayVersion: 1, answersRosterPut: false, agentOnline: false });
    rig.cut();
    rig.clock.pass(1_000);
    await until('the list is handed in', () => puts() === 1);
    // It waits for the agent; nobody waits as long.
    for (let n = 0; n < 31; n += 1) {
      rig.clock.pass(500);
      rig.send({ t: 'notices', notices: [] });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(puts()).toBe(1);
    Object.assign(rig, { answersRosterPut: true, agentOnline: true });
    const { dials } = rig;
    rig.send({ t: 'agent', online: true, sinceMs: rig.clock.wallMs() });
    rig.clock.pass(1_000);
    await until('the list is handed in again', () => puts() === 2);
    // Once: what was taken is owed no more.
    rig.send({ t: 'agent', online: true, sinceMs: rig.clock.wallMs() });
    await until('online', () => client.connection.get().state === 'online');
    rig.clock.pass(1_000);
    expect(rig.dials).toBe(dials + 1);
  });
});

describe('a home that is well', () => {
  test('names, members and household code are there; a watched camera is live', async () => {
    expect(client.home.get()).toMatchObject({ names: { homeName: 'Test home' }, me: { role: 'viewer' } });
    expect(client.home.get().code).toHaveLength(6);
    const { watch, sink } = await rig.watchLive(client, porch);
    await rig.stream(porch, sink, 60);
    expect(watch.picture.get().state).toBe('live');
    expect(client.alarms.get()).toEqual([]);
    expect(sink.resets).toEqual([]);
  });

  test('rotations in mid-stream are not seen: no frame lost, no alarm, always live', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    for (let i = 0; i < 30; i += 1) {
      await rig.rotate();
      await rig.stream(porch, sink, 1);
      expect(watch.picture.get().state).toBe('live');
    }
    expect(sink.units.map(({ ctr }) => ctr)).toEqual(Array.from({ length: sink.units.length }, (_, i) => i));
    expect(client.alarms.get()).toEqual([]);
    expect(rig.reports).toEqual([]);
  });

  test('receipts name the counters that were painted, and no others', async () => {
    const { sink } = await rig.watchLive(client, porch);
    sink.paints = false;
    await rig.stream(porch, sink, 3);
    sink.paints = true;
    await rig.stream(porch, sink, 22);
    await until('receipts', () => rig.receipts.length > 0);
    const painted = rig.receipts.flatMap(({ ranges }) => ranges).reduce((sum, range) => sum + range.painted, 0);
    expect(painted).toBeGreaterThan(1);
    expect(painted).toBeLessThanOrEqual(sink.units.length - 3);
    expect(new Set(rig.receipts.flatMap(({ ranges }) => ranges.map((range) => range.cameraId)))).toEqual(
      new Set([porch.cameraId]),
    );
  });

  test('a look of a second is receipted when it ends, not at a liveness exchange that may never come', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    await rig.stream(porch, sink, 1);
    const live = rig.asked.filter((t) => t === 'live').length;
    watch.stop();
    await until('a receipt', () => rig.receipts.length > 0);
    expect(rig.receipts.flatMap(({ ranges }) => ranges)).toEqual([
      expect.objectContaining({ cameraId: porch.cameraId, fromCtr: 0, toCtr: 1, painted: 2 }),
    ]);
    expect(rig.asked.filter((t) => t === 'live')).toHaveLength(live);
  });

  test('two screens of one camera share a subscription; the second begins with the whole GOP', async () => {
    const first = await rig.watchLive(client, porch);
    await rig.stream(porch, first.sink, 3);
    const second = rig.watch(client, porch);
    expect(second.sink.units.map(({ ctr }) => ctr)).toEqual([0, 1, 2, 3]);
    first.watch.stop();
    expect(rig.isSubscribed(porch)).toBe(true);
    second.watch.stop();
    await until('unsubscribed', () => rig.subscribed.size === 0);
  });

  test('commands reach the agent sealed, and its replies come in order', async () => {
    rig.onCommand = async (message) => {
      const { command, ticket } = await rig.openedCommand(message);
      expect(command).toEqual({ do: 'roster.offer', rosters: [] });
      await rig.reply(ticket, 0, { is: 'waiting', words: 'soon' });
      await rig.reply(ticket, 1, { is: 'ok' });
    };
    const replies: string[] = [];
    expect(await client.command({ do: 'roster.offer', rosters: [] }, ({ is }) => replies.push(is))).toEqual({
      is: 'ok',
    });
    expect(replies).toEqual(['waiting', 'ok']);
  });
});

describe('the line', () => {
  test('comes back by itself after a break, subscribes again and goes on', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    rig.cut();
    expect(client.connection.get().state).toBe('offline');
    rig.clock.pass(600);
    await until('online', () => client.connection.get().state === 'online' && rig.isSubscribed(porch));
    await rig.stream(porch, sink, 2);
    await until('live again', () => watch.picture.get().state === 'live');
    expect(sink.units.map(({ ctr }) => ctr)).toEqual([0, 1, 2]);
  });

  test('a relay that is started again is dialed each second at least, and the line is there when it is back', async () => {
    for (let i = 0; i < 12; i += 1) rig.clock.pass(500);
    const { send } = rig;
    rig.send = () => undefined;
    rig.cut();
    let [sinceMs, dials] = [0, rig.dials];
    for (let awayMs = 0; awayMs < 15_000; awayMs += 50) {
      rig.clock.pass(50);
      // The challenge of a relay that is not there.
      await Promise.resolve();
      rig.cut();
      sinceMs = rig.dials > dials ? 0 : sinceMs + 50;
      dials = rig.dials;
      expect(sinceMs).toBeLessThanOrEqual(1_000);
    }
    rig.send = send;
    rig.clock.pass(1_000);
    await until('online', () => client.connection.get().state === 'online');
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

describe('a home that goes away', () => {
  test('is told over the running picture within a second, with its age, and is live again when it is back', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    await rig.stream(porch, sink, 2);
    const sinceMs = rig.clock.wallMs();
    rig.send({ t: 'agent', online: false, sinceMs });
    rig.clock.pass(1_000);
    const picture = watch.picture.get();
    expect(picture).toMatchObject({ state: 'late', why: 'home' });
    expect('ageMs' in picture && picture.ageMs).toBeGreaterThanOrEqual(1_000);
    // Whoever opens a camera now is told at once.
    for (const camera of [porch, rig.camera('c2')])
      expect(rig.watch(client, camera).watch.picture.get()).toEqual({ state: 'offline', why: 'home', sinceMs });
    rig.send({ t: 'agent', online: true, sinceMs: rig.clock.wallMs() });
    await rig.stream(porch, sink, 6);
    await until('live again', () => watch.picture.get().state === 'live');
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

  test('cut: what was on its way through the cipher is not shown after the word', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    const before = sink.units.length;
    rig.refuseSubscribe = ({ streamId }) => (streamId === STREAM.main ? 'suspended.link' : undefined);
    rig.sendUnit(porch.unit(true));
    rig.send({ t: 'cut', cameraId: porch.cameraId, streamId: STREAM.main, code: 'suspended.link' });
    await until('asked again', () => {
      rig.clock.pass(100);
      return rig.asked.filter((t) => t === 'subscribe').length > 3;
    });
    expect(watch.picture.get().state).toBe('suspended');
    expect(sink.units).toHaveLength(before);
    rig.refuseSubscribe = () => undefined;
    await until('shown again', () => {
      rig.clock.pass(100);
      rig.sendUnit(porch.unit(true));
      return sink.units.length > before;
    });
  });

  test('lifted: asked for again at that word, and shown, without waiting', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    const before = sink.units.length;
    rig.refuseSubscribe = ({ streamId }) => (streamId === STREAM.main ? 'suspended.pair' : undefined);
    rig.send({ t: 'cut', cameraId: porch.cameraId, streamId: STREAM.main, code: 'suspended.pair' });
    // So often refused that it would ask again in ten seconds only.
    await until('patient', () => {
      rig.clock.pass(500);
      return rig.asked.filter((t) => t === 'subscribe').length > 8;
    });
    await new Promise((refused) => setImmediate(refused));
    rig.clock.pass(1_000);
    rig.refuseSubscribe = () => undefined;
    rig.subscribed.clear();
    rig.send({ t: 'lifted', cameraId: porch.cameraId, streamId: STREAM.main });
    await until('subscribed', () => rig.isSubscribed(porch));
    rig.sendUnit(rig.now(porch, true));
    await until('shown again', () => sink.units.length > before);
    expect(watch.picture.get().state).not.toBe('suspended');
  });

  test('lifted, says a relay that refuses all the same, a hundred times: suspended, and asked once a second', async () => {
    const { watch } = await rig.watchLive(client, porch);
    const lifted = { t: 'lifted', cameraId: porch.cameraId, streamId: STREAM.main } as const;
    const asked = (): number => rig.asked.filter((t) => t === 'subscribe').length;
    const first = asked();
    // Nothing is suspended yet: a word about nothing.
    rig.send(lifted);
    expect(asked()).toBe(first);
    rig.clock.pass(1_000);
    rig.refuseSubscribe = ({ streamId }) => (streamId === STREAM.main ? 'suspended.link' : undefined);
    rig.send({ t: 'cut', cameraId: porch.cameraId, streamId: STREAM.main, code: 'suspended.link' });
    for (let n = 0; n < 100; n += 1) rig.send(lifted);
    expect(asked()).toBe(first + 1);
    // Refused again, and told again in the same second.
    await until('refused', () => {
      rig.send(lifted);
      rig.clock.pass(100);
      return asked() > first + 1;
    });
    expect(asked()).toBe(first + 2);
    expect(watch.picture.get()).toMatchObject({ state: 'suspended', width: 'link' });
  });

  test('gone, with the reason, sealed by the agent', async () => {
    const { watch } = await rig.watchLive(client, porch);
    rig.sendState(porch, { state: 'gone', sinceMs: millis(rig.clock.wallMs()), everyMs: 0, code: 'rtsp.password' });
    await until('gone', () => watch.picture.get().state === 'gone');
    expect(watch.picture.get()).toMatchObject({ code: 'rtsp.password' });
  });

  test('gone and back: opening until its next picture, never the age of one that is off the screen', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    const seen = new Set<string>();
    rig.clock.pass(1_000);
    rig.sendState(porch, { state: 'gone', sinceMs: millis(rig.clock.wallMs()), everyMs: 0, code: 'rtsp.silent' });
    await until('gone', () => watch.picture.get().state === 'gone');
    watch.picture.subscribe(({ state }) => seen.add(state));
    rig.clock.pass(3_000);
    rig.sendState(porch, { state: 'live', sinceMs: millis(rig.clock.wallMs()), everyMs: 0, code: '' });
    await until('opening', () => watch.picture.get().state === 'opening');
    await rig.stream(porch, sink, 6);
    await until('live', () => watch.picture.get().state === 'live');
    expect([...seen]).toEqual(['gone', 'opening', 'live']);
  });
});
