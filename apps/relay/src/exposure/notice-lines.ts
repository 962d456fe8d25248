/** Notices line by line, a home each: worked out from the ledger alone, or as the store keeps them; and as a file. */
import type { HomeId } from '@sealcam/protocol';
import type { NoticeLine } from '../store/notice-store.ts';
import type { OnLedger } from './ask.ts';
import { csvLine } from './csv.ts';
import type { ExposureQuestion } from './exposure.ts';
import { iso } from './files.ts';
import { checkWords, noticeText } from './notice-words.ts';
import type { NoticeText, NoticeWords } from './notices.ts';
import { checkQuestion } from './scope.ts';
import { runJob } from './thread.ts';

/** What a home would be told. */
export interface WouldTell {
  readonly homeId: HomeId;
  readonly text: NoticeText;
}

/** For every home of the ledger. Nothing is kept, and nobody is told. @throws {SealcamError} `command.invalid`, or the store's faults */
export async function* askNotices(
  on: OnLedger,
  question: ExposureQuestion,
  words: NoticeWords,
): AsyncGenerator<WouldTell> {
  checkWords(words);
  for await (const piece of runJob({ do: 'assign', ...on, question: checkQuestion(question) })) {
    if (piece.at !== 'assigned') continue;
    for (const home of piece.homes) yield { homeId: home.homeId, text: noticeText(home, question, words) };
  }
}

/** The same as a file, in parts. @throws {SealcamError} as `askNotices` */
export async function* askNoticesFile(
  on: OnLedger,
  question: ExposureQuestion,
  words: NoticeWords,
  format: 'csv' | 'json',
): AsyncGenerator<string> {
  let isFirst = true;
  if (format === 'csv') yield NOTICES_CSV;
  else yield `{ "question": ${JSON.stringify(question)}, "notices": [`;
  for await (const line of askNotices(on, question, words)) {
    if (format === 'csv') yield noticeCsv({ ...line, givenMs: undefined, readMs: undefined });
    else yield `${isFirst ? '' : ','}\n${JSON.stringify(line)}`;
    isFirst = false;
  }
  if (format === 'json') yield '\n] }\n';
}

/** The first line of the CSV. */
export const NOTICES_CSV = csvLine([
  ...['home', 'kind', 'title', 'happened', 'from', 'to', 'seen', 'did', 'todo'],
  ...['given', 'read'],
]);

export function noticeCsv({ homeId, text, givenMs, readMs }: NoticeLine): string {
  const { kind, title, happened, fromMs, toMs, seen, did, todo } = text;
  const moment = (ms: number | undefined): string => (ms === undefined ? '' : iso(ms));
  const about = [homeId, kind, title, happened, iso(fromMs), iso(toMs), seen, did, todo];
  return csvLine([...about, moment(givenMs), moment(readMs)]);
}
