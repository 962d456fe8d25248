/** The relay cannot open a picture: neither its sockets nor its memory ever hold one NAL unit of a camera that is watched. */
import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ViewerUnit } from '@sealcam/player/viewer';
import { STREAM } from '@sealcam/protocol';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../harness/until.ts';
import { startWireTap } from '../harness/wire-tap.ts';
import { startHouse, temporaryFolder } from '../harness/world.ts';
import { findInMemory } from './memory.ts';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

async function startRelayProcess(
  kind: 'sealed' | 'unsealed',
): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const folder = await temporaryFolder('tap');
  const child = spawn(process.execPath, [fileURLToPath(new URL('relay-process.ts', import.meta.url)), kind, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanup.push(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => {
      resolve(Number(data.toString('utf8')));
    });
    child.once('exit', () => {
      reject(new Error('the relay process ended'));
    });
  });
  return { port, child };
}

/** 32 bytes from the middle of each unit: entropy-coded slice data, which nothing else in a process repeats. */
function needlesOf(units: readonly ViewerUnit[]): Buffer[] {
  return units
    .filter(({ data }) => data.length >= 256)
    .map(({ data }) => Buffer.from(data.subarray(data.length >> 1, (data.length >> 1) + 32)))
    .filter((needle) => new Set(needle).size > 16);
}

/** Watches the demo camera through the relay at `url` until so many units were opened. */
async function watchedUnits(url: string, count: number): Promise<ViewerUnit[]> {
  const house = await startHouse({ relayUrl: url }, 'Tapped');
  cleanup.push(() => house.close());
  const { names } = await until(house.client.home, (home) => (home.names?.cameras.length ?? 0) > 0);
  const camera = names?.cameras[0]?.cameraId;
  if (!camera) throw new Error('no demo camera');
  const units: ViewerUnit[] = [];
  await new Promise<void>((resolve) => {
    house.client.watch(camera, STREAM.main, {
      unit: (unit) => {
        units.push(unit);
        if (units.length === count) resolve();
      },
      reset: () => undefined,
    });
  });
  // A copy: it goes on watching.
  return [...units];
}

it('holds no NAL unit of a watched camera in its memory or on its sockets', async () => {
  const relay = await startRelayProcess('sealed');
  const tap = await startWireTap(relay.port);
  cleanup.push(() => tap.close());
  const units = await watchedUnits(tap.url, 90);
  const needles = needlesOf(units);
  expect(needles.length).toBeGreaterThan(30);
  const crossed = tap.payloads();
  // The tap works: at least as many bytes crossed as were opened, twice (agent to relay, relay to viewer).
  expect(crossed.length).toBeGreaterThan(2 * units.reduce((sum, { data }) => sum + data.length, 0));
  expect(needles.filter((needle) => crossed.includes(needle)).length).toBe(0);
  expect(await findInMemory(relay.child.pid ?? 0, needles)).toBe(0);

  // The control: the same units, unsealed, through a relay that does not seal. The same two searches must find them.
  const control = await startRelayProcess('unsealed');
  const controlTap = await startWireTap(control.port);
  cleanup.push(() => controlTap.close());
  const sender = new WebSocket(controlTap.url);
  const receiver = new WebSocket(controlTap.url);
  cleanup.push(() => {
    sender.close();
    receiver.close();
  });
  await Promise.all([sender, receiver].map((socket) => new Promise((resolve) => socket.once('open', resolve))));
  let received = 0;
  const all = new Promise<void>((resolve) => {
    receiver.on('message', () => {
      received += 1;
      if (received === units.length) resolve();
    });
  });
  for (const { data } of units) sender.send(data);
  await all;
  const clear = controlTap.payloads();
  expect(needles.filter((needle) => clear.includes(needle)).length).toBe(needles.length);
  expect(await findInMemory(control.child.pid ?? 0, needles)).toBeGreaterThan(needles.length / 2);
});
