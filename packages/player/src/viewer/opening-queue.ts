/**
 * Opens frames a few at a time and hands the outcomes on in arrival order (SEALING.md, rule 3): WebCrypto finishes out of
 * order. A frame that can no longer be taken when its turn comes is refused without the cipher, so that junk costs little.
 */
import { openFrame, type OpenKeys, type OpenOutcome } from '@sealcam/seal';
import type { Arrival } from './held-frames.ts';

/** Enough to hide the way to WebCrypto's threads and back; more would only blunt the cheap look. */
const AT_ONCE = 16;
/** A kept GOP (`LIMITS.gopBytes`) and some live units behind it. */
const QUEUE_BYTES = 32 * 1024 * 1024;

export interface OpeningRules {
  readonly subtle: SubtleCrypto;
  /** @param ahead frames that arrived before and are not committed yet */
  isPlausible(arrival: Arrival, keys: OpenKeys, ahead: number): boolean;
  /** In arrival order. `implausible`: the cipher did not run. */
  commit(arrival: Arrival, keys: OpenKeys, outcome: OpenOutcome | 'implausible'): void;
}

interface Job {
  readonly arrival: Arrival;
  readonly keys: OpenKeys;
  outcome: OpenOutcome | 'implausible' | undefined;
  started: boolean;
}

export class OpeningQueue {
  readonly #rules: OpeningRules;
  #jobs: Job[] = [];
  #opening = 0;
  #bytes = 0;

  constructor(rules: OpeningRules) {
    this.#rules = rules;
  }

  /** @returns false where the queue is full: the frame is dropped */
  push(arrival: Arrival, keys: OpenKeys): boolean {
    if (this.#bytes + arrival.frame.length > QUEUE_BYTES) return false;
    this.#bytes += arrival.frame.length;
    this.#jobs.push({ arrival, keys, outcome: undefined, started: false });
    this.#run();
    return true;
  }

  /** Forgets all that waits; what is being opened comes to nothing. */
  clear(): void {
    this.#jobs = [];
    this.#bytes = 0;
  }

  #run(): void {
    this.#commitReady();
    for (let ahead = 0; ahead < this.#jobs.length && this.#opening < AT_ONCE; ahead += 1) {
      const job = this.#jobs[ahead];
      if (job === undefined || job.started) continue;
      job.started = true;
      if (this.#rules.isPlausible(job.arrival, job.keys, ahead)) void this.#open(job);
      else job.outcome = 'implausible';
    }
    this.#commitReady();
  }

  async #open(job: Job): Promise<void> {
    this.#opening += 1;
    job.outcome = await openFrame(job.arrival.frame, job.arrival.header, job.keys, this.#rules.subtle);
    this.#opening -= 1;
    this.#run();
  }

  #commitReady(): void {
    while (this.#jobs[0]?.outcome !== undefined) {
      const job = this.#jobs.shift();
      if (job?.outcome === undefined) return;
      this.#bytes -= job.arrival.frame.length;
      this.#rules.commit(job.arrival, job.keys, job.outcome);
    }
  }
}
