import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { generateDeviceKeys } from '@sealcam/home';
import { cameraId, homeId, LIMITS, STREAM, toBase64Url } from '@sealcam/protocol';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { Uplink } from './uplink.ts';

const HOME = homeId('1'.repeat(32));
const track = (camera: string) => ({ homeId: HOME, cameraId: cameraId(camera.repeat(32)), streamId: STREAM.main });
const PORCH = track('2');
const GARDEN = track('3');
const UNIT_BYTES = 64 * 1024;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A relay that welcomes whoever comes. */
async function listen(): Promise<{ readonly server: WebSocketServer; readonly url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  ends.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    const hello = { t: 'challenge', nonce: toBase64Url(new Uint8Array(32)), versions: [1], timeMs: 0 };
    socket.send(JSON.stringify(hello));
    socket.once('message', () => socket.send(JSON.stringify({ t: 'welcome', rosterVersion: 1, timeMs: 0 })));
  });
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** An uplink that is ready. */
async function connect(url: string): Promise<Uplink> {
  const keys = await generateDeviceKeys();
  return await new Promise((resolve) => {
    const uplink: Uplink = new Uplink({
      ...{ link: { url }, homeId: HOME, keys, genesis: '', isNew: false },
      sync: () => Promise.resolve(uplink.ready()),
      onMessage: () => undefined,
      onRefused: () => undefined,
      onOnline: () => resolve(uplink),
      onOffline: () => undefined,
    });
    ends.push(() => uplink.close());
  });
}

/** Resolves when so many units came. */
async function received(socket: WebSocket, units: number): Promise<void> {
  let left = units;
  await new Promise<void>((resolve) => {
    socket.on('message', (_data, isBinary) => {
      if (isBinary) left -= 1;
      if (left === 0) resolve();
    });
  });
}

it('a track that fell behind comes back at a keyframe, and not before the line has drained', async () => {
  const { server, url } = await listen();
  const [uplink, [socket]] = await Promise.all([connect(url), once(server, 'connection') as Promise<[WebSocket]>]);
  const small = (): Uint8Array => new Uint8Array(16);
  socket.pause();
  let sent = 0;
  while (uplink.publish(PORCH, new Uint8Array(UNIT_BYTES), false)) sent += 1;
  expect(sent * UNIT_BYTES).toBeGreaterThan(LIMITS.uplinkQueueBytes - UNIT_BYTES);

  // There is room for small units: another track has it, and the one that fell behind does not, not even for a keyframe.
  expect(uplink.publish(GARDEN, small(), false)).toBe(true);
  expect(uplink.publish(PORCH, small(), false)).toBe(false);
  expect(uplink.publish(PORCH, small(), true)).toBe(false);

  const drained = received(socket, sent + 1);
  socket.resume();
  await drained;
  expect(uplink.publish(PORCH, small(), false)).toBe(false);
  expect(uplink.publish(PORCH, small(), true)).toBe(true);
  expect(uplink.publish(PORCH, small(), false)).toBe(true);
});
