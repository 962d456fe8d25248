/** The proxy for TCP: listens on loopback, dials a port of loopback for everyone who comes, and is as bad a line as it is told. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Random } from '../random.ts';
import { newCounters, type Counters } from './counters.ts';
import { Lane } from './lane.ts';
import { loopback, type Impaired, type ImpairedOptions } from './options.ts';
import { changed, UNIMPAIRED, type Change, type Impairment } from './rule.ts';

interface Pair {
  readonly lanes: readonly Lane[];
  reset(): void;
}

/** @throws {SealcamError} `config.invalid` for a rule no network has, or a target that is not on this machine */
export async function impairTcp(options: ImpairedOptions): Promise<Impaired> {
  const proxy = new TcpProxy(options);
  await proxy.listen(options.listen ?? 0);
  return proxy;
}

class TcpProxy implements Impaired {
  readonly counters: Counters = newCounters();
  readonly seed: number;
  port = 0;
  readonly #to: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #impairment: Impairment;
  #server: Server | undefined;

  constructor(options: ImpairedOptions) {
    this.#to = { host: loopback(options.host), port: options.to };
    this.seed = options.seed ?? 1;
    this.#impairment = changed(UNIMPAIRED, options);
  }

  get impairment(): Impairment {
    return this.#impairment;
  }

  async listen(port: number): Promise<void> {
    this.port = port;
    await this.#open();
    if (this.#impairment.refuse) await this.#shut();
  }

  async change(change: Change): Promise<void> {
    this.#impairment = changed(this.#impairment, change);
    for (const { lanes } of this.#pairs) for (const lane of lanes) lane.pump();
    if (this.#impairment.refuse) await this.#shut();
    else await this.#open();
  }

  reset(): number {
    const all = [...this.#pairs];
    for (const pair of all) pair.reset();
    return all.length;
  }

  async close(): Promise<void> {
    for (const pair of [...this.#pairs]) pair.reset();
    await this.#shut();
  }

  async #open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (near) => this.#came(near));
    this.#server = server;
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen(this.port, '127.0.0.1', done);
    });
    this.port = (server.address() as AddressInfo).port;
  }

  /** Stops listening; who is connected stays so. */
  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    // `close` calls back when the last connection is gone: only that the port is free matters.
    server.close();
    await new Promise((turn) => setImmediate(turn));
  }

  #came(near: Socket): void {
    const far = connect({ ...this.#to, allowHalfOpen: true });
    this.counters.connections += 1;
    this.counters.open += 1;
    const number = this.counters.connections;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      for (const lane of pair.lanes) lane.close();
      this.#pairs.delete(pair);
      this.counters.open -= 1;
    };
    const reset = (): void => {
      if (over) return;
      this.counters.resets += 1;
      end();
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    const lane = (from: Socket, to: Socket, way: 'up' | 'down'): Lane =>
      new Lane({
        ...{ from, to, reset },
        rule: () => this.#impairment[way],
        random: new Random(this.seed, number, way),
        counters: this.counters[way],
      });
    const pair: Pair = { lanes: [lane(near, far, 'up'), lane(far, near, 'down')], reset };
    this.#pairs.add(pair);
    let closed = 0;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        closed += 1;
        if (closed === 2) end();
      });
    }
  }
}
