/** What real servers send arrives whole: codecs, transports, sign-in, sound, TLS. Read back from decoded pixels. */
import { isVideo, type AccessUnit } from '@sealcam/media';
import { parseCameraAddress, tryCamera } from '@sealcam/agent/cameras';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePictures } from './pixels.ts';
import { startCamera, startCameras, startVlcCamera, type CameraOptions, type TestCamera } from './rig.ts';
import { live, watching } from './watching.ts';

const CODECS = ['h264', 'h265'] as const;
const AUTHS = ['none', 'basic', 'digest'] as const;
const AUDIOS = ['pcmu', 'pcma', 'aac', 'opus'] as const;
const VIDEO = CODECS.flatMap((codec) => AUTHS.map((auth) => ({ codec, auth })));

let cameras: TestCamera[] = [];
const wanted: CameraOptions[] = [
  ...VIDEO.map((each, i) => ({ ...each, id: i + 1 })),
  ...AUDIOS.map((audio, i) => ({ audio, id: 21 + i })),
  { id: 31, tls: true, auth: 'digest' as const },
];

beforeAll(async () => {
  cameras = await startCameras(wanted);
});
afterAll(async () => {
  await cameras[0]?.stop();
});

function cameraOf(id: number): TestCamera {
  const camera = cameras[wanted.findIndex((each) => each.id === id)];
  if (camera === undefined) throw new TypeError('no such camera');
  return camera;
}

/** Pictures of the camera asked for, one after the other, none lost, none of another camera. */
async function expectPictures(units: readonly AccessUnit[], id: number): Promise<void> {
  const pictures = await decodePictures(units);
  expect(pictures.length).toBe(units.length);
  const counters = pictures.map(({ barcode }) => barcode?.counter ?? -1);
  expect(pictures.map(({ barcode }) => barcode?.cameraId)).toEqual(pictures.map(() => id));
  expect(counters).toEqual(counters.map((_, i) => (counters[0] ?? 0) + i));
}

describe.each(VIDEO)('$codec with sign-in $auth', ({ codec, auth }) => {
  test.each(['tcp', 'udp'] as const)('over %s: every picture of that camera, in order, whole', async (transport) => {
    const id = VIDEO.findIndex((each) => each.codec === codec && each.auth === auth) + 1;
    const watch = watching(cameraOf(id), { transport });
    const units = await watch.nextUnits('video', 12);
    watch.stop();
    expect(units[0]).toMatchObject({ codec, keyframe: true, discontinuity: true });
    expect(units.slice(1).every(({ discontinuity }) => !discontinuity)).toBe(true);
    expect(units.every((unit, i) => i === 0 || unit.captureUs > (units[i - 1]?.captureUs ?? 0))).toBe(true);
    await expectPictures(units, id);
  });
});

describe.each(AUDIOS)('sound as %s', (audio) => {
  test.each(['tcp', 'udp'] as const)('over %s comes as units of its own beside the picture', async (transport) => {
    const watch = watching(cameraOf(21 + AUDIOS.indexOf(audio)), { transport });
    const [sound, pictures] = await Promise.all([watch.nextUnits('audio', 10), watch.nextUnits('video', 5)]);
    watch.stop();
    expect(sound.every(({ codec, keyframe, data }) => codec === audio && keyframe && data.length > 0)).toBe(true);
    expect(sound[0]?.config).toMatchObject({ codec: audio });
    expect(pictures[0]).toMatchObject({ codec: 'h264', keyframe: true });
  });

  test('stays away where it is not wanted', async () => {
    const watch = watching(cameraOf(21 + AUDIOS.indexOf(audio)), { audio: false });
    await watch.nextUnits('video', 5);
    watch.stop();
    expect(watch.units.every(({ codec }) => isVideo(codec))).toBe(true);
  });
});

describe('rtsps', () => {
  test('a certificate that the camera made itself is remembered at first sight, and good again at the next', async () => {
    const first = watching(cameraOf(31));
    await expectPictures(await first.nextUnits('video', 5), 31);
    first.stop();
    expect(first.pins).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/u)]);
    const again = watching(cameraOf(31), { pin: first.pins[0] ?? '' });
    await again.nextUnits('video', 1);
    again.stop();
    expect(again.pins).toEqual([]);
  });

  test('another certificate than the remembered one gets no password and shows no picture', async () => {
    const watch = watching(cameraOf(31), { pin: 'ab'.repeat(32) });
    expect(await watch.untilState(({ state }) => state !== 'connecting')).toMatchObject({
      state: 'gone',
      code: 'rtsp.tls',
    });
    watch.stop();
    expect(watch.units).toEqual([]);
  });
});

describe('transports', () => {
  test('VLC, which refuses TCP with 461, is watched over UDP', async () => {
    const camera = await startVlcCamera();
    try {
      const watch = watching(camera);
      expect(await watch.nextUnits('video', 20)).toHaveLength(20);
      expect(watch.states.map(({ state }) => state)).toEqual(['connecting', 'live']);
      watch.stop();
    } finally {
      await camera.stop();
    }
  });

  test('a camera that offers UDP only is rtsp.transport where only TCP is wanted', async () => {
    const camera = await startCamera({ transport: 'udp' });
    try {
      const outcome = await tryCamera(parseCameraAddress(camera.url).address, undefined, { transport: 'tcp' });
      expect(outcome).toMatchObject({ ok: false, code: 'rtsp.transport', passed: 'stream-found' });
      const watch = watching(camera);
      await watch.untilState(live);
      watch.stop();
    } finally {
      await camera.stop();
    }
  });

  test('an rtsps camera that refuses TCP is not watched over UDP, where its pictures would be in the clear', async () => {
    const camera = await startCamera({ transport: 'udp', tls: true });
    try {
      const outcome = await tryCamera(parseCameraAddress(camera.url).address, undefined);
      expect(outcome).toMatchObject({ ok: false, code: 'rtsp.transport', passed: 'stream-found' });
    } finally {
      await camera.stop();
    }
  });
});
