/** A camera whose main stream is H.265: its smaller H.264 stream serves whoever cannot play that, stills included. */
import { decodeCodecConfig } from '@sealcam/media';
import type { ViewerUnit } from '@sealcam/player/viewer';
import { STREAM, type CameraId } from '@sealcam/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCameras, type TestCamera } from '../cameras/rig.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';

let world: World;
let house: House;
let cameras: TestCamera[];

beforeAll(async () => {
  [world, cameras] = await Promise.all([
    startWorld(),
    startCameras([
      { codec: 'h265', id: 1 },
      { codec: 'h264', id: 2, width: 160, height: 90 },
    ]),
  ]);
  house = await startHouse(world, 'Home', { demo: false });
  await until(house.client.home, ({ names }) => names !== undefined);
});
afterAll(async () => {
  await house.close();
  await cameras[0]?.stop();
  await world.close();
});

function firstKeyframe(camera: CameraId, stream: 0 | 1 | 3): Promise<ViewerUnit> {
  return new Promise((resolve) => {
    const watch = house.client.watch(camera, stream, {
      unit: (unit) => {
        if (!unit.keyframe) return;
        watch.stop();
        resolve(unit);
      },
      reset: () => undefined,
    });
  });
}

it('is added with its smaller stream, and its stills are H.264', async () => {
  const { client } = house;
  const [main, sub] = cameras;
  const account = { user: '', password: '', transport: 'auto' } as const;
  const still = await client.command({ do: 'camera.try', url: main?.url ?? '', ...account, sub: sub?.url ?? '' });
  if (still.is !== 'still') throw new Error(`no still: ${JSON.stringify(still)}`);
  expect(still).toMatchObject({ codec: 'h265', hasSub: true });
  const added = await client.command({ do: 'camera.add', tryId: still.tryId, name: 'Porch', room: '' });
  if (added.is !== 'added') throw new Error(`not added: ${added.is}`);
  const { cameraId } = added;
  await until(client.home, ({ names }) => names?.cameras.some((camera) => camera.mainCodec === 'h265') === true);

  const codecOf = (unit: ViewerUnit) => decodeCodecConfig(unit.config ?? new Uint8Array()).codec;
  expect(codecOf(await firstKeyframe(cameraId, STREAM.main))).toBe('h265');
  expect(codecOf(await firstKeyframe(cameraId, STREAM.sub))).toBe('h264');
  const picture = await firstKeyframe(cameraId, STREAM.still);
  expect(decodeCodecConfig(picture.config ?? new Uint8Array())).toMatchObject({
    codec: 'h264',
    width: 160,
    height: 90,
  });
});
