/** Child process, the control of `fan-out`: the same camera to as many WebSockets, one shared buffer a frame, nothing sealed. */
import type { AddressInfo } from 'node:net';
import { parseCameraAddress, watchCamera } from '@sealcam/agent/cameras';
import { WebSocketServer } from 'ws';
import { serveParent } from './child.ts';

const { cameraUrl } = JSON.parse(process.argv[2] ?? '{}') as { readonly cameraUrl: string };
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const stop = watchCamera({
  address: parseCameraAddress(cameraUrl).address,
  onUnit: (unit) => {
    for (const client of server.clients) client.send(unit.data, { binary: true, compress: false });
  },
  onState: () => undefined,
});
await new Promise((resolve) => server.once('listening', resolve));
serveParent({ url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}` }, () => {
  stop();
  for (const client of server.clients) client.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
});
