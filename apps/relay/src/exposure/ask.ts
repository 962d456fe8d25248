/** Asks the worker thread, and puts its pieces together. */
import type { HomeId } from '@sealcam/protocol';
import type { ExposedHomes, ExposureAnswer, ExposureFormat, ExposureQuestion, ExposureRow } from './exposure.ts';
import type { Totals } from './report.ts';
import { checkQuestion } from './scope.ts';
import { runJob } from './thread.ts';

/** The ledger that is asked. */
export interface OnLedger {
  /** `<data>/relay/relay.db` */
  readonly file: string;
  /** The ledger's head when the relay that runs was started; absent where none runs. */
  readonly bootSeq?: number;
}

/** @throws {SealcamError} `command.invalid`, or the store's faults */
export async function askExposure(on: OnLedger, question: ExposureQuestion): Promise<ExposureAnswer> {
  const sets: Record<keyof ExposedHomes, HomeId[]> = {
    withBoth: [], delivered: [], shown: [], refused: [], claimedOnly: [], owners: [], leftOpen: [], couldHave: [],
  }; // prettier-ignore
  const rows: ExposureRow[] = [];
  let totals: Totals | undefined;
  for await (const piece of runJob({ do: 'answer', ...on, question: checkQuestion(question) })) {
    if (piece.at === 'homes') sets[piece.set].push(...piece.ids);
    else if (piece.at === 'rows') rows.push(...piece.rows);
    else if (piece.at === 'totals') totals = piece.totals;
  }
  if (totals === undefined) throw new TypeError('a report without totals');
  return { question, homes: sets, rows, ...totals };
}

/** The report as a file, in parts. @param atMs when it is made @throws {SealcamError} as `askExposure` */
export async function* askExposureFile(
  on: OnLedger,
  question: ExposureQuestion,
  format: ExposureFormat,
  atMs: number,
): AsyncGenerator<string> {
  const job = { do: 'file', ...on, question: checkQuestion(question), format, atMs } as const;
  for await (const piece of runJob(job)) if (piece.at === 'text') yield piece.text;
}

export interface AskedExposure {
  readonly exposure: (question: ExposureQuestion) => Promise<ExposureAnswer>;
  readonly exposureFile: (question: ExposureQuestion, format: ExposureFormat) => AsyncGenerator<string>;
}

/** Both questions of a relay that runs: whatever was appended before is in the answer. */
export function asksExposure(
  on: OnLedger,
  ledger: { flush(): Promise<void> },
  clock: { wallMs(): number },
): AskedExposure {
  return {
    async exposure(question) {
      await ledger.flush();
      return await askExposure(on, question);
    },
    async *exposureFile(question, format) {
      await ledger.flush();
      yield* askExposureFile(on, question, format, clock.wallMs());
    },
  };
}
