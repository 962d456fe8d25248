/** Cameras die, hang, reboot and change; the picture comes back by itself, and what is gone is said to be gone. */
import { afterEach, describe, expect, test } from 'vitest';
import { decodePictures } from './pixels.ts';
import { startCamera, startCameras, type CameraOptions, type TestCamera } from './rig.ts';
import { gone, live, watching, type Watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

async function start(options: CameraOptions = {}): Promise<TestCamera> {
  const camera = await startCamera(options);
  cleanup.push(() => camera.stop());
  return camera;
}

function watch(...args: Parameters<typeof watching>): Watching {
  const watched = watching(...args);
  cleanup.push(() => watched.stop());
  return watched;
}

describe('a camera that goes away', () => {
  test.each(['tcp', 'udp'] as const)(
    'killed while watched over %s: gone, and live again when it is back, times rising',
    async (transport) => {
      const first = await start({ id: 3, auth: 'digest' });
      const watched = watch(first, { transport });
      const before = (await watched.nextUnits('video', 5)).at(-1);
      await first.kill();
      const lost = await watched.untilState(gone);
      expect(lost.code).toMatch(/^rtsp\.(ended|refused|silent)$/u);
      await start({ id: 3, auth: 'digest', port: first.port });
      const again = await watched.nextUnits('video', 1);
      expect(again[0]).toMatchObject({ keyframe: true, discontinuity: true });
      expect(again[0]?.captureUs).toBeGreaterThan(before?.captureUs ?? Infinity);
      expect(watched.states.at(-1)?.state).toBe('live');
    },
  );

  test('gone keeps its first moment through failed attempts, whatever their reasons', async () => {
    const camera = await start();
    const watched = watch(camera);
    await watched.untilState(live);
    await camera.kill();
    const first = await watched.untilState(gone);
    const refused = await watched.untilState(({ code }) => code === 'rtsp.refused');
    expect(refused.sinceMs).toBe(first.sinceMs);
  });
});

describe('a camera that falls silent with its socket open', () => {
  test.each(['tcp', 'udp'] as const)(
    'hung (SIGSTOP) over %s: rtsp.silent by the watchdog, and live again when it wakes',
    async (transport) => {
      const camera = await start();
      const watched = watch(camera, { transport });
      await watched.nextUnits('video', 3);
      const lastMs = Date.now();
      camera.hang();
      const silent = await watched.untilState(gone);
      expect(silent.code).toBe('rtsp.silent');
      expect(silent.sinceMs - lastMs).toBeGreaterThan(3_000);
      camera.resume();
      await watched.untilState(live);
    },
  );

  test('muted, but still answering questions: rtsp.silent all the same, if later', async () => {
    const camera = await start();
    const watched = watch(camera);
    await watched.nextUnits('video', 12);
    camera.mute(true);
    expect(await watched.untilState(gone)).toMatchObject({ code: 'rtsp.silent' });
    camera.mute(false);
    await watched.untilState(live);
  });
});

describe('a camera that changes', () => {
  test('rebooted with another codec and size on the same port: the new parameter sets come with the first picture', async () => {
    const before = await start({ id: 4, codec: 'h264', width: 320, height: 180 });
    const watched = watch(before);
    expect((await watched.untilUnit(({ keyframe }) => keyframe)).config).toMatchObject({ codec: 'h264', width: 320 });
    await before.kill();
    await watched.untilState(gone);
    await start({ id: 5, codec: 'h265', width: 640, height: 360, port: before.port });
    const units = await watched.nextUnits('video', 4);
    expect(units[0]).toMatchObject({ codec: 'h265', discontinuity: true, config: { width: 640, height: 360 } });
    expect((await decodePictures(units)).every(({ barcode }) => barcode?.cameraId === 5)).toBe(true);
  });

  test('changing its size while it runs: a keyframe with the new size, marked as a break', async () => {
    const camera = await start({ id: 6 });
    const watched = watch(camera);
    await watched.nextUnits('video', 5);
    camera.resize(640, 360);
    const resized = await watched.untilUnit(
      ({ config }) => config !== undefined && 'width' in config && config.width === 640,
    );
    expect(resized).toMatchObject({ keyframe: true, discontinuity: true });
    expect(watched.states.map(({ state }) => state)).toEqual(['connecting', 'live']);
    const [picture] = await decodePictures([resized]);
    expect(picture).toMatchObject({ width: 640, height: 360, barcode: { cameraId: 6 } });
  });
});

describe('stop', () => {
  test.each(['tcp', 'udp'] as const)(
    'from within a unit over %s: no unit and no state after it, the camera is let go at once',
    async (transport) => {
      const camera = await start({ audio: 'pcmu' });
      let after = 0;
      let stopped = false;
      const done = Promise.withResolvers<undefined>();
      const count = (): void => {
        if (stopped) after += 1;
      };
      const watched: Watching = watch(camera, {
        transport,
        onState: count,
        onUnit: () => {
          count();
          if (watched.units.length < 10) return;
          watched.stop();
          stopped = true;
          done.resolve(undefined);
        },
      });
      await done.promise;
      // A second reader sees a second of pictures meanwhile: time in which the first would have got its own.
      await watch(camera, { transport }).nextUnits('video', 15);
      expect(after).toBe(0);
    },
  );

  test('before the first connection: nothing is ever said', async () => {
    const camera = await start();
    const watched = watch(camera);
    watched.stop();
    await watch(camera).nextUnits('video', 3);
    expect([...watched.states, ...watched.units]).toEqual([]);
  });
});

test('sixteen cameras at once, each seen as itself', async () => {
  const cameras = await startCameras(Array.from({ length: 16 }, (_, i) => ({ id: 100 + i, clip: true, fps: 10 })));
  cleanup.push(() => cameras[0]?.stop());
  const units = await Promise.all(cameras.map((camera) => watch(camera).nextUnits('video', 8)));
  const seen = await Promise.all(
    units.map(async (each) => (await decodePictures(each)).map(({ barcode }) => barcode?.cameraId)),
  );
  expect(seen).toEqual(cameras.map((_, i) => Array.from({ length: 8 }, () => 100 + i)));
});
