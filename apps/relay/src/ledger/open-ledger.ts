/** The ledger of a data folder as `sealcam ledger`, `exposure` and `notices` read it, whether or not a relay runs on it. */
import { join } from 'node:path';
import { askExposure, askExposureFile } from '../exposure/ask.ts';
import type { ExposureQuestion } from '../exposure/exposure.ts';
import { askNotices, askNoticesFile, type WouldTell } from '../exposure/notice-lines.ts';
import type { NoticeWords } from '../exposure/notices.ts';
import type { LedgerMoment, Relay } from '../options.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { checkpointsOf } from './checkpoints.ts';
import { verifyLedger } from './verify-thread.ts';

export interface OpenLedger extends Pick<Relay, 'exposure' | 'exposureFile' | 'verifyLedger'> {
  /** What each home would be told; nothing is kept. @throws {SealcamError} `command.invalid`, or the store's faults */
  notices(question: ExposureQuestion, words: NoticeWords): AsyncIterable<WouldTell>;
  noticesFile(question: ExposureQuestion, words: NoticeWords, format: 'csv' | 'json'): AsyncIterable<string>;
  close(): Promise<void>;
}

/**
 * Reads only, on a thread of this process.
 * @param running what the relay that runs on the folder says of its ledger; absent: none runs, and none can start until `close`
 * @throws {SealcamError} `store.in-use` when one runs all the same, and the store's other faults
 */
export async function openLedger(dataDir: string, running?: LedgerMoment): Promise<OpenLedger> {
  const folder = join(dataDir, 'relay');
  const store = running === undefined ? await openSqliteStore(folder) : undefined;
  const file = join(folder, 'relay.db');
  const on = { file, ...(running !== undefined && { bootSeq: running.bootSeq }) };
  return {
    exposure: (question) => askExposure(on, question),
    exposureFile: (question, format) => askExposureFile(on, question, format, Date.now()),
    notices: (question, words) => askNotices(on, question, words),
    noticesFile: (question, words, format) => askNoticesFile(on, question, words, format),
    verifyLedger: (options) =>
      verifyLedger(file, { ...checkpointsOf(folder), ...(running !== undefined && { head: running.head }) }, options),
    close: async () => store?.close(),
  };
}
