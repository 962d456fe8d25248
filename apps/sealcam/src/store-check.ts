/** What `sealcam doctor` finds in the relay's store: every page and index, who may see what, and the record of every viewing. */
import { SealcamError } from '@sealcam/protocol';
import { checkStore, verifyWords } from '@sealcam/relay';
import type { Finding } from './checks.ts';
import { ledgerOf } from './commands/ledger.ts';
import { explain } from './explain.ts';

export async function checkRelayStore(data: string): Promise<readonly Finding[]> {
  try {
    if (!(await checkStore(data))) return [{ verdict: 'well', words: 'No relay has run on this data folder.' }];
  } catch (error) {
    if (!(error instanceof SealcamError)) throw error;
    return [{ verdict: 'wrong', words: `${explain(error)} How: npx sealcam restore <file> --overwrite` }];
  }
  const ledger = await ledgerOf(data);
  try {
    const verified = await ledger.verifyLedger();
    if (verified.whole) return [{ verdict: 'well', words: verifyWords(verified) }];
    const words = `${verifyWords(verified)} The record of viewings is damaged; members and pictures are not. Restore a backup to have it whole.`;
    return [{ verdict: 'wrong', words }];
  } finally {
    await ledger.close();
  }
}
