/**
 * What viewers sign about what they got: receipts (painted, refused) and reports (one refused frame). What matches the relay's own send
 * record, the marks of the ledger, is written as shown or refused; frames of a known key id that do not match are written as claimed. The
 * rest is counted as unmatched and changes nothing. What was refused is weighed as an incident as well.
 */
import { createHash } from 'node:crypto';
import { SEALED_ROUTE, SealcamError, type CameraId, type KeyId, type StreamId, type Track } from '@sealcam/protocol';
import {
  verifyReceipt,
  verifyReport,
  type Head,
  type RefusalReason,
  type Report,
  type ShownRange,
} from '@sealcam/home/verify';
import type { Clock } from '../clock.ts';
import type { AnnouncedKeys } from '../incidents/announced-keys.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { isOwn, isSameTrack } from '../incidents/weigh.ts';
import type { FanOut } from '../live/fan-out.ts';
import type { Viewing } from '../live/viewing.ts';
import type { EventLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { LedgerTable } from '../store/schema.ts';
import type { GateQuestion, Store } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerEntry } from './row.ts';
import type { Spans } from './spans.ts';

/** Ranges of one receipt that are looked up, painted and refused each; a viewer sends one receipt each 10 s. */
const RANGES = 64;
/** A viewing that ended so long ago still counts as one: what was on its way is reported after its end. */
const JUST_MS = 60_000;

export interface EvidenceParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly spans: Spans;
  readonly fanOut: FanOut;
  readonly clock: Clock;
  readonly incidents: Pick<Incidents, 'report'>;
  readonly keys: Pick<AnnouncedKeys, 'facts'>;
  readonly metrics: Pick<Metrics, 'strays'>;
  readonly log: EventLog;
}

/** How much of what was signed matched. */
export interface Matched {
  readonly matched: number;
  readonly unmatched: number;
}

type From = GateQuestion['deviceId'];

/** Frames that a device refused, with the hash of the signed bytes they rest on. */
interface Refused {
  readonly question: GateQuestion;
  readonly reason: Exclude<RefusalReason, 'stray'>;
  readonly kid: string;
  readonly fromCtr: number;
  readonly toCtr: number;
  readonly count: number;
  readonly proof: string;
  readonly isLate: boolean;
  readonly cameMs: number;
}

/** What of a range was delivered in one span. */
interface Part {
  readonly mark: LedgerTable;
  readonly from: number;
  readonly to: number;
  readonly units: number;
}

export class Evidence {
  readonly #parts: EvidenceParts;

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
  }

  /** @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` */
  async receipt(head: Head, from: From, bytes: Uint8Array): Promise<Matched> {
    const cameMs = this.#parts.clock.monoMs();
    const receipt = await verifyReceipt(head, bytes);
    const all = receipt.ranges.length + receipt.refused.length;
    if (receipt.deviceId !== from) return { matched: 0, unmatched: all };
    const [shown, refused] = [receipt.ranges.slice(0, RANGES), receipt.refused.slice(0, RANGES)];
    await this.#markFirst(head, from, [...shown, ...refused]);
    let matched = 0;
    for (const [index, range] of shown.entries()) {
      const question = questionOf(head, from, range);
      if (await this.#shown(question, range, proofOf(bytes, index))) matched += 1;
    }
    for (const [index, range] of refused.entries()) {
      const { reason } = range;
      // One message, one report: strays are in no receipt.
      if (reason === 'stray') continue;
      const proof = proofOf(bytes, RANGES + index);
      const question = questionOf(head, from, range);
      if (await this.#refused({ ...range, reason, question, proof, isLate: true, cameMs })) matched += 1;
    }
    return { matched, unmatched: all - matched };
  }

  /** @throws {SealcamError} as `receipt` */
  async report(head: Head, from: From, bytes: Uint8Array): Promise<Matched> {
    const cameMs = this.#parts.clock.monoMs();
    const report = await verifyReport(head, bytes);
    if (report.deviceId !== from) return { matched: 0, unmatched: 1 };
    if (report.reason === 'stray') return this.#stray(report);
    await this.#markFirst(head, from, [report]);
    const { kid, ctr, reason } = report;
    const one = { reason, kid, fromCtr: ctr, toCtr: ctr, count: 1 };
    const question = questionOf(head, from, report);
    const isMatched = await this.#refused({ ...one, question, proof: proofOf(bytes, 0), isLate: false, cameMs });
    return isMatched ? { matched: 1, unmatched: 0 } : { matched: 0, unmatched: 1 };
  }

  /** No picture: there is no camera, no key and no link that it could be weighed against, and nothing follows but that it is told. */
  #stray({ homeId, deviceId }: Report): Matched {
    this.#parts.metrics.strays.inc();
    this.#parts.log.warn('viewer.stray-message', { home: homeId, device: deviceId });
    return { matched: 0, unmatched: 0 };
  }

  async #shown(question: GateQuestion, range: ShownRange, proof: string): Promise<boolean> {
    const { parts } = await this.#sent(question, range.kid, range.fromCtr, range.toCtr, range.painted, 'unshown');
    await Promise.all(parts.map((part) => this.#append(part, 'shown', proof)));
    return parts.length > 0;
  }

  /** @returns whether the relay sent any of it, by its own record */
  async #refused(refused: Refused): Promise<boolean> {
    const { question, kid, fromCtr, toCtr, count, proof, reason } = refused;
    const { parts, left } = await this.#sent(question, kid, fromCtr, toCtr, count);
    const running = this.#running(question);
    const watching = running !== undefined || (await this.#justWatched(question));
    const key = await this.#parts.keys.facts(kid);
    const isKnown = watching && key !== undefined && (!isOwn(key, question) || reason === 'replayed');
    const rows = parts.map((part) => this.#append(part, 'refused', proof));
    if (left > 0 && isKnown) rows.push(this.#parts.ledger.append(this.#claim(refused, left, running)));
    const outcomes = await Promise.allSettled(rows);
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    // The same signed bytes once more: neither the ledger nor the incident counts them twice.
    if (fault?.reason instanceof SealcamError && fault.reason.code === 'command.replayed') return false;
    const { homeId, deviceId, cameraId, streamId } = question;
    const { isLate, cameMs } = refused;
    const frames = { cameraId, streamId, reason, kid, fromCtr, toCtr, count, isLate, cameMs, watching };
    await this.#parts.incidents.report({ ...frames, viewer: { homeId, deviceId }, sent: parts.length > 0 });
    if (fault !== undefined) throw fault.reason;
    return parts.length > 0;
  }

  /** Frames of one range, shared out over the spans they were delivered in. @returns `left`: what was never delivered */
  async #sent(
    question: GateQuestion,
    kid: string,
    fromCtr: number,
    toCtr: number,
    units: number,
    which: 'all' | 'unshown' = 'all',
  ): Promise<{ readonly parts: readonly Part[]; readonly left: number }> {
    const all = await this.#parts.store.marks(question, kid);
    const rows = all.filter((row) => (row.ctr_from ?? 0) <= toCtr && (row.ctr_to ?? -1) >= fromCtr);
    // Who looks away and back gets the running GOP again: the same counters, in another span, painted once more.
    const room = new Map<string, number>();
    for (const { kind, span_id, units: each } of rows) {
      const signed = kind === 'mark' ? each : which === 'unshown' ? -each : 0;
      room.set(span_id, (room.get(span_id) ?? 0) + signed);
    }
    const bySpan = new Map<string, Part>();
    let left = units;
    for (const mark of rows) {
      if (mark.kind !== 'mark') continue;
      const low = Math.max(fromCtr, mark.ctr_from ?? 0);
      const high = Math.min(toCtr, mark.ctr_to ?? -1);
      const free = room.get(mark.span_id) ?? 0;
      const here = Math.min(left, high - low + 1, mark.units, free);
      if (here <= 0) continue;
      left -= here;
      room.set(mark.span_id, free - here);
      const before = bySpan.get(mark.span_id);
      bySpan.set(mark.span_id, {
        mark,
        from: Math.min(low, before?.from ?? low),
        to: Math.max(high, before?.to ?? high),
        units: here + (before?.units ?? 0),
      });
    }
    return { parts: [...bySpan.values()], left };
  }

  #running(question: GateQuestion): Viewing | undefined {
    return this.#parts.fanOut
      .viewingsOf(question.homeId)
      .find((viewing) => viewing.question.deviceId === question.deviceId && isSameTrack(viewing.question, question));
  }

  async #justWatched({ homeId, deviceId, cameraId, streamId }: GateQuestion): Promise<boolean> {
    const toMs = this.#parts.clock.wallMs();
    const query = { homeId, cameraId, deviceId, fromMs: toMs - JUST_MS, toMs, limit: 100 };
    return (await this.#parts.store.spans(query)).some((span) => span.streamId === streamId);
  }

  /** What runs, or has just ended, is written down before it is matched, or the newest units would look as if they had never been sent. */
  async #markFirst(
    head: Head,
    from: From,
    streams: readonly { readonly cameraId: CameraId; readonly streamId: StreamId }[],
  ): Promise<void> {
    const named = (viewing: Viewing): boolean =>
      viewing.question.deviceId === from &&
      streams.some(
        ({ cameraId, streamId }) => viewing.question.cameraId === cameraId && viewing.question.streamId === streamId,
      );
    await this.#parts.spans.mark(this.#parts.fanOut.viewingsOf(head.homeId).filter(named));
    await this.#parts.spans.settled();
  }

  #append({ mark, from, to, units }: Part, kind: 'shown' | 'refused', proof: string): Promise<void> {
    return this.#parts.ledger.append({
      atMs: this.#parts.clock.wallMs(),
      kind,
      homeId: mark.home_id as GateQuestion['homeId'],
      deviceId: mark.device_id as From,
      cameraId: mark.camera_id as CameraId,
      streamId: mark.stream_id as StreamId,
      route: mark.route,
      spanId: mark.span_id,
      connectionId: mark.connection_id,
      kid: mark.kid as KeyId,
      ctrFrom: from,
      ctrTo: to,
      fromMs: mark.from_ms,
      toMs: mark.to_ms,
      units,
      proof,
    });
  }

  #claim({ question, kid, fromCtr, toCtr, proof }: Refused, units: number, running: Viewing | undefined): LedgerEntry {
    const atMs = this.#parts.clock.wallMs();
    return {
      ...{ kind: 'claimed', atMs, fromMs: atMs, toMs: atMs, units, proof, ...question },
      route: running?.declared.route ?? SEALED_ROUTE,
      // No span delivered it. So the same signed bytes count once, whatever runs when they come again.
      spanId: '',
      connectionId: running?.connectionId ?? '',
      kid: kid as KeyId,
      ctrFrom: fromCtr,
      ctrTo: toCtr,
    };
  }
}

function questionOf(head: Head, deviceId: From, { cameraId, streamId }: Omit<Track, 'homeId'>): GateQuestion {
  return { homeId: head.homeId, deviceId, cameraId, streamId };
}

/** Unique with the span: the same signed bytes cannot count twice. */
function proofOf(bytes: Uint8Array, index: number): string {
  return createHash('sha256').update(bytes).update(Uint8Array.of(index)).digest('hex');
}
