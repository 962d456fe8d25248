/** Stands between an agent and its relay and can take the kept GOP out: the same home with and without it, tap by tap. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { decodeEnvelope } from '@sealcam/protocol';
import { WebSocket, WebSocketServer } from 'ws';

export interface ReplayFilter {
  /** `ws://host:port` for the agent to dial. */
  readonly url: string;
  /** While false, units that are sent again for a join do not reach the relay; the joiner waits for the next keyframe. */
  keepGop: boolean;
  close(): Promise<void>;
}

export async function startReplayFilter(relayUrl: string): Promise<ReplayFilter> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const filter = {
    url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    keepGop: true,
    close: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', (near, request) => {
    // The agent signs the host it dials: the relay is told the same.
    const host = request.headers.host ?? '';
    const far = new WebSocket(`${relayUrl}${request.url ?? ''}`, { perMessageDeflate: false, headers: { host } });
    const early: [Buffer, boolean][] = [];
    far.once('open', () => {
      for (const [data, binary] of early.splice(0)) far.send(data, { binary });
    });
    near.on('message', (data: Buffer, binary) => {
      if (binary && !filter.keepGop && decodeEnvelope(data).joinId !== undefined) return;
      if (far.readyState === WebSocket.CONNECTING) early.push([data, binary]);
      else far.send(data, { binary });
    });
    far.on('message', (data: Buffer, binary) => near.send(data, { binary }));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('close', () => to.terminate());
      from.on('error', () => to.terminate());
    }
  });
  return filter;
}
