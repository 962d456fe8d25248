/** What a restored relay knows of the folder that it replaces, said before anybody starts it. */
import { carryOver, type CarriedOver } from '@sealcam/relay';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { suspensionLine } from './commands/suspensions.ts';

/** @param data the folder that is put aside. @param restored the one that takes its place. @returns sentences; none where nothing is older */
export async function carryOverRelay(data: string, restored: string): Promise<readonly string[]> {
  const [old, fresh] = [join(data, 'relay'), join(restored, 'relay')];
  const areThere = await Promise.all([old, fresh].map((folder) => stat(folder).catch(() => undefined)));
  return areThere.every((each) => each?.isDirectory()) ? carriedWords(carryOver(old, fresh)) : [];
}

function carriedWords({ rows, untilMs, suspensions }: CarriedOver): readonly string[] {
  if (untilMs === undefined && suspensions.length === 0) return [];
  const older =
    untilMs === undefined
      ? 'The backup is older than what was there.'
      : `The backup is older than what was there: ${rows} rows of the ledger, up to ${new Date(untilMs).toISOString()}, are not in it.`;
  if (suspensions.length === 0) return [older];
  return [
    `${older} Suspended then, and not any more:`,
    ...suspensions.map((each) => `  ${suspensionLine(each)}`),
    'Put them back when the relay runs: npx sealcam suspensions --put-back',
  ];
}
