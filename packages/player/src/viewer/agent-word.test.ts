import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toBase64Url } from '@sealcam/protocol';
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
    await rig.stream(porch, sink, 20);
    expect(seen).not.toContain('live');
    expect(watch.picture.get().state).toBe('late');
  });

  test('when the agent has not answered for 25 s though frames go on', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    rig.agentOnline = false;
    await rig.stream(porch, sink, 60);
    expect(watch.picture.get()).toMatchObject({ state: 'late', why: 'unproven' });
    rig.agentOnline = true;
    await rig.stream(porch, sink, 12);
    expect(watch.picture.get().state).toBe('live');
  });

  test('after a tablet slept, until the next answer', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
    rig.clock.sleep(10_000);
    sink.watch?.painted({ ctr: 0, captureUs: 0 });
    expect(watch.picture.get().state).not.toBe('live');
    rig.clock.pass(500);
    await rig.stream(porch, sink, 6);
    expect(watch.picture.get().state).toBe('live');
  });

  test('when frames are held back: grey with the age, then blank', async () => {
    const { watch, sink } = await rig.watchLive(client, porch);
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
    const { sink } = await rig.watchLive(client, porch);
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
    const { sink } = await rig.watchLive(client, porch);
    const recorded = [rig.now(porch, true), rig.now(porch, false)];
    rig.epoch += 1_000_000;
    for (const camera of rig.cameras.values()) camera.restart(rig.epoch);
    rig.bulletin = await rig.makeBulletin(rig.epoch);
    rig.sendBulletin(rig.bulletin);
    rig.sendUnit(rig.now(porch, true));
    await until('the new session', () => sink.resets.includes('session'));
    rig.sendUnit(...recorded);
    await rig.stream(porch, sink, 3);
    expect(sink.units).toHaveLength(5);
  });
});
