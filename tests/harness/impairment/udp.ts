/** The proxy for UDP: as the one for TCP, a datagram at a time. Who sends from a new port gets a line of its own. */
import { createSocket, type Socket } from 'node:dgram';
import { Random } from '../random.ts';
import { newCounters, queued, type Counters, type LaneCounters } from './counters.ts';
import { loopback, type Impaired, type ImpairedOptions } from './options.ts';
import { changed, UNIMPAIRED, type Change, type Impairment, type Rule } from './rule.ts';
import { DatagramShaper } from './shaper.ts';

/** Lines at once; the one that was silent longest makes room. */
const MOST_LINES = 1024;

interface Line {
  readonly far: Socket;
  readonly up: DatagramShaper;
  readonly down: DatagramShaper;
  /** What is on its way, and what to do where it never arrives. */
  readonly waiting: Map<NodeJS.Timeout, () => void>;
}

/** @throws {SealcamError} as `impairTcp` */
export async function impairUdp(options: ImpairedOptions): Promise<Impaired> {
  const proxy = new UdpProxy(options);
  await proxy.listen(options.listen ?? 0);
  return proxy;
}

class UdpProxy implements Impaired {
  readonly counters: Counters = newCounters();
  readonly seed: number;
  port = 0;
  readonly #to: { readonly host: string; readonly port: number };
  readonly #lines = new Map<string, Line>();
  #impairment: Impairment;
  #near: Socket | undefined;

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
    if (this.#impairment.refuse) await this.#shut();
    else await this.#open();
  }

  /** Every line is forgotten: answers on their way are lost. */
  reset(): number {
    const count = this.#lines.size;
    for (const name of [...this.#lines.keys()]) this.#forget(name);
    this.counters.resets += count;
    return count;
  }

  async close(): Promise<void> {
    this.reset();
    await this.#shut();
  }

  async #open(): Promise<void> {
    if (this.#near !== undefined) return;
    const near = createSocket('udp4');
    this.#near = near;
    near.on('message', (data, { address, port }) => this.#up(data, address, port));
    near.on('error', () => undefined);
    await new Promise<void>((done, failed) => {
      near.once('error', failed);
      near.bind(this.port, '127.0.0.1', done);
    });
    this.port = near.address().port;
  }

  async #shut(): Promise<void> {
    const near = this.#near;
    this.#near = undefined;
    if (near !== undefined) await new Promise<void>((done) => near.close(done));
  }

  #up(data: Buffer, address: string, port: number): void {
    const name = `${address}:${port}`;
    const line = this.#lines.get(name) ?? this.#came(name, address, port);
    this.#lines.delete(name); // the last one heard of is at the end
    this.#lines.set(name, line);
    const send = (bytes: Buffer): void => void line.far.send(bytes, this.#to.port, this.#to.host, () => undefined);
    this.#pass(line, line.up, data, this.#impairment.up, this.counters.up, send);
  }

  #came(name: string, address: string, port: number): Line {
    const [oldest] = this.#lines.keys();
    if (this.#lines.size >= MOST_LINES && oldest !== undefined) this.#forget(oldest);
    this.counters.connections += 1;
    this.counters.open += 1;
    const random = (way: string): Random => new Random(this.seed, this.counters.connections, way);
    const far = createSocket(this.#to.host === '::1' ? 'udp6' : 'udp4');
    const line: Line = {
      far,
      up: new DatagramShaper(random('up')),
      down: new DatagramShaper(random('down')),
      waiting: new Map(),
    };
    this.#lines.set(name, line);
    const send = (bytes: Buffer): void => void this.#near?.send(bytes, port, address, () => undefined);
    far.on('message', (data, from) => {
      if (from.port === this.#to.port)
        this.#pass(line, line.down, data, this.#impairment.down, this.counters.down, send);
    });
    far.on('error', () => undefined); // nobody listens there: as silent as a network
    return line;
  }

  #pass(
    line: Line,
    shaper: DatagramShaper,
    data: Buffer,
    rule: Rule,
    counters: LaneCounters,
    send: (bytes: Buffer) => void,
  ): void {
    counters.bytesIn += data.length;
    const nowMs = performance.now();
    const { dueMs, reordered } = shaper.fate(data.length, nowMs, rule);
    if (dueMs.length === 0) counters.lost += 1;
    if (reordered) counters.reordered += 1;
    if (dueMs.length > 1) counters.duplicated += 1;
    const cut = data.subarray(0, rule.truncateAfter);
    counters.truncatedBytes += data.length - cut.length;
    for (const due of dueMs) {
      if (counters.queuedBytes + cut.length > rule.bufferBytes) {
        counters.full += 1;
        continue;
      }
      const arrive = (): void => {
        counters.bytesOut += cut.length;
        send(cut);
      };
      if (due <= nowMs) arrive();
      else this.#later(line, due - nowMs, cut.length, counters, arrive);
    }
  }

  #later(line: Line, ms: number, bytes: number, counters: LaneCounters, arrive: () => void): void {
    queued(counters, bytes);
    const left = (): void => void (counters.queuedBytes -= bytes);
    const timer = setTimeout(() => {
      line.waiting.delete(timer);
      left();
      arrive();
    }, ms);
    line.waiting.set(timer, left);
  }

  #forget(name: string): void {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    this.#lines.delete(name);
    this.counters.open -= 1;
    for (const [timer, left] of line.waiting) {
      clearTimeout(timer);
      left();
    }
    line.far.close();
  }
}
