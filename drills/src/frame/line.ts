/**
 * A line in memory: two ends of a byte stream, each direction with what a very poor network does to it, on the drill's clock. TCP
 * underneath is taken as given: bytes come late or in bursts, or the line breaks; they are never changed or reordered.
 */
import { Duplex } from 'node:stream';
import { Random } from '../../../tests/harness/random.ts';
import { stir } from './idle.ts';
import type { LineFaults } from './line-faults.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a kernel would hold of a line that does not move, before the writer must wait. */
const WINDOW_BYTES = 256 * 1024;
const RETRANSMIT_MS = { least: 200, most: 3_000 };
/** Addresses of the lines, so that the relay's bounds for strangers see many. */
let lines = 0;

/** One end. Looks enough like a socket for `http` and `ws`. */
class LineEnd extends Duplex {
  bytesWritten = 0;
  readonly remoteAddress: string;
  #lane: Lane | undefined;

  constructor(address: string) {
    super();
    this.remoteAddress = address;
  }

  goOut(lane: Lane): void {
    this.#lane = lane;
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  override _read(): void {
    // Bytes are pushed as they arrive; the window is the sender's matter.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytesWritten += chunk.length;
    this.#lane?.send(chunk, done);
  }

  override _final(done: () => void): void {
    this.#lane?.send(undefined, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#lane?.send(undefined, () => undefined);
    done(error);
  }
}

interface Chunk {
  readonly bytes: Buffer | undefined;
  readonly dueMs: number;
  readonly done: () => void;
}

/** One direction. */
class Lane {
  readonly #line: Line;
  readonly #to: LineEnd;
  readonly #counted: boolean;
  /** Of its own: what goes one way does not move the luck of what goes the other, at the same moment. */
  readonly #luck: Random;
  readonly #waiting: Chunk[] = [];
  #bytes = 0;
  #running = false;

  constructor(line: Line, to: LineEnd, counted: boolean, luck: Random) {
    this.#line = line;
    this.#to = to;
    this.#counted = counted;
    this.#luck = luck;
  }

  /** @param bytes undefined is the end of the stream */
  send(bytes: Buffer | undefined, done: () => void): void {
    stir();
    const { clock } = this.#line;
    this.#bytes += bytes?.length ?? 0;
    const held = this.#bytes > WINDOW_BYTES;
    this.#waiting.push({
      bytes,
      dueMs: clock.monoMs() + this.#line.lateMs(this.#luck),
      done: held ? done : () => undefined,
    });
    if (!held) process.nextTick(done);
    this.run();
  }

  /** Moves on what is due; called again when a stall ends. */
  run(): void {
    if (this.#running || this.#line.stalled) return;
    const first = this.#waiting[0];
    if (first === undefined) return;
    this.#running = true;
    const waitMs = first.dueMs - this.#line.clock.monoMs();
    if (waitMs <= 0) process.nextTick(() => this.#arrive());
    else this.#line.clock.after(waitMs, () => this.#arrive());
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
  }

  #arrive(): void {
    this.#running = false;
    if (this.#line.stalled) return;
    const chunk = this.#waiting.shift();
    if (chunk === undefined) return;
    stir();
    this.#bytes -= chunk.bytes?.length ?? 0;
    this.#hand(chunk.bytes);
    chunk.done();
    this.run();
  }

  #hand(bytes: Buffer | undefined): void {
    if (this.#to.destroyed || this.#to.readableEnded) return;
    const left = this.#counted ? this.#line.takeDown(bytes?.length ?? 0) : Infinity;
    if (bytes === undefined) this.#to.push(null);
    else if (bytes.length <= left) this.#to.push(bytes);
    else {
      if (left > 0) this.#to.push(bytes.subarray(0, left));
      setImmediate(() => this.#line.reset());
    }
  }
}

export class Line implements LineFaults {
  delayMs = 0;
  loss = 0;
  readonly clock: VirtualClock;
  /** The side that dialed: a display or an agent. */
  readonly near: Duplex;
  /** The relay's side. */
  readonly far: Duplex;
  readonly #lanes: readonly Lane[];
  #stalled = false;
  #downLeft = Infinity;

  constructor(clock: VirtualClock, random: Random) {
    this.clock = clock;
    lines += 1;
    const address = `10.${(lines >> 16) & 255}.${(lines >> 8) & 255}.${lines & 255}`;
    const [near, far] = [new LineEnd('127.0.0.1'), new LineEnd(address)];
    const up = new Lane(this, far, false, new Random(random.next(), 'up'));
    const down = new Lane(this, near, true, new Random(random.next(), 'down'));
    near.goOut(up);
    far.goOut(down);
    this.#lanes = [up, down];
    [this.near, this.far] = [near, far];
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  set stalled(stalled: boolean) {
    this.#stalled = stalled;
    if (!stalled) for (const lane of this.#lanes) lane.run();
  }

  /** How long the chunk that is sent now takes. */
  lateMs(luck: Random): number {
    if (this.loss === 0 || luck.fraction() >= this.loss) return this.delayMs;
    return this.delayMs + RETRANSMIT_MS.least + luck.below(RETRANSMIT_MS.most - RETRANSMIT_MS.least);
  }

  takeDown(bytes: number): number {
    const left = this.#downLeft;
    this.#downLeft -= bytes;
    return Math.max(left, 0);
  }

  resetAfter(bytes: number): void {
    this.#downLeft = bytes;
  }

  reset(): void {
    for (const lane of this.#lanes) lane.clear();
    for (const end of [this.near, this.far]) if (!end.destroyed) end.destroy(new Error('reset'));
    stir();
  }
}
