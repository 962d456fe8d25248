/**
 * A process of its own whose memory can be searched. `sealed`: the relay itself. `unsealed`: the control, a plain fan-out that
 * passes the same access units on in clear; the search must find them there, or it proves nothing here.
 */
import { startRelay } from '@sealcam/relay';
import { WebSocketServer, type WebSocket } from 'ws';

const [kind, folder = ''] = process.argv.slice(2);

async function sealed(): Promise<number> {
  const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir: folder, open: true });
  return relay.port;
}

/** Keeps the last units as a relay with a picture cache would, and passes each on. */
async function unsealed(): Promise<number> {
  const kept: Buffer[] = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer) => {
      kept.push(data);
      if (kept.length > 64) kept.shift();
      for (const other of server.clients) if (other !== socket) other.send(data);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

process.stdout.write(`${String(await (kind === 'sealed' ? sealed() : unsealed()))}\n`);
