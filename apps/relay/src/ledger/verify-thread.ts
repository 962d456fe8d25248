/** Verifies a ledger on a thread of its own: a million rows take seconds, and no picture waits for them. */
import { runJob } from '../exposure/thread.ts';
import type { VerifyOptions } from '../options.ts';
import type { CheckpointsToCheck } from './checkpoints.ts';
import type { VerifyResult } from './verify.ts';

/** @param file `<data>/relay/relay.db` @throws {SealcamError} the store's faults */
export async function verifyLedger(
  file: string,
  witness: CheckpointsToCheck,
  { progress, against }: VerifyOptions = {},
): Promise<VerifyResult> {
  const checkpoints = { ...witness, ...(against !== undefined && { against }) };
  for await (const piece of runJob({ do: 'verify', file, checkpoints })) {
    if (piece.at === 'progress') progress?.(piece.rows, piece.of);
    else if (piece.at === 'verified') return piece.result;
  }
  throw new TypeError('a verification without a result');
}
