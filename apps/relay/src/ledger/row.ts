/**
 * A row of the ledger and its place in the hash chain. Rows hold ids that are hashes or random numbers, counters and times:
 * nothing that names a person, so that forgetting a home need not break the chain.
 */
import { createHash } from 'node:crypto';
import type { CameraId, DeviceId, HomeId, KeyId, StreamId, Track } from '@sealcam/protocol';
import type { LedgerTable } from '../store/schema.ts';

/**
 * open: a viewing begins, written before its first byte. mark: what was delivered since the last one; `final` ends the span.
 * shown: the viewer's signed word on what it painted. refused: its signed word, matched, on units it would not show.
 * claimed: its signed word on units of a known key id that this relay has no record of sending it. source: the first unit under a key id
 * entered from this track; `deviceId` and `connectionId` are the agent's.
 */
export type LedgerKind = 'open' | 'mark' | 'shown' | 'refused' | 'claimed' | 'source';

/** The agent's connection that a unit came in by. */
export interface Source {
  readonly deviceId: DeviceId;
  readonly connectionId: string;
}

export interface LedgerEntry {
  readonly atMs: number;
  readonly kind: LedgerKind;
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  /** 'sealed', or a consented route (none is built yet). */
  readonly route: string;
  readonly spanId: string;
  readonly connectionId: string;
  readonly kid?: KeyId;
  /** Inclusive. */
  readonly ctrFrom?: number;
  readonly ctrTo?: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly units: number;
  readonly final?: boolean;
  /** Hash of the signed bytes a shown or refused row rests on. */
  readonly proof?: string;
}

/** The one row of a key id: where it entered. It belongs to no span. */
export function sourceEntry(kid: KeyId, track: Track, source: Source, atMs: number): LedgerEntry {
  const { homeId, cameraId, streamId } = track;
  const from = { homeId, cameraId, streamId, ...source, route: 'sealed', spanId: '' };
  return { kind: 'source', ...from, kid, atMs, fromMs: atMs, toMs: atMs, units: 0 };
}

export const ZERO_HASH = '0'.repeat(64);
/** A span is followed by a new one at this age, so that a look-up by time need not search all of history. */
export const SPAN_MAX_MS = 60 * 60_000;

/** The canonical form: a JSON array of these fields in this order. */
function canonical(row: Omit<LedgerTable, 'hash'>): string {
  return JSON.stringify([
    row.seq,
    row.at_ms,
    row.kind,
    row.home_id,
    row.device_id,
    row.camera_id,
    row.stream_id,
    row.route,
    row.span_id,
    row.connection_id,
    row.kid,
    row.ctr_from,
    row.ctr_to,
    row.from_ms,
    row.to_ms,
    row.units,
    row.final,
    row.proof,
    row.prev_hash,
  ]);
}

/** SHA-256 over the canonical form, hex; the hash of the row before is inside. */
export function rowHash(row: Omit<LedgerTable, 'hash'>): string {
  return createHash('sha256').update('sealcam/1 ledger\0').update(canonical(row)).digest('hex');
}

export function chainRow(entry: LedgerEntry, head: { readonly seq: number; readonly hash: string }): LedgerTable {
  const row = {
    seq: head.seq + 1,
    at_ms: entry.atMs,
    kind: entry.kind,
    home_id: entry.homeId,
    device_id: entry.deviceId,
    camera_id: entry.cameraId,
    stream_id: entry.streamId,
    route: entry.route,
    span_id: entry.spanId,
    connection_id: entry.connectionId,
    kid: entry.kid ?? null,
    ctr_from: entry.ctrFrom ?? null,
    ctr_to: entry.ctrTo ?? null,
    from_ms: entry.fromMs,
    to_ms: entry.toMs,
    units: entry.units,
    final: entry.final === true ? 1 : 0,
    proof: entry.proof ?? null,
    prev_hash: head.hash,
  };
  return { ...row, hash: rowHash(row) };
}
