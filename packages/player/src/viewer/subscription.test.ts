import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, homeId, parseSealedHeader, STREAM, type Envelope } from '@sealcam/protocol';
import type { SealedCamera } from '../../test/sealed-camera.ts';
import { damaged, newCamera, subscribe } from '../../test/subscription-rig.ts';
import { until } from '../../test/until.ts';

const nameOf = (camera: SealedCamera, ctr: number, streamId = 0) => `${camera.cameraId}/${streamId}/${ctr}`;
const names = (camera: SealedCamera, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => nameOf(camera, from + i));

test('an untouched stream is opened whole and in order, through GOPs and rotations', async () => {
  const camera = newCamera();
  const { subscription, opened, seen, settled } = subscribe(camera);
  await subscription.install(await camera.key());
  seen([...camera.gop(5), ...camera.gop(3)]);
  camera.rekey(1_001);
  await subscription.install(await camera.key());
  seen([camera.unit(false), ...camera.gop(4)]);
  await settled(13);
  expect(opened).toEqual(names(camera, 0, 13));
});

test('the socket may reuse its buffer as soon as the call returns', async () => {
  const camera = newCamera();
  const { subscription, opened, settled } = subscribe(camera);
  await subscription.install(await camera.key());
  const pool = new Uint8Array(4096);
  // More than are opened at once: the last ones wait in the queue.
  for (const envelope of camera.gop(60)) {
    pool.set(envelope.sealed);
    subscription.receive({ ...envelope, sealed: pool.subarray(0, envelope.sealed.length) });
    pool.fill(0xee);
  }
  await settled(60);
  expect(opened).toEqual(names(camera, 0, 60));
});

describe('a frame of anything else', () => {
  test('of another home, camera or stream, with any label: 0 opened', async () => {
    const mine = newCamera();
    const others = [newCamera('c2'), newCamera('c1', homeId('bb'.repeat(16)))];
    const { subscription, opened, seen, clock } = subscribe(mine);
    await subscription.install(await mine.key());
    const foreign = [...others.map((camera) => camera.unit(true)), mine.unit(true, STREAM.sub)];
    seen(foreign.map((envelope) => ({ ...envelope, homeId: mine.homeId, cameraId: mine.cameraId, streamId: 0 })));
    clock.nowMs += 501;
    await subscription.tick();
    expect(opened).toEqual([]);
  });

  test('even with its key id rewritten to ours: 0 opened, only counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), async (secret, sameSecret) => {
        const mine = newCamera();
        const other = newCamera('c2');
        mine.rekey(2_000, secret);
        other.rekey(2_000, sameSecret ? secret : new Uint8Array(randomBytes(32)));
        const { subscription, opened, foreign, settled } = subscribe(mine);
        await subscription.install(await mine.key());
        const { kid } = parseSealedHeader(mine.unit(true).sealed);
        const envelope = other.unit(true);
        const sealed = Uint8Array.from(envelope.sealed);
        sealed.set(fromHex(kid), 12);
        subscription.receive({ ...envelope, sealed });
        await settled(1);
        expect(opened).toEqual([]);
        expect(foreign).toEqual([]);
        expect(subscription.refusals.broken).toBe(1);
      }),
      { numRuns: 20 },
    );
  });

  test("one's own camera B on the subscription of A is refused and reported as foreign", async () => {
    const [a, b] = [newCamera('c1'), newCamera('c2')];
    const { subscription, opened, foreign, index, seen, clock } = subscribe(a);
    index.replace([await a.key(), await b.key()]);
    await subscription.install(await a.key());
    seen([b.unit(true)]);
    clock.nowMs += 501;
    await subscription.tick();
    // From now on the key id is known: no waiting.
    seen([b.unit(false), a.unit(true)]);
    await until('the good frame', () => opened.length === 1);
    expect(foreign.map(({ reason }) => reason)).toEqual(['foreign', 'foreign']);
    expect(opened).toEqual([nameOf(a, 0)]);
  });

  test('of nobody we know is reported after half a second, not before', async () => {
    const mine = newCamera();
    const { subscription, foreign, seen, clock } = subscribe(mine);
    await subscription.install(await mine.key());
    seen([newCamera('c9', homeId('99'.repeat(16))).unit(true)]);
    await subscription.tick();
    expect(foreign).toEqual([]);
    clock.nowMs += 501;
    await subscription.tick();
    expect(foreign.map(({ reason }) => reason)).toEqual(['unknown']);
  });
});

describe('damage and junk', () => {
  test('damaged, truncated and random frames between all good ones cost no picture', async () => {
    const camera = newCamera();
    const { subscription, opened, foreign, seen, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const good = [...camera.gop(8), ...camera.gop(8)];
    const junk = (envelope: Envelope): Envelope[] => [
      damaged(envelope),
      { ...envelope, sealed: envelope.sealed.slice(0, 30) },
      { ...envelope, sealed: new Uint8Array(randomBytes(50)) },
    ];
    seen(good.flatMap((envelope) => [...junk(envelope), envelope, ...junk(envelope)]));
    await settled(good.length * 7);
    expect(opened).toEqual(names(camera, 0, 16));
    expect(foreign).toEqual([]);
  });

  test('10,000 junk frames with a valid key id and a likely counter: every good frame comes, none reported', async () => {
    const camera = newCamera();
    const { subscription, opened, foreign, seen, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const good = [...camera.gop(10), ...camera.gop(10)];
    for (const envelope of good) seen([...Array.from({ length: 500 }, () => damaged(envelope)), envelope]);
    await settled(20 * 501);
    expect(opened).toEqual(names(camera, 0, 20));
    expect(foreign).toEqual([]);
    expect(subscription.refusals.broken + subscription.refusals.implausible).toBe(10_000);
  });

  test('what can no longer be taken is refused without the cipher', async () => {
    const camera = newCamera();
    const { subscription, seen, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const good = camera.gop(3);
    seen(good);
    await settled(3);
    seen(Array.from({ length: 1_000 }, (_, i) => damaged(good[i % 3] as Envelope)));
    await settled(1_003);
    expect(subscription.refusals).toMatchObject({ implausible: 1_000, broken: 0 });
  });
});

describe('drop, double, reorder', () => {
  test('whatever the network does, what is opened is complete chains in order, each unit once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(17), { maxLength: 50 }), async (order) => {
        const camera = newCamera();
        const { subscription, opened, seen, settled } = subscribe(camera);
        await subscription.install(await camera.key());
        const frames = [...camera.gop(6), ...camera.gop(6), ...camera.gop(6)];
        seen(order.map((i) => frames[i] as Envelope));
        await settled(order.length);
        const counters = opened.map((name) => Number(name.split('/')[2]));
        expect(new Set(counters).size).toBe(counters.length);
        for (const [i, ctr] of counters.entries()) if (ctr % 6 !== 0) expect(counters[i - 1]).toBe(ctr - 1);
      }),
      { numRuns: 40 },
    );
  });
});

describe('keys', () => {
  test('frames ahead of their bulletin wait, and come in order when it is there', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, clock, settled } = subscribe(camera);
    clock.bulletinPending = true;
    seen(camera.gop(4));
    clock.nowMs += 5_000;
    await subscription.tick();
    await subscription.install(await camera.key());
    seen([camera.unit(false)]);
    await settled(5);
    expect(opened).toEqual(names(camera, 0, 5));
  });

  test('2 s after a bulletin old keys are gone; a frame under them is refused without an alarm', async () => {
    const camera = newCamera();
    const { subscription, opened, foreign, seen, clock, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    seen(camera.gop(2));
    const late = [camera.unit(false), camera.unit(false)] as const;
    camera.rekey(1_001);
    await subscription.install(await camera.key());
    seen([late[0]]);
    await settled(3);
    clock.nowMs += 2_000;
    await subscription.tick();
    seen([late[1]]);
    await settled(4);
    expect(opened).toEqual(names(camera, 0, 3));
    expect(subscription.refusals.retired).toBe(1);
    expect(foreign).toEqual([]);
  });

  test('nor does it take a tick: the first frame after a long break may be an old one', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, clock, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const late = camera.gop(2);
    camera.rekey(1_001);
    await subscription.install(await camera.key());
    clock.nowMs += 2_000;
    seen(late);
    await settled(2);
    expect(opened).toEqual([]);
    expect(subscription.refusals.retired).toBe(2);
  });

  test('nor does the same bulletin, given again, or the next one give old keys more time', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, clock, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const late = camera.gop(2);
    for (const next of [1_001, 1_001, 1_002]) {
      if (camera.epoch !== next) camera.rekey(next);
      await subscription.install(await camera.key());
      clock.nowMs += 900;
    }
    seen(late);
    await settled(2);
    expect(opened).toEqual([]);
    expect(subscription.refusals.retired).toBe(2);
  });

  test('a key that goes while frames are being opened takes them along', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, clock, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const late = camera.gop(4);
    camera.rekey(1_001);
    await subscription.install(await camera.key());
    seen(late);
    clock.nowMs += 2_000;
    await subscription.tick();
    await settled(4);
    expect(opened).toEqual([]);
    expect(subscription.refusals.retired).toBe(4);
  });

  test('the first good frame of a newer epoch ends the older one', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const old = camera.gop(2);
    camera.rekey(1_001);
    await subscription.install(await camera.key());
    seen([...camera.gop(1), ...old]);
    await settled(3);
    expect(opened).toEqual([nameOf(camera, 2)]);
  });

  test('a camera that is absent from a wrap goes dark at once, frames under way included', async () => {
    const camera = newCamera();
    const { subscription, opened, seen } = subscribe(camera);
    await subscription.install(await camera.key());
    seen(camera.gop(6));
    await subscription.install(undefined);
    seen(camera.gop(2));
    await until('refusals', () => subscription.refusals.retired >= 2);
    expect(opened).toEqual([]);
  });

  test('1,000 rotations, with frames of the old epoch behind each bulletin: no alarm, no frame lost that is in order', async () => {
    const camera = newCamera();
    const { subscription, opened, foreign, seen, clock, settled } = subscribe(camera);
    for (let i = 0; i < 1_000; i += 1) {
      const late = i === 0 ? [] : [camera.unit(false)];
      camera.rekey(2_000 + i);
      await subscription.install(await camera.key());
      seen([...late, ...camera.gop(1)]);
      // The cipher keeps no time with this clock: three turns ahead of it, and the keys of a frame that waits are gone.
      await settled(2 * i + 1);
      clock.nowMs += 700;
      await subscription.tick();
    }
    expect(foreign).toEqual([]);
    expect(opened).toHaveLength(1_999);
  }, 30_000);

  test('another session asks for a fresh decoder and begins with its keyframe; the old one never comes back', async () => {
    const camera = newCamera();
    const { subscription, opened, sessions, seen, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const recorded = camera.gop(3);
    seen(recorded);
    await settled(3);
    camera.restart(1_001);
    await subscription.install(await camera.key());
    seen([...camera.gop(2), ...recorded]);
    await settled(8);
    expect(sessions).toHaveLength(2);
    expect(opened).toHaveLength(5);
  });
});

describe('replay', () => {
  test('a recorded GOP, at any time and under any key that is left: nothing is opened twice', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, clock, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const recorded = camera.gop(5);
    seen(recorded);
    await settled(5);
    for (const laterMs of [1_000, 3_600_000]) {
      clock.nowMs += laterMs;
      await subscription.tick();
      seen(recorded);
    }
    await settled(15);
    expect(opened).toHaveLength(5);
  });

  test('after a reload the floor of the first liveness answer refuses what is older', async () => {
    const camera = newCamera();
    const recorded = camera.gop(5);
    const newest = camera.gop(2);
    const { subscription, opened, seen, settled } = subscribe(camera);
    await subscription.install(await camera.key());
    const { epoch, sessionId } = await camera.key();
    subscription.setFloor({ epoch, sessionId, gopCtr: 5 });
    seen([...recorded, ...newest]);
    await settled(7);
    expect(opened).toEqual(names(camera, 5, 7));
  });

  test('a still may come again, an older one may not', async () => {
    const camera = newCamera();
    const { subscription, opened, seen, settled } = subscribe(camera, STREAM.still);
    await subscription.install(await camera.key());
    const [first, second] = [camera.unit(true, STREAM.still), camera.unit(true, STREAM.still)];
    seen([first, second, second, first]);
    await settled(4);
    expect(opened).toEqual([nameOf(camera, 0, 3), nameOf(camera, 1, 3), nameOf(camera, 1, 3)]);
  });

  test('two frames spliced into one cost nothing, and count under the key id that can be read', async () => {
    const mine = newCamera();
    const { subscription, seen, opened, counted, foreign } = subscribe(mine);
    await subscription.install(await mine.key());
    const [keyframe, delta] = newCamera('c1', homeId('bb'.repeat(16))).gop(2);
    if (keyframe === undefined || delta === undefined) throw new Error('no frames');
    const sealed = Uint8Array.from([...keyframe.sealed.subarray(0, 11), ...delta.sealed.subarray(11)]);
    seen([{ ...delta, homeId: mine.homeId, cameraId: mine.cameraId, sealed }]);
    expect([opened, foreign]).toEqual([[], []]);
    expect(counted.map(({ ctr }) => ctr)).toEqual([1]);
  });
});
