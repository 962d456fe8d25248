/** The ledger of a data folder on which nothing runs: what `sealcam ledger` and `sealcam exposure` ask there. */
import { join } from 'node:path';
import { askExposure, askExposureFile } from '../exposure/ask.ts';
import type { Relay } from '../options.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { checkpointsOf } from './checkpoints.ts';
import { verifyLedger } from './verify-thread.ts';

export interface StoppedLedger extends Pick<Relay, 'exposure' | 'exposureFile' | 'verifyLedger'> {
  close(): Promise<void>;
}

/**
 * Holds the folder meanwhile, so that no relay starts on it.
 * @throws {SealcamError} `store.in-use` when a relay runs on it, and the store's other faults
 */
export async function openStoppedLedger(dataDir: string): Promise<StoppedLedger> {
  const folder = join(dataDir, 'relay');
  const store = await openSqliteStore(folder);
  const on = { file: join(folder, 'relay.db') };
  return {
    exposure: (question) => askExposure(on, question),
    exposureFile: (question, format) => askExposureFile(on, question, format, Date.now()),
    verifyLedger: (options) => verifyLedger(on.file, checkpointsOf(folder), options),
    close: () => store.close(),
  };
}
