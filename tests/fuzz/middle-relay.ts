/** A relay in hostile hands: it passes on what the real one and its clients say, and whatever else it likes. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export class MiddleRelay {
  readonly url: string;
  /** Texts that the real relay sent down, oldest first. */
  readonly heard: string[] = [];
  /** Texts on their way down that this relay keeps to itself; it may `inject` them when it likes. */
  withholds: (text: string) => boolean = () => false;
  readonly #server: WebSocketServer;
  #newest: WebSocket | undefined;
  readonly #waiting: (() => void)[] = [];

  /** @param target `ws://host:port` of the real relay */
  static async start(target: string): Promise<MiddleRelay> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await once(server, 'listening');
    return new MiddleRelay(server, target);
  }

  private constructor(server: WebSocketServer, target: string) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (near, request) => {
      // The host that was dialed is signed: the relay must see that one.
      const far = new WebSocket(`${target}${request.url ?? ''}`, {
        perMessageDeflate: false,
        headers: { host: request.headers.host ?? '' },
      });
      const early: [Buffer, boolean][] = [];
      near.on('error', () => undefined).on('close', () => far.terminate());
      far.on('error', () => undefined).on('close', () => near.terminate());
      near.on('message', (data: Buffer, isBinary) => {
        if (far.readyState === WebSocket.OPEN) far.send(data, { binary: isBinary });
        else early.push([data, isBinary]);
      });
      far.on('open', () => {
        for (const [data, binary] of early) far.send(data, { binary });
      });
      far.on('message', (data: Buffer, isBinary) => {
        if (!isBinary && this.heard.length < 500) this.heard.push(data.toString('utf8'));
        if (!isBinary && this.withholds(data.toString('utf8'))) return;
        if (near.readyState === WebSocket.OPEN) near.send(data, { binary: isBinary });
        if (!isBinary && data.includes('"welcome"')) {
          this.#newest = near;
          for (const tell of this.#waiting.splice(0)) tell();
        }
      });
    });
  }

  /** To whoever was welcomed last. */
  inject(message: string | Uint8Array): void {
    if (this.#newest?.readyState === WebSocket.OPEN) this.#newest.send(message);
  }

  /** Resolves when somebody is welcome whom we can talk to. */
  async connected(): Promise<void> {
    while (this.#newest?.readyState !== WebSocket.OPEN)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
