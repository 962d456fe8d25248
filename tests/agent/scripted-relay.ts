/** A relay that says what a test wants: the agent's uplink must live with any of it. Authenticates nobody. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PROTOCOL_VERSION, toBase64Url } from '@sealcam/protocol';
import { WebSocket, WebSocketServer } from 'ws';

export interface ScriptedAgent {
  readonly socket: WebSocket;
  /** Text messages of the agent, parsed. */
  readonly said: Record<string, unknown>[];
  readonly units: Buffer[];
  /** Units that came before the bulletin: there must be none. */
  unitsTooEarly: number;
}

export class ScriptedRelay {
  readonly url: string;
  readonly #server: WebSocketServer;
  readonly #waiting: ((agent: ScriptedAgent) => void)[] = [];
  connections = 0;
  /** Of all agents together, parsed. */
  readonly said: Record<string, unknown>[] = [];
  /** The versions that it says it speaks. */
  speaks: readonly number[] = [PROTOCOL_VERSION];

  static async start(): Promise<ScriptedRelay> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new ScriptedRelay(server);
  }

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.connections += 1;
      const agent: ScriptedAgent = { socket, said: [], units: [], unitsTooEarly: 0 };
      socket.on('error', () => undefined);
      socket.on('message', (data: Buffer, isBinary) => this.#heard(agent, data, isBinary));
      socket.send(
        JSON.stringify({
          t: 'challenge',
          nonce: toBase64Url(new Uint8Array(32)),
          versions: this.speaks,
          timeMs: 0,
        }),
      );
    });
  }

  /** The next agent whose bulletin came: it is online. */
  async nextOnline(): Promise<ScriptedAgent> {
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #heard(agent: ScriptedAgent, data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      if (!agent.said.some(({ t }) => t === 'bulletin')) agent.unitsTooEarly += 1;
      agent.units.push(data);
      return;
    }
    const message = JSON.parse(data.toString('utf8')) as Record<string, unknown>;
    agent.said.push(message);
    this.said.push(message);
    const answers: Readonly<Record<string, object>> = {
      auth: { t: 'welcome', rosterVersion: 1, timeMs: 0 },
      'roster.get': { t: 'roster.chain', re: message['id'], rosters: [] },
      'hpke.get': { t: 'hpke.all', re: message['id'], keys: [] },
      'roster.put': { t: 'ok', re: message['id'] },
    };
    const answer = answers[String(message['t'])];
    if (answer !== undefined) agent.socket.send(JSON.stringify(answer));
    if (message['t'] === 'bulletin') for (const tell of this.#waiting.splice(0)) tell(agent);
  }
}
