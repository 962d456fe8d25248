/**
 * One viewing of one stream as the ledger keeps it: opened durably before the first byte, marked every 10 s with what was
 * delivered, closed at its end. One that a crash leaves open counts as "could have been".
 */
import { randomBytes } from 'node:crypto';
import type { KeyId } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { GateQuestion } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerEntry } from './row.ts';

/** Units of one key id since the last mark; counters inclusive. */
interface Segment {
  readonly kid: KeyId;
  ctrFrom: number;
  ctrTo: number;
  units: number;
}

export class Span {
  readonly id: string = randomBytes(16).toString('hex');
  readonly openedMs: number;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #front: Pick<
    LedgerEntry,
    'homeId' | 'deviceId' | 'cameraId' | 'streamId' | 'route' | 'spanId' | 'connectionId'
  >;
  #segments: Segment[] = [];
  #markedMs: number;

  private constructor(parts: { ledger: Ledger; clock: Clock }, viewing: GateQuestion, connectionId: string) {
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
    this.openedMs = parts.clock.wallMs();
    this.#markedMs = this.openedMs;
    const { homeId, deviceId, cameraId, streamId } = viewing;
    this.#front = { homeId, deviceId, cameraId, streamId, route: 'sealed', spanId: this.id, connectionId };
  }

  /** Resolves once the opening row is durable; only then may a byte go out. */
  static async open(
    parts: { ledger: Ledger; clock: Clock },
    viewing: GateQuestion,
    connectionId: string,
  ): Promise<Span> {
    const span = new Span(parts, viewing, connectionId);
    const at = span.openedMs;
    await parts.ledger.append({ ...span.#front, kind: 'open', atMs: at, fromMs: at, toMs: at, units: 0 });
    return span;
  }

  /** A unit was handed to the viewer's socket. On the hot path: no allocation while the key id stays. */
  delivered(kid: KeyId, ctr: number): void {
    const segment = this.#segments[this.#segments.length - 1];
    if (segment === undefined || segment.kid !== kid) {
      this.#segments.push({ kid, ctrFrom: ctr, ctrTo: ctr, units: 1 });
      return;
    }
    if (ctr > segment.ctrTo) segment.ctrTo = ctr;
    if (ctr < segment.ctrFrom) segment.ctrFrom = ctr;
    segment.units += 1;
  }

  /** Writes what was delivered since the last mark; nothing when nothing was. What cannot be written is kept for the next try. */
  async mark(): Promise<void> {
    const segments = this.#segments;
    if (segments.length === 0) return;
    this.#segments = [];
    try {
      await this.#write(segments, false);
    } catch (error) {
      this.#segments = [...segments, ...this.#segments];
      throw error;
    }
  }

  /** The last mark, which closes the span. */
  async close(): Promise<void> {
    const segments = this.#segments;
    this.#segments = [];
    await this.#write(segments, true);
  }

  async #write(segments: readonly Segment[], final: boolean): Promise<void> {
    const fromMs = this.#markedMs;
    const toMs = Math.max(this.#clock.wallMs(), fromMs);
    this.#markedMs = toMs;
    const times = { atMs: toMs, fromMs, toMs };
    const rows: LedgerEntry[] = segments.map((segment) => ({ ...this.#front, kind: 'mark', ...times, ...segment }));
    if (final) rows.push({ ...this.#front, kind: 'mark', ...times, units: 0, final: true });
    await Promise.all(rows.map((row) => this.#ledger.append(row)));
  }
}
