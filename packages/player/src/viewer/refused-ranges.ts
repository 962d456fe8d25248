/** What was refused since the last receipt and has no report of its own (SEALING.md, rule 9): one range a key id and reason. */
import type { CameraId, StreamId } from '@sealcam/protocol';
import { RECEIPT_REFUSED, sortRefused, type RefusedRange } from '@sealcam/home/verify';

/** Key ids that wait for a receipt; whoever makes up more of them has said enough. */
const MOST = 1_024;
const COUNT_END = 2 ** 32;

export class RefusedRanges {
  readonly #ranges = new Map<string, RefusedRange>();

  /** One frame was refused. */
  add(frame: {
    readonly cameraId: CameraId;
    readonly streamId: StreamId;
    readonly kid: string;
    readonly reason: RefusedRange['reason'];
    readonly ctr: number;
  }): void {
    const { cameraId, streamId, kid, reason, ctr } = frame;
    this.#widen({ cameraId, streamId, kid, reason, fromCtr: ctr, toCtr: ctr, count: 1 });
  }

  /** The ranges in the order of a receipt, and begins anew. At most `RECEIPT_REFUSED`; the rest comes next time. */
  take(): readonly RefusedRange[] {
    const ranges = [...this.#ranges].slice(0, RECEIPT_REFUSED);
    for (const [key] of ranges) this.#ranges.delete(key);
    return sortRefused(ranges.map(([, range]) => range));
  }

  /** A receipt was not sent: its ranges count again. */
  putBack(ranges: readonly RefusedRange[]): void {
    for (const range of ranges) this.#widen(range);
  }

  #widen(range: RefusedRange): void {
    const key = `${range.cameraId}/${range.streamId}/${range.kid}/${range.reason}`;
    const before = this.#ranges.get(key);
    if (before === undefined && this.#ranges.size >= MOST) return;
    this.#ranges.set(key, {
      ...range,
      fromCtr: Math.min(range.fromCtr, before?.fromCtr ?? range.fromCtr),
      toCtr: Math.max(range.toCtr, before?.toCtr ?? range.toCtr),
      count: Math.min(range.count + (before?.count ?? 0), COUNT_END - 1),
    });
  }
}
