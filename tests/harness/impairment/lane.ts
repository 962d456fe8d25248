/** One direction of a TCP connection through the proxy: what comes in waits, bounded, until the shaper says that it arrives. */
import type { Socket } from 'node:net';
import type { Random } from '../random.ts';
import { queued, type LaneCounters } from './counters.ts';
import type { Rule } from './rule.ts';
import { StreamShaper } from './shaper.ts';

export interface LaneParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly rule: () => Rule;
  readonly random: Random;
  readonly counters: LaneCounters;
  /** Both sides of the connection end at once, without a word. */
  readonly reset: () => void;
}

type Item = { readonly dueMs: number; readonly what: Buffer | 'end' | 'reset' };

/** Small writes in great number weigh more than their bytes. */
const MOST_ITEMS = 4096;

export class Lane {
  readonly #parts: LaneParts;
  readonly #shaper: StreamShaper;
  #queue: Item[] = [];
  #bytes = 0;
  #delivered = 0;
  #timer: NodeJS.Timeout | undefined;
  #blocked = false;
  #over = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#shaper = new StreamShaper(parts.random);
    const { from, to } = parts;
    from.on('data', (data: Buffer) => this.#take(data));
    from.on('end', () => this.#wait('end', 0));
    // A reset waits its turn behind the data, as it would behind a long line; on a silent line it is not heard of at all.
    from.on('error', () => this.#wait('reset', 0));
    to.on('drain', () => {
      this.#blocked = false;
      this.pump();
    });
  }

  /** Gives out what is due; called again whenever rules change. */
  pump(): void {
    clearTimeout(this.#timer);
    while (!this.#over && !this.#blocked && !this.#parts.rule().stall) {
      const [item] = this.#queue;
      if (item === undefined) return;
      const waitMs = item.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs));
        return;
      }
      this.#queue.shift();
      this.#give(item.what);
    }
  }

  /** Nothing more goes this way. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#parts.counters.queuedBytes -= this.#bytes;
    this.#bytes = 0;
  }

  #take(data: Buffer): void {
    const { counters, from } = this.#parts;
    counters.bytesIn += data.length;
    if (this.#over) return;
    this.#bytes += data.length;
    queued(counters, data.length);
    this.#wait(data, data.length);
    if (!this.#isFull() || from.isPaused()) return;
    counters.full += 1;
    from.pause();
  }

  #wait(what: Item['what'], bytes: number): void {
    if (this.#over) return;
    const before = this.#shaper.retransmitted;
    const dueMs = this.#shaper.arrival(bytes, performance.now(), this.#parts.rule());
    this.#parts.counters.lost += this.#shaper.retransmitted - before;
    this.#queue.push({ dueMs, what });
    this.pump();
  }

  #isFull(): boolean {
    return this.#bytes >= this.#parts.rule().bufferBytes || this.#queue.length >= MOST_ITEMS;
  }

  #give(what: Item['what']): void {
    const { to, from, counters, reset } = this.#parts;
    if (what === 'reset') return reset();
    if (what === 'end') {
      counters.ends += 1;
      to.end();
      return;
    }
    this.#bytes -= what.length;
    counters.queuedBytes -= what.length;
    this.#write(what);
    if (from.isPaused() && this.#bytes < this.#parts.rule().bufferBytes / 2 && this.#queue.length < MOST_ITEMS / 2)
      from.resume();
  }

  #write(data: Buffer): void {
    const { to, counters, rule, reset } = this.#parts;
    const { resetAfter, truncateAfter } = rule();
    const left = Math.max(0, Math.min(resetAfter, truncateAfter) - this.#delivered);
    const part = data.subarray(0, left);
    this.#delivered += part.length;
    counters.bytesOut += part.length;
    if (part.length > 0 && to.writable && !to.write(part)) this.#blocked = true;
    if (this.#delivered >= resetAfter) return reset();
    if (part.length === data.length && this.#delivered < truncateAfter) return;
    counters.truncatedBytes += data.length - part.length;
    if (to.writable) to.end();
    this.#blocked = false; // the rest is read and thrown away
  }
}
