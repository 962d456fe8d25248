import { describe, expect, test } from 'vitest';
import { homeId, type Envelope } from '@sealcam/protocol';
import { damaged, newCamera, subscribe } from '../../test/subscription-rig.ts';
import { until } from '../../test/until.ts';

describe('an old frame of our own track', () => {
  /** Twenty seconds of two-second GOPs, taken as they come; the first second once more in `tape`. */
  async function watched() {
    const camera = newCamera();
    const at = subscribe(camera);
    await at.subscription.install(await camera.key());
    const tape: Envelope[] = [];
    const play = async (gops: number): Promise<void> => {
      for (let gop = 0; gop < gops; gop += 1) {
        const units = camera.gop(50);
        if (tape.length < 50) tape.push(...units);
        const before = at.opened.length;
        at.seen(units);
        await until('taken', () => at.opened.length === before + 50);
        at.clock.nowMs += 2_000;
      }
    };
    await play(10);
    return { camera, tape, play, ...at };
  }

  test('is reported as a replay, by the seal itself: the same bytes with another tag are only junk', async () => {
    const { tape, seen, suspect, foreign, opened } = await watched();
    const before = opened.length;
    seen(tape.slice(0, 4).map(damaged));
    seen(tape.slice(0, 1));
    await until('a report', () => suspect.length > 0);
    expect(suspect.map(({ reason, ctr }) => ({ reason, ctr }))).toEqual([{ reason: 'replayed', ctr: 0 }]);
    expect(foreign).toEqual([]);
    expect(opened.length).toBe(before);
  });

  test('of a retired epoch is one too, and it costs no picture', async () => {
    const { camera, seen, suspect, play, subscription, clock } = await watched();
    const last = [camera.unit(false), camera.unit(false), camera.unit(false)];
    camera.rekey(1_001);
    await subscription.install(await camera.key());
    await play(1);
    clock.nowMs += 3_000;
    await subscription.tick();
    // The relay may still hand over: these come too early to say anything.
    seen(last);
    expect(suspect).toEqual([]);
    await play(8);
    seen(last);
    expect(suspect.map(({ reason }) => reason)).toEqual(['replayed', 'replayed', 'replayed']);
    await play(1);
  });

  test('that a join, a renewal or a reconnect brings again is none', async () => {
    const { camera, seen, suspect, play, settled, opened } = await watched();
    const gop = camera.gop(50);
    const before = opened.length;
    for (let again = 0; again < 5; again += 1) seen(gop);
    await settled(before + 250);
    await play(8);
    expect(suspect).toEqual([]);
  });

  test('and one of nobody in the first seconds: no alarm, one report a key id, for the relay to say whose it is, and all of them counted', async () => {
    const mine = newCamera();
    const { subscription, seen, clock, suspect, counted, foreign } = subscribe(mine);
    await subscription.install(await mine.key());
    const other = newCamera('c1', homeId('bb'.repeat(16)));
    other.rekey(900);
    seen(other.gop(5).map((envelope) => ({ ...envelope, homeId: mine.homeId, cameraId: mine.cameraId })));
    clock.nowMs += 501;
    await subscription.tick();
    expect(foreign).toEqual([]);
    expect(suspect.map(({ reason }) => reason)).toEqual(['unknown']);
    expect(counted.map(({ ctr }) => ctr)).toEqual([1, 2, 3, 4]);
  });

  test('who looks away while frames of nobody wait for a key tells of them all the same', async () => {
    const mine = newCamera();
    const { subscription, seen, suspect, counted } = subscribe(mine);
    await subscription.install(await mine.key());
    seen(
      newCamera('c1', homeId('bb'.repeat(16)))
        .gop(3)
        .map((envelope) => ({ ...envelope, homeId: mine.homeId, cameraId: mine.cameraId })),
    );
    expect(suspect).toEqual([]);
    subscription.close();
    expect([...suspect, ...counted].map(({ ctr }) => ctr)).toEqual([0, 1, 2]);
  });
});
