/** Viewers that take what comes and look at nothing: the load of `fan-out`. All are one paired device. */
import { signAuth, type DeviceKeys } from '@sealcam/home';
import {
  fromBase64Url,
  parseMessage,
  PROTOCOL_VERSION,
  STREAM,
  ToViewer,
  toBase64Url,
  type CameraId,
  type HomeId,
} from '@sealcam/protocol';
import { WebSocket } from 'ws';

export interface Crowd {
  /** Frames received by all of them so far. */
  readonly frames: number;
  /** So many stay. */
  shrink(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface Watched {
  readonly relayUrl: string;
  readonly homeId: HomeId;
  readonly keys: DeviceKeys;
  readonly cameraId: CameraId;
}

/** So many at a time are let in: an upgrade and a signature each. */
const AT_ONCE = 20;

/** @returns when every one of them has had a frame */
export async function sealedCrowd(count: number, watched: Watched): Promise<Crowd> {
  return await gather(count, () => {
    const socket = new WebSocket(`${watched.relayUrl}/ws/viewer`, { perMessageDeflate: false });
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) void answer(socket, watched, data.toString('utf8'));
    });
    return socket;
  });
}

export async function plainCrowd(count: number, url: string): Promise<Crowd> {
  return await gather(count, () => new WebSocket(url, { perMessageDeflate: false }));
}

async function answer(socket: WebSocket, { relayUrl, homeId, keys, cameraId }: Watched, text: string): Promise<void> {
  const message = parseMessage(ToViewer, text);
  if (message.t === 'challenge') {
    const sig = await signAuth(keys, homeId, fromBase64Url(message.nonce), new URL(relayUrl).host);
    const auth = { t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId: keys.deviceId, sig: toBase64Url(sig) };
    socket.send(JSON.stringify(auth));
  } else if (message.t === 'welcome') {
    socket.send(JSON.stringify({ t: 'subscribe', id: 1, cameraId, streamId: STREAM.main }));
  } else if (message.t === 'error' || message.t === 'cut') {
    socket.emit('error', new Error(`the relay refused a viewer: ${message.code}`));
  }
}

async function gather(count: number, open: () => WebSocket): Promise<Crowd> {
  const sockets: WebSocket[] = [];
  const crowd = { frames: 0 };
  while (sockets.length < count) {
    const next = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open);
    sockets.push(...next);
    await Promise.all(next.map((socket) => firstFrame(socket, crowd)));
  }
  const shrink = async (left: number): Promise<void> => {
    await Promise.all(sockets.splice(left).map(end));
  };
  return {
    get frames() {
      return crowd.frames;
    },
    shrink,
    close: () => shrink(0),
  };
}

function end(socket: WebSocket): Promise<unknown> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.terminate();
  return closed;
}

function firstFrame(socket: WebSocket, crowd: { frames: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('message', (_data, isBinary) => {
      if (!isBinary) return;
      crowd.frames += 1;
      resolve();
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('a viewer was put out')));
  });
}
