/** What was painted since the last receipt (SEALING.md, rule 10): one range a key, with the number that really were on the screen. */
import { STREAM, type CameraId, type KeyId, type StreamId } from '@sealcam/protocol';
import { RECEIPT_RANGES, type ShownRange } from '@sealcam/home/verify';

interface Range {
  readonly fromCtr: number;
  readonly toCtr: number;
  readonly painted: number;
}

export class ShownRanges {
  readonly #ranges = new Map<string, ShownRange>();

  /** One unit is on the screen. A still painted again counts once. */
  add(cameraId: CameraId, streamId: StreamId, kid: KeyId, ctr: number): void {
    const key = `${cameraId}/${streamId}/${kid}`;
    const range = this.#ranges.get(key) ?? { cameraId, streamId, kid, fromCtr: ctr, toCtr: ctr, painted: 0 };
    this.#ranges.set(key, { ...range, ...widen(range, ctr, streamId) });
  }

  /** The ranges in the order of a receipt, and begins anew. At most `RECEIPT_RANGES`; the rest comes next time. */
  take(): readonly ShownRange[] {
    const ranges = [...this.#ranges].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, RECEIPT_RANGES);
    for (const [key] of ranges) this.#ranges.delete(key);
    return ranges.map(([, range]) => range);
  }

  /** A receipt was not sent: its ranges count again. */
  putBack(ranges: readonly ShownRange[]): void {
    for (const range of ranges) {
      const key = `${range.cameraId}/${range.streamId}/${range.kid}`;
      const now = this.#ranges.get(key);
      if (now === undefined) this.#ranges.set(key, range);
      else
        this.#ranges.set(key, {
          ...range,
          fromCtr: Math.min(range.fromCtr, now.fromCtr),
          toCtr: Math.max(range.toCtr, now.toCtr),
          painted: range.painted + now.painted,
        });
    }
  }
}

function widen(range: Range, ctr: number, streamId: StreamId): Range {
  const fromCtr = Math.min(range.fromCtr, ctr);
  const toCtr = Math.max(range.toCtr, ctr);
  const again = (streamId === STREAM.still || streamId === STREAM.state) && range.painted > 0 && ctr === range.toCtr;
  return { fromCtr, toCtr, painted: Math.min(range.painted + (again ? 0 : 1), toCtr - fromCtr + 1) };
}
