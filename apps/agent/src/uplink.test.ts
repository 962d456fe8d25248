import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { generateDeviceKeys } from '@sealcam/home';
import { cameraId, homeId, LIMITS, PROTOCOL_VERSION, STREAM, toBase64Url, type ToAgent } from '@sealcam/protocol';
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

/** A relay that welcomes whoever comes. @param more what it says in the same breath */
async function listen(
  more: readonly object[] = [],
): Promise<{ readonly server: WebSocketServer; readonly url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  ends.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    const hello = { t: 'challenge', nonce: toBase64Url(new Uint8Array(32)), versions: [PROTOCOL_VERSION], timeMs: 0 };
    socket.send(JSON.stringify(hello));
    socket.once('message', () => {
      for (const message of [{ t: 'welcome', rosterVersion: 1, timeMs: 0 }, ...more])
        socket.send(JSON.stringify(message));
    });
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

it('what is asked before it is ready waits for that, in its order; what is only told does not', async () => {
  const { cameraId: camera } = PORCH;
  const device = 'd'.repeat(32);
  const told = { t: 'watch', cameraId: camera, streamId: STREAM.main, viewers: 1 } as const;
  const asked = [
    { t: 'join', cameraId: camera, streamId: STREAM.main, joinId: 7 },
    { t: 'live.ask', deviceId: device, nonce: toBase64Url(new Uint8Array(16)) },
    { t: 'ticket.ask', deviceId: device, id: 3, count: 1 },
    { t: 'command', deviceId: device, sealed: toBase64Url(new Uint8Array(8)) },
  ] as const;
  const { url } = await listen([...asked, told]);
  const keys = await generateDeviceKeys();
  const heard: ToAgent['t'][] = [];
  await new Promise<void>((resolve) => {
    const uplink: Uplink = new Uplink({
      ...{ link: { url }, homeId: HOME, keys, genesis: '', isNew: false },
      sync: () => Promise.resolve(),
      onMessage: ({ t }) => {
        heard.push(t);
        // The last that was sent came before those that were asked: it is ready only now.
        if (t === 'watch') uplink.ready();
        if (t === 'command') resolve();
      },
      onRefused: () => undefined,
      onOnline: () => heard.push('welcome'),
      onOffline: () => undefined,
    });
    ends.push(() => uplink.close());
  });
  expect(heard).toEqual(['watch', 'welcome', 'join', 'live.ask', 'ticket.ask', 'command']);
});

it('holds 1024 questions until it is ready, forgets them with the line, and sends nothing while there is none', async () => {
  const question = (joinId: number) => ({ t: 'join', cameraId: PORCH.cameraId, streamId: STREAM.main, joinId });
  const told = { t: 'watch', cameraId: PORCH.cameraId, streamId: STREAM.main, viewers: 1 } as const;
  const { server, url } = await listen([...Array.from({ length: 1025 }, (_, at) => question(at + 1)), told]);
  const keys = await generateDeviceKeys();
  const said: string[] = [];
  server.on('connection', (socket) => socket.on('message', (data: Buffer) => said.push(data.toString('latin1'))));
  const joins: number[] = [];
  const lines: boolean[] = [];
  await new Promise<void>((resolve) => {
    const uplink: Uplink = new Uplink({
      ...{ link: { url }, homeId: HOME, keys, genesis: '', isNew: false },
      sync: () => Promise.resolve(),
      onMessage: (message) => {
        if (message.t === 'join') joins.push(message.joinId);
        if (message.t === 'join' && message.joinId === 1024) resolve();
        if (message.t !== 'watch') return;
        lines.push(uplink.publish(PORCH, new Uint8Array(16), true));
        uplink.send({ t: 'joined', joinId: 77 });
        uplink.replay(78, [new Uint8Array(16)]);
        // The first line breaks before it is ready: the second asks for itself.
        if (lines.length === 1) for (const client of server.clients) client.terminate();
        else uplink.ready();
      },
      onRefused: () => undefined,
      onOnline: () => undefined,
      onOffline: (problem) => said.push(`offline ${problem}`),
    });
    ends.push(() => uplink.close());
  });
  expect(joins).toEqual(Array.from({ length: 1024 }, (_, at) => at + 1));
  expect(lines).toEqual([false, false]);
  expect(said.filter((text) => text.startsWith('offline'))).toEqual(['offline ECONNRESET']);
  expect(said.filter((text) => text.includes('joined'))).toEqual([]);
});
