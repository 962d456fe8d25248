import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { decodeCameraState, type CameraState, type Reply } from '@sealcam/home';
import type { HomeClient, ViewerUnit } from '@sealcam/player/viewer';
import { STREAM, type CameraId } from '@sealcam/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCamera, type TestCamera } from '../cameras/rig.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';

let world: World;
let house: House;
let real: TestCamera;
const logged: string[] = [];
const replies: Reply[] = [];

beforeAll(async () => {
  const stream = new Writable({ write: (chunk, _encoding, done) => void (logged.push(String(chunk)), done()) });
  [world, real] = await Promise.all([startWorld(), startCamera({ auth: 'digest', audio: 'aac', id: 7 })]);
  house = await startHouse(world, 'Home', { demo: false, logger: pino({ level: 'trace' }, stream) });
  await until(house.client.home, ({ names }) => names !== undefined);
});
afterAll(async () => {
  await house.close();
  await real.stop();
  await world.close();
});

async function ask(command: Parameters<HomeClient['command']>[0]): Promise<Reply> {
  const reply = await house.client.command(command, (step) => replies.push(step));
  replies.push(reply);
  return reply;
}

/** The first unit of a track that is as wanted. */
function unit(camera: CameraId, stream: 0 | 2 | 3 | 4, wanted: (unit: ViewerUnit) => boolean): Promise<ViewerUnit> {
  return new Promise((resolve) => {
    const watch = house.client.watch(camera, stream, {
      unit: (each) => {
        if (!wanted(each)) return;
        watch.stop();
        resolve(each);
      },
      reset: () => undefined,
    });
  });
}

it('a camera is tried step by step, added, watched with its sound, lost, and removed; its password stays with the agent', async () => {
  const { client, agent, folder } = house;
  const trial = { do: 'camera.try', url: real.url, user: real.user, transport: 'auto' } as const;
  expect(await ask({ ...trial, password: 'wr0ng-one' })).toMatchObject({ is: 'failed', code: 'rtsp.password' });

  replies.length = 0;
  const still = await ask({ ...trial, password: real.password });
  expect(replies.flatMap((reply) => (reply.is === 'step' ? [reply.step] : []))).toEqual([
    ...['reached', 'rtsp', 'signedIn', 'streamFound', 'picture'],
  ]);
  if (still.is !== 'still') throw new Error(`no still: ${still.is}`);
  expect(still).toMatchObject({ codec: 'h264', width: 320, height: 180, hasAudio: true });

  const { tryId } = still;
  const added = await ask({ do: 'camera.add', tryId, name: ' Porch ', room: 'Outside' });
  if (added.is !== 'added') throw new Error(`not added: ${added.is}`);
  expect(await ask({ do: 'camera.add', tryId, name: 'Twice', room: '' })).toMatchObject({ code: 'command.refused' });
  const { cameraId } = added;
  await until(
    client.home,
    ({ names }) => names?.cameras.some(({ name, room }) => name === 'Porch' && room === 'Outside') === true,
  );

  expect((await unit(cameraId, STREAM.main, ({ keyframe }) => keyframe)).config).toBeDefined();
  expect((await unit(cameraId, STREAM.audio, () => true)).config).toBeDefined();
  expect((await unit(cameraId, STREAM.still, () => true)).keyframe).toBe(true);

  await real.kill();
  let state: CameraState | undefined;
  await unit(cameraId, STREAM.state, ({ data }) => (state = decodeCameraState(data)).state === 'gone');
  expect(state?.code).toMatch(/^rtsp\./);
  expect(agent.status().cameras).toMatchObject([{ cameraId, state: 'gone' }]);

  const at = join(folder, 'agent');
  const files = readdirSync(at).filter((name) => statSync(join(at, name)).isFile());
  const everything = [
    ...logged,
    JSON.stringify(replies),
    ...files.map((name) => readFileSync(join(at, name), 'latin1')),
  ].join('\n');
  expect(logged.join('')).toContain('camera gone');
  for (const secret of [real.password, 'wr0ng-one']) expect(everything).not.toContain(secret);

  expect(await ask({ do: 'camera.remove', cameraId })).toEqual({ is: 'ok' });
  await until(client.home, ({ names }) => names?.cameras.length === 0);
});
