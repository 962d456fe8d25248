/**
 * Counts of what was refused, and which of it is reported (SEALING.md, rule 9): a frame whose key id belongs to another
 * subscription or to nobody, and a frame of our own that is older than anything ordinary brings. Junk is only counted: it must not cost
 * a good picture, nor flood the ledger.
 */
import type { CameraId, StreamId } from '@sealcam/protocol';
import type { RefusalReason } from '@sealcam/home/verify';

/** Why a unit was not shown. `overflow`: no room to hold it. */
export type Refused =
  | 'malformed'
  | 'foreign'
  | 'unknown'
  | 'broken'
  | 'replayed'
  | 'old-epoch'
  | 'stale'
  | 'gap'
  | 'implausible'
  | 'retired'
  | 'overflow';

export type RefusalCounts = Readonly<Record<Refused, number>>;

/** What a report says of one refused frame; the frame itself is hashed when it is signed. */
export interface Refusal {
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  readonly reason: Extract<RefusalReason, 'foreign' | 'unknown' | 'replayed'>;
  readonly kid: string;
  readonly ctr: number;
  readonly frame: Uint8Array<ArrayBuffer>;
}

export function noRefusals(): Record<Refused, number> {
  return {
    malformed: 0,
    foreign: 0,
    unknown: 0,
    broken: 0,
    replayed: 0,
    'old-epoch': 0,
    stale: 0,
    gap: 0,
    implausible: 0,
    retired: 0,
    overflow: 0,
  };
}

const BURST = 5;
const ONE_EVERY_MS = 5_000;

/** Five at once, then one in five seconds: an incident is reported within the second, a flood is not repeated. */
export class ReportRate {
  #tokens = BURST;
  #atMs = 0;

  /** @param nowMs monotonic */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + Math.max(0, nowMs - this.#atMs) / ONE_EVERY_MS);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
