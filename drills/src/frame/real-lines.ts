/**
 * Lines over real TCP on loopback: display ⇄ TCP ⇄ the drill's faults ⇄ TCP ⇄ relay. Time stays virtual; what is real is how the
 * kernel cuts, joins and hands over bytes. Both ends of each connection are ours, so it is known when nothing is on its way.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { stir } from './idle.ts';
import type { Line } from './line.ts';

interface Pair {
  readonly near: Socket;
  far: Socket | undefined;
}

export class RealLines {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  /** By the near end's port: whom the far end is for. */
  readonly #expected = new Map<number, (far: Socket) => void>();
  readonly #early = new Map<number, Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (far) => {
      stir();
      const port = far.remotePort ?? 0;
      const take = this.#expected.get(port);
      if (take === undefined) this.#early.set(port, far);
      else take(far);
    });
  }

  static async start(): Promise<RealLines> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RealLines(server);
  }

  /** Whether bytes were written that the other side has not read, or a connection is being made. */
  get onTheWay(): boolean {
    return [...this.#pairs].some(({ near, far }) => {
      if (near.destroyed || far?.destroyed === true) return false;
      return far === undefined || near.bytesWritten !== far.bytesRead || far.bytesWritten !== near.bytesRead;
    });
  }

  /** @param accept gets the far end, a real socket. @returns the near end, a real socket */
  around(line: Line, accept: (far: Socket) => void): Socket {
    const near = this.#pair((far) => join(far, line.near));
    join(this.#pair(accept), line.far);
    return near;
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far?.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pair(take: (far: Socket) => void): Socket {
    const near = connect((this.#server.address() as AddressInfo).port, '127.0.0.1');
    const pair: Pair = { near, far: undefined };
    this.#pairs.add(pair);
    near.setNoDelay(true);
    near.on('error', () => undefined);
    near.once('close', () => this.#pairs.delete(pair));
    near.once('connect', () => {
      stir();
      const port = near.localPort ?? 0;
      const got = (far: Socket): void => {
        pair.far = far;
        far.setNoDelay(true);
        far.on('error', () => undefined);
        this.#expected.delete(port);
        this.#early.delete(port);
        take(far);
      };
      const early = this.#early.get(port);
      if (early === undefined) this.#expected.set(port, got);
      else got(early);
    });
    return near;
  }
}

/** Bytes both ways, with back pressure; one that breaks breaks the other. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('data', stir);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}
