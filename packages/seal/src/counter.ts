/** The CTR of one Sealer: up by one, never twice, refused at 2^40 (SEALING.md, "Frame keys"). */
import { CTR_END, SealcamError } from '@sealcam/protocol';

export class Counter {
  #next: number;

  /** @param next only a test begins elsewhere than at 0 */
  constructor(next = 0) {
    this.#next = next;
  }

  get next(): number {
    return this.#next;
  }

  /** @throws {SealcamError} `seal.exhausted` at 2^40 */
  take(): number {
    if (this.#next >= CTR_END) throw new SealcamError('seal.exhausted');
    const taken = this.#next;
    this.#next += 1;
    return taken;
  }
}
