/**
 * The twin's cloud: cameras that no one here wrote, dialed as the agent dials them, and their pictures sent open to whoever asks, with the
 * mark of home, camera and counter in their bytes beside what is burnt into their pixels.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { parseCameraAddress, watchCamera } from '@sealcam/agent/cameras';
import { readWatermark, writeWatermark } from '@sealcam/media';
import { encodeEnvelope, epoch, FromViewer, parseMessage, STREAM, type CameraId, type HomeId } from '@sealcam/protocol';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

export interface TwinCamera {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  /** `rtsp://…` */
  readonly url: string;
}

export interface TwinCloud {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** False: nothing more is sent. */
  isLive: boolean;
  close(): Promise<void>;
}

/** What an open picture says of itself. */
export function nameOfOpen(body: Uint8Array): string {
  const mark = readWatermark({ codec: 'h264', data: body });
  if (mark === undefined) throw new TypeError('a picture without a mark');
  return `${mark.homeId}/${mark.cameraId}/${mark.counter}`;
}

export async function startTwinCloud(cameras: readonly TwinCamera[]): Promise<TwinCloud> {
  const page = await twinPage();
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    answer.end(page);
  });
  const upgrades = new WebSocketServer({ server, path: '/ws/viewer', perMessageDeflate: false });
  const subscribers = new Map<CameraId, Set<(message: Uint8Array) => void>>();
  upgrades.on('connection', (socket) => {
    const get = (message: Uint8Array): void => socket.send(message);
    socket.on('message', (data: Buffer) => {
      const message = parseMessage(FromViewer, data.toString('utf8'));
      if (message.t !== 'subscribe') return;
      subscribers.set(message.cameraId, (subscribers.get(message.cameraId) ?? new Set()).add(get));
      socket.send(JSON.stringify({ t: 'ok', re: message.id }));
    });
    socket.on('error', () => socket.terminate());
    socket.once('close', () => subscribers.forEach((all) => all.delete(get)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cloud: TwinCloud = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isLive: true,
    close: async () => {
      for (const stop of stops) stop();
      for (const socket of upgrades.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  const stops = cameras.map((camera) =>
    follow(camera, (message) => {
      if (cloud.isLive) subscribers.get(camera.cameraId)?.forEach((get) => get(message));
    }),
  );
  return cloud;
}

/** @returns ends it */
function follow({ homeId, cameraId, url }: TwinCamera, send: (message: Uint8Array) => void): () => void {
  let counter = 0;
  return watchCamera({
    address: parseCameraAddress(url).address,
    onUnit: ({ codec, data }) => {
      if (codec !== 'h264') return;
      const sealed = writeWatermark({ codec, data }, { homeId, cameraId, counter });
      counter += 1;
      send(encodeEnvelope({ homeId, cameraId, streamId: STREAM.main, epoch: epoch(0), joinId: undefined, sealed }));
    },
    onState: () => undefined,
  });
}

async function twinPage(): Promise<string> {
  const entry = fileURLToPath(new URL('page/twin.ts', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, target: 'chrome110' });
  const script = (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
  return `<!doctype html><title>Twin</title><canvas></canvas><script type="module">${script}</script>`;
}
