/**
 * Child process, the control of `fan-out`: the same camera over the same hops to as many WebSockets, one shared buffer a frame,
 * nothing sealed, nobody asked, nothing written down.
 */
import type { AddressInfo } from 'node:net';
import { parseCameraAddress, watchCamera } from '@sealcam/agent/cameras';
import { WebSocket, WebSocketServer } from 'ws';
import { serveParent } from './child.ts';

const { cameraUrl } = JSON.parse(process.argv[2] ?? '{}') as { readonly cameraUrl: string };
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
await new Promise((resolve) => server.once('listening', resolve));
const url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
server.on('connection', (socket) => {
  socket.on('message', (unit: Buffer) => {
    for (const viewer of server.clients) if (viewer !== socket) viewer.send(unit, { binary: true, compress: false });
  });
});
// Agent and relay are two programs joined by a socket, sealed or not.
const uplink = new WebSocket(url, { perMessageDeflate: false, generateMask: (mask) => void mask.fill(0) });
await new Promise((resolve) => uplink.once('open', resolve));
const stop = watchCamera({
  address: parseCameraAddress(cameraUrl).address,
  onUnit: (unit) => uplink.send(unit.data, { binary: true }),
  onState: () => undefined,
});
serveParent({ url }, () => {
  stop();
  for (const client of server.clients) client.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
});
