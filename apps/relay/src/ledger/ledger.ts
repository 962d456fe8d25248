/**
 * The append-only ledger: entries wait for the end of the event loop's turn and are committed as one durable group (far under
 * the 5 ms that PLATFORM.md allows), each row chained to the one before by its hash.
 */
import { SealcamError } from '@sealcam/protocol';
import type { Metrics } from '../metrics.ts';
import type { LedgerTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Checkpoints } from './checkpoints.ts';
import { chainRow, type LedgerEntry } from './row.ts';

interface Waiting {
  readonly entry: LedgerEntry;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Entries that may wait while the disk is slow; past it an append is refused rather than memory filled. */
const MOST_WAITING = 50_000;

export class Ledger {
  readonly #store: Store;
  readonly #metrics: Metrics;
  readonly #checkpoints: Checkpoints;
  #head: { readonly seq: number; readonly hash: string };
  #waiting: Waiting[] = [];
  #committing: Promise<void> | undefined;

  private constructor(parts: {
    store: Store;
    metrics: Metrics;
    checkpoints: Checkpoints;
    head: { seq: number; hash: string };
  }) {
    this.#store = parts.store;
    this.#metrics = parts.metrics;
    this.#checkpoints = parts.checkpoints;
    this.#head = parts.head;
  }

  static async open(parts: { store: Store; metrics: Metrics; checkpoints: Checkpoints }): Promise<Ledger> {
    return new Ledger({ ...parts, head: await parts.store.ledgerHead() });
  }

  get head(): { readonly seq: number; readonly hash: string } {
    return this.#head;
  }

  /** Resolves once the row is durable. @throws {SealcamError} the store's faults; nothing of its group is written then */
  append(entry: LedgerEntry): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(new SealcamError('store.full', 'ledger queue'));
    return new Promise((done, failed) => {
      this.#waiting.push({ entry, done, failed });
      this.#committing ??= this.#commitAll();
    });
  }

  /** Resolves when everything appended so far is durable or has failed. */
  async flush(): Promise<void> {
    await this.#committing;
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await new Promise<void>((turn) => setImmediate(turn));
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commit(group);
    }
    this.#committing = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let head = this.#head;
    const rows: LedgerTable[] = [];
    for (const { entry } of group) {
      const row = chainRow(entry, head);
      rows.push(row);
      head = row;
    }
    const stop = this.#metrics.commitSeconds.startTimer();
    try {
      await this.#store.appendLedger(rows);
    } catch (error) {
      const replayed = error instanceof SealcamError && error.code === 'command.replayed';
      if (replayed && group.length > 1) return await this.#commitSingly(group);
      for (const waiting of group) waiting.failed(error);
      return;
    } finally {
      stop();
    }
    this.#head = { seq: head.seq, hash: head.hash };
    this.#metrics.ledgerRows.inc(rows.length);
    for (const waiting of group) waiting.done();
    this.#checkpoints.advanced(this.#head);
  }

  /** One bad row (a receipt handed in twice) must not take its neighbors with it. */
  async #commitSingly(group: readonly Waiting[]): Promise<void> {
    for (const waiting of group) await this.#commit([waiting]);
  }
}
