/**
 * What viewers sign about what they got: receipts (painted) and reports (refused). Each counts only where it matches the
 * relay's own send record, the marks of the ledger; the rest is counted as unmatched and changes nothing.
 */
import { createHash } from 'node:crypto';
import type { KeyId, StreamId, CameraId } from '@sealcam/protocol';
import { verifyReceipt, verifyReport, type Head, type ShownRange } from '@sealcam/home/verify';
import type { Clock } from '../clock.ts';
import type { FanOut } from '../live/fan-out.ts';
import type { Viewing } from '../live/viewing.ts';
import type { LedgerTable } from '../store/schema.ts';
import type { GateQuestion, Store } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import type { Spans } from './spans.ts';

/** Ranges of one receipt that are looked up; a viewer sends one receipt each 10 s. */
const RANGES = 64;

export interface EvidenceParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly spans: Spans;
  readonly fanOut: FanOut;
  readonly clock: Clock;
}

/** How much of what was signed matched. */
export interface Matched {
  readonly matched: number;
  readonly unmatched: number;
}

export class Evidence {
  readonly #parts: EvidenceParts;

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
  }

  /** @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` */
  async receipt(head: Head, from: GateQuestion['deviceId'], bytes: Uint8Array): Promise<Matched> {
    const receipt = await verifyReceipt(head, bytes);
    if (receipt.deviceId !== from) return { matched: 0, unmatched: receipt.ranges.length };
    const ranges = receipt.ranges.slice(0, RANGES);
    await this.#markFirst(head, from, ranges);
    let matched = 0;
    for (const [index, range] of ranges.entries()) {
      if (await this.#shown(head, from, range, proofOf(bytes, index))) matched += 1;
    }
    return { matched, unmatched: receipt.ranges.length - matched };
  }

  /** @throws {SealcamError} as `receipt` */
  async report(head: Head, from: GateQuestion['deviceId'], bytes: Uint8Array): Promise<Matched> {
    const report = await verifyReport(head, bytes);
    if (report.deviceId !== from) return { matched: 0, unmatched: 1 };
    await this.#markFirst(head, from, [report]);
    const question = { homeId: head.homeId, deviceId: from, cameraId: report.cameraId, streamId: report.streamId };
    const marks = await this.#parts.store.marks(question, report.kid);
    const mark = marks.find((row) => within(row, report.ctr));
    if (mark === undefined) return { matched: 0, unmatched: 1 };
    await this.#append(mark, 'refused', { from: report.ctr, to: report.ctr, units: 1 }, proofOf(bytes, 0));
    return { matched: 1, unmatched: 0 };
  }

  /** Painted frames of one range, shared out over the spans they were delivered in. */
  async #shown(head: Head, from: GateQuestion['deviceId'], range: ShownRange, proof: string): Promise<boolean> {
    const question = { homeId: head.homeId, deviceId: from, cameraId: range.cameraId, streamId: range.streamId };
    const bySpan = new Map<string, { mark: LedgerTable; from: number; to: number; units: number }>();
    let left = range.painted;
    for (const mark of await this.#parts.store.marks(question, range.kid)) {
      const low = Math.max(range.fromCtr, mark.ctr_from ?? 0);
      const high = Math.min(range.toCtr, mark.ctr_to ?? -1);
      const units = Math.min(left, high - low + 1, mark.units);
      if (units <= 0) continue;
      left -= units;
      const before = bySpan.get(mark.span_id);
      bySpan.set(mark.span_id, {
        mark,
        from: Math.min(low, before?.from ?? low),
        to: Math.max(high, before?.to ?? high),
        units: units + (before?.units ?? 0),
      });
    }
    await Promise.all([...bySpan.values()].map((part) => this.#append(part.mark, 'shown', part, proof)));
    return bySpan.size > 0;
  }

  /** What runs is written down before it is matched, or the newest units would look as if they had never been sent. */
  async #markFirst(
    head: Head,
    from: GateQuestion['deviceId'],
    streams: readonly { readonly cameraId: CameraId; readonly streamId: StreamId }[],
  ): Promise<void> {
    const named = (viewing: Viewing): boolean =>
      viewing.question.deviceId === from &&
      streams.some(
        ({ cameraId, streamId }) => viewing.question.cameraId === cameraId && viewing.question.streamId === streamId,
      );
    await this.#parts.spans.mark(this.#parts.fanOut.viewingsOf(head.homeId).filter(named));
  }

  #append(
    mark: LedgerTable,
    kind: 'shown' | 'refused',
    range: { readonly from: number; readonly to: number; readonly units: number },
    proof: string,
  ): Promise<void> {
    const atMs = this.#parts.clock.wallMs();
    return this.#parts.ledger.append({
      atMs,
      kind,
      homeId: mark.home_id as GateQuestion['homeId'],
      deviceId: mark.device_id as GateQuestion['deviceId'],
      cameraId: mark.camera_id as CameraId,
      streamId: mark.stream_id as StreamId,
      route: mark.route,
      spanId: mark.span_id,
      connectionId: mark.connection_id,
      kid: mark.kid as KeyId,
      ctrFrom: range.from,
      ctrTo: range.to,
      fromMs: mark.from_ms,
      toMs: mark.to_ms,
      units: range.units,
      proof,
    });
  }
}

function within(row: LedgerTable, ctr: number): boolean {
  return row.ctr_from !== null && row.ctr_to !== null && row.ctr_from <= ctr && ctr <= row.ctr_to;
}

/** Unique with the span: the same signed bytes cannot count twice. */
function proofOf(bytes: Uint8Array, index: number): string {
  return createHash('sha256').update(bytes).update(Uint8Array.of(index)).digest('hex');
}
