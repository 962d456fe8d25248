/** A home whose cameras have little room, are slow, or refuse one of their streams: each that is there is shown, and nobody fights. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Reply } from '@sealcam/home';
import { STREAM, type CameraId } from '@sealcam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostileCamera } from '../cameras/hostile.ts';
import { answer } from '../cameras/hostile.ts';
import { startOdd, type Habit } from '../cameras/odd-camera.ts';
import { Eye } from '../harness/eye.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';

/** A grid is looked at for so long; the camera of the report threw its viewers out 17 times in 20 s. */
const LOOKED_AT_MS = 9_000;

let world: World;
let house: House;
const cameras: HostileCamera[] = [];

beforeAll(async () => {
  world = await startWorld();
  house = await startHouse(world, 'Home', { demo: false });
  await until(house.client.home, ({ names }) => names !== undefined);
});
afterAll(async () => {
  await house.close();
  for (const camera of cameras) await camera.stop();
  await world.close();
});

async function start(habit: Habit): Promise<HostileCamera> {
  const camera = await startOdd(habit);
  cameras.push(camera);
  return camera;
}

async function add(camera: HostileCamera, name: string): Promise<{ readonly id: CameraId; readonly still: Reply }> {
  const sub = camera.url.replace('/cam', '/sub');
  const still = await house.client.command(
    { do: 'camera.try', url: camera.url, user: '', password: '', transport: 'auto', sub },
    () => undefined,
  );
  if (still.is !== 'still') throw new Error(JSON.stringify(still));
  const added = await house.client.command({ do: 'camera.add', tryId: still.tryId, name, room: '' }, () => undefined);
  if (added.is !== 'added') throw new Error(JSON.stringify(added));
  await until(house.client.home, ({ names }) => names?.cameras.some((each) => each.name === name) === true);
  return { id: added.cameraId, still };
}

async function look(cameraId: CameraId): Promise<Extract<Reply, { is: 'look' }>> {
  const reply = await house.client.command({ do: 'camera.look', cameraId }, () => undefined);
  if (reply.is !== 'look') throw new Error(JSON.stringify(reply));
  return reply;
}

describe.concurrent.each(['refuse', 'throw-out'] as const)('a camera with one place (who comes second: %s)', (full) => {
  it('is live in the grid and on the whole screen, by one connection, and its page says so', async () => {
    const camera = await start({ places: { most: 1, full } });
    const { id, still } = await add(camera, `One ${full}`);
    expect(still).toMatchObject({ hasSub: true });
    const [grid, whole] = [new Eye(house.client, id, STREAM.sub), new Eye(house.client, id)];
    await Promise.all([grid.live(), whole.live()]);
    const connections = camera.connections;
    await pause(LOOKED_AT_MS);
    // Two throws teach it where the second is not refused; from then on it is left alone.
    expect(camera.connections - connections).toBeLessThanOrEqual(full === 'refuse' ? 0 : 4);
    const before = camera.connections;
    await Promise.all([grid.more(20), whole.more(20)]);
    expect(camera.connections).toBe(before);
    expect(grid.states.filter(({ state }) => state === 'gone').length).toBeLessThanOrEqual(full === 'refuse' ? 0 : 2);
    expect((await look(id)).places).toBe('one');
    grid.watch.stop();
    whole.watch.stop();
    // The next who looks does not begin the fight again.
    const again = new Eye(house.client, id, STREAM.sub);
    await again.live();
    await again.more(20);
    expect(camera.connections).toBe(before);
    again.watch.stop();
  });
});

it.concurrent(
  'a camera with two places is read by both of its streams, and its page says what each sends',
  async () => {
    const camera = await start({ places: { most: 2, full: 'refuse' } });
    const { id } = await add(camera, 'Two');
    const grid = new Eye(house.client, id, STREAM.sub);
    await grid.live();
    await grid.more(60);
    const seen = await look(id);
    expect(seen).toMatchObject({ places: 'both', sound: '', host: camera.url.slice('rtsp://'.length, -'/cam'.length) });
    for (const stream of seen.streams) {
      expect(stream).toMatchObject({ state: 'live', width: 160, height: 96, transport: 'TCP', broken: 0, gone: [] });
      expect(stream.video).toMatch(/^H\.264 \w+ \d\.\d$/u);
      expect(Math.abs(stream.picturesPerMinute - 600)).toBeLessThan(120);
    }
    grid.watch.stop();
  },
);

it.concurrent('a main stream that is refused is shown by the smaller one, and its page says so', async () => {
  let isRefused = false;
  const camera = await start({
    answers: ({ method, cseq, text }) =>
      isRefused && method === 'DESCRIBE' && text.includes('/cam') ? answer(cseq, '404 Not Found') : undefined,
    places: { most: 2, full: 'throw-out' },
  });
  const { id } = await add(camera, 'Main refused');
  const whole = new Eye(house.client, id);
  await whole.live();
  isRefused = true;
  await house.client.command({ do: 'camera.reconnect', cameraId: id }, () => undefined);
  await until(whole.watch.picture, ({ state }) => state === 'gone', 30_000);
  await whole.live();
  await whole.more(10);
  expect((await look(id)).notes).toContain('Its main stream does not come, so the smaller one is shown for it.');
  whole.watch.stop();
});

it.concurrent(
  'a picture every three and a half seconds is a slow camera: grey with its age between two, and never gone',
  async () => {
    const camera = await start({ fps: 1 / 3.5 });
    const { id } = await add(camera, 'Slow');
    const eye = new Eye(house.client, id);
    await eye.more(2, 60_000);
    const from = eye.states.length;
    await eye.more(3, 60_000);
    const states = eye.states.slice(from);
    expect(states.flatMap((each) => (each.state === 'late' ? [each.why] : []))).toContain('slow');
    expect(new Set(states.map(({ state }) => state))).not.toContain('gone');
    expect((await look(id)).notes.join(' ')).toMatch(/It is a slow camera: a picture comes every [34] s/u);
    eye.watch.stop();
  },
);

it.concurrent('a camera that sends at once and has no full picture for a while is waited for, in words', async () => {
  let begun = -Infinity;
  let isWaking = false;
  const camera = await start({
    // Twenty seconds of pictures that need one which is not there.
    picture: (index) => (performance.now() - begun < 20_000 ? 1 + (index % 3) : index),
    answers: ({ method }) => void (method === 'PLAY' && isWaking && (begun = performance.now())),
  });
  const { id } = await add(camera, 'Waking');
  const eye = new Eye(house.client, id);
  await eye.live();
  isWaking = true;
  await house.client.command({ do: 'camera.reconnect', cameraId: id }, () => undefined);
  await until(eye.watch.picture, (state) => state.state === 'late' && state.why === 'waking', 20_000);
  await until(eye.watch.picture, (state) => state.state === 'waiting' && state.awaited === 'keyframe', 20_000);
  await eye.live();
  expect(eye.states.filter(({ state }) => state === 'gone')).toEqual([]);
  eye.watch.stop();
});
