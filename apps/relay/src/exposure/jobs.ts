/**
 * What the worker thread is asked and how it answers: piece by piece, each asked for, so that no piece is large enough to hold up the
 * event loop of the relay when it arrives.
 */
import type { HomeId } from '@sealcam/protocol';
import type { CheckpointsToCheck } from '../ledger/checkpoints.ts';
import type { VerifyResult } from '../ledger/verify.ts';
import type { ExposedHomes, ExposureFormat, ExposureQuestion, ExposureRow } from './exposure.ts';
import type { NoticeKind } from './notices.ts';
import type { HomeShare, Totals } from './report.ts';

interface OnLedger {
  /** `<data>/relay/relay.db` */
  readonly file: string;
}

interface AboutExposure extends OnLedger {
  readonly question: ExposureQuestion;
  /** The ledger's head when the relay that runs was started; absent where none runs. */
  readonly bootSeq?: number;
}

export type Job =
  | (AboutExposure & { readonly do: 'answer' })
  | (AboutExposure & { readonly do: 'file'; readonly format: ExposureFormat; readonly atMs: number })
  | (AboutExposure & { readonly do: 'assign' })
  | (OnLedger & { readonly do: 'verify'; readonly checkpoints: CheckpointsToCheck });

export interface Assigned {
  readonly homeId: HomeId;
  readonly kind: NoticeKind;
  readonly shares: readonly HomeShare[];
}

export type Piece =
  | { readonly at: 'homes'; readonly set: keyof ExposedHomes; readonly ids: readonly HomeId[] }
  | { readonly at: 'rows'; readonly rows: readonly ExposureRow[] }
  | { readonly at: 'totals'; readonly totals: Totals }
  | { readonly at: 'text'; readonly text: string }
  | { readonly at: 'assigned'; readonly homes: readonly Assigned[] }
  | { readonly at: 'progress'; readonly rows: number; readonly of: number }
  | { readonly at: 'verified'; readonly result: VerifyResult };

/** From the worker: a piece, the end, or what went wrong as the code of a `SealcamError`. */
export type FromWorker =
  | { readonly t: 'piece'; readonly piece: Piece }
  | { readonly t: 'over' }
  | { readonly t: 'failed'; readonly code: string; readonly detail: string };
