/** Was this relay restored from an older copy? As the process that runs it knows, for `sealcam doctor`. */
import { SealcamError } from '@sealcam/protocol';
import { missingWords, type Missing } from '@sealcam/relay';
import type { Finding } from './checks.ts';
import { actControl } from './control.ts';

export async function checkRestored(data: string): Promise<readonly Finding[]> {
  const missing = await askMissing(data);
  if (missing === undefined)
    return [{ verdict: 'well', words: 'No relay runs on this data folder, so it was not asked.' }];
  const words = missingWords(missing);
  if (words.length === 0) return [{ verdict: 'well', words: 'Nobody knows of anything that this relay has lost.' }];
  const verdict = missing.suspensions.length > 0 ? 'wrong' : 'mind';
  return words.map((each) => ({ verdict, words: each }));
}

/** @returns undefined where no relay runs, or one that does not know the question */
async function askMissing(data: string): Promise<Missing | undefined> {
  try {
    return (await actControl(data, 'suspension.missing', {})) as Missing | undefined;
  } catch (error) {
    if (error instanceof SealcamError && error.code === 'command.refused') return undefined;
    throw error;
  }
}
