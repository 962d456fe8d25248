/** What is said of a restore, in the same words everywhere. */
import type { Missing } from './restores.ts';

/** One sentence a loss, and what to do; nothing where nothing is known to be lost. */
export function missingWords({ losses, suspensions }: Missing): readonly string[] {
  const lost = losses.map(({ lastSeq, lastMs, seq, untilMs }) => {
    const from = lastMs === 0 ? 'its beginning' : time(lastMs);
    return (
      `This relay was restored from an older copy: what was written between ${from} and ${time(untilMs)} is missing ` +
      `(${seq - lastSeq} rows of the ledger). Suspensions made then are gone; removals come back from the homes' own lists.`
    );
  });
  if (suspensions.length === 0) return lost;
  const what = suspensions.length === 1 ? 'One suspension' : `${suspensions.length} suspensions`;
  return [
    ...lost,
    `${what} may be missing. Look: npx sealcam suspensions --missing. Put back: npx sealcam suspensions --put-back`,
  ];
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
