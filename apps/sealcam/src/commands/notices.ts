/** `sealcam notices`: what each home would be told after a mix-up, before anybody is told; and those that were prepared or delivered. */
import { SealcamError } from '@sealcam/protocol';
import type { ExposureQuestion, NoticeBatch, NoticeKind, NoticeText, NoticeWords, OpenLedger } from '@sealcam/relay';
import { noMoreWords } from '../arguments.ts';
import { actControl } from '../control.ts';
import type { PreparedNotices } from '../notice-acts.ts';
import type { Terminal } from '../terminal.ts';
import { wrap } from '../wrap.ts';
import type { Command, Invocation } from './command.ts';
import { asTyped, exposure, questionOf, writeParts } from './exposure.ts';
import { ledgerOf } from './ledger.ts';

const WORDS = ['happened', 'did', 'todo'] as const;
const FORMATS = ['csv', 'json'] as const;
const OF = ['pair', 'route', 'incident', 'frames'] as const;
const KINDS: readonly NoticeKind[] = ['was', 'could-have-been', 'not-affected'];
/** Texts that are shown; a file has all. */
const TEXTS = 20;

export const notices: Command = {
  name: 'notices',
  usage: `[<id>] | ${exposure.usage}`,
  help: 'What each home would be told of a mix-up, asked as with exposure; nobody is told by this. --happened, --did, --todo <text>: your own words. --csv or --json <file>: one line or object a home. Without a question: the notices that were prepared or delivered on the operator page; with an id one of them.',
  values: ['from', 'to', ...OF, ...WORDS, ...FORMATS],
  run: async (invocation) => {
    const { words, values } = invocation;
    const asksLedger = OF.some((name) => values.has(name));
    noMoreWords(words, asksLedger ? 0 : 1);
    if (asksLedger) await wouldTell(invocation, questionOf(values, Date.now()));
    else if (values.size > 0) questionOf(values, Date.now());
    else if (words[0] === undefined) await list(invocation);
    else await one(invocation, words[0]);
    return 0;
  },
};

async function wouldTell({ settings, values, terminal }: Invocation, question: ExposureQuestion): Promise<void> {
  const own = Object.fromEntries(WORDS.flatMap((name) => (values.has(name) ? [[name, values.get(name)]] : [])));
  const open = await ledgerOf(settings.data);
  try {
    await told(open, question, own, values, terminal).catch(asTyped);
  } finally {
    await open.close();
  }
}

async function told(
  open: OpenLedger,
  question: ExposureQuestion,
  own: NoticeWords,
  values: ReadonlyMap<string, string>,
  terminal: Terminal,
): Promise<void> {
  const files = FORMATS.flatMap((format) => {
    const file = values.get(format);
    return file === undefined ? [] : [{ format, file }];
  });
  for (const { format, file } of files) await writeParts(open.noticesFile(question, own, format), file);
  for (const { file } of files) if (file !== '-') terminal.say(file);
  if (files.length > 0) return;
  const texts = new Map<string, { readonly text: NoticeText; homes: number }>();
  for await (const { text } of open.notices(question, own)) {
    const key = JSON.stringify(text);
    const known = texts.get(key);
    if (known === undefined) texts.set(key, { text, homes: 1 });
    else known.homes += 1;
  }
  const all = [...texts.values()].toSorted((a, b) => KINDS.indexOf(a.text.kind) - KINDS.indexOf(b.text.kind));
  sayTexts(terminal, all.slice(0, TEXTS), all.length - TEXTS, '--csv <file> has all.');
  terminal.note('Nobody was told. Prepare and deliver them on the operator page, under Exposure.');
}

async function list(invocation: Invocation): Promise<void> {
  const batches = (await act(invocation, 'list', {})) as readonly NoticeBatch[];
  if (batches.length === 0) invocation.terminal.note('No notices were prepared.');
  for (const batch of batches) invocation.terminal.say(batchLine(batch));
}

async function one(invocation: Invocation, id: string): Promise<void> {
  const { batch, texts, more } = (await act(invocation, 'one', { id }).catch(asTyped)) as PreparedNotices;
  invocation.terminal.say(batchLine(batch));
  sayTexts(invocation.terminal, texts, more, 'Their file on the operator page has all.');
}

async function act({ settings }: Invocation, what: 'list' | 'one', input: unknown): Promise<unknown> {
  const answer = await actControl(settings.data, `notices.${what}`, input);
  if (answer === undefined)
    throw new SealcamError('config.invalid', `No relay runs on ${settings.data}. Start one: npx sealcam relay`);
  return answer;
}

/** One line, the id first. */
export function batchLine({ id, atMs, by, counts, read, delivered }: NoticeBatch): string {
  const kinds = KINDS.map((kind) => `${counts[kind]} ${kind}`).join(', ');
  const since =
    delivered === undefined ? 'not delivered' : `delivered ${time(delivered.atMs)} by ${delivered.by}, read by ${read}`;
  return `${id}  prepared ${time(atMs)} by ${by}: ${kinds}; ${since}`;
}

function sayTexts(
  terminal: Terminal,
  texts: readonly { readonly text: NoticeText; readonly homes: number }[],
  more: number,
  where: string,
): void {
  for (const { text, homes } of texts) {
    terminal.say(`${homes} ${homes === 1 ? 'home' : 'homes'} (${text.kind}): ${text.title}`);
    for (const words of [text.happened, text.seen, text.did, text.todo])
      for (const line of wrap(words, Math.max(terminal.columns - 4, 40))) terminal.say(`    ${line}`);
  }
  if (texts.length === 0) terminal.say('No home is known here.');
  if (more > 0) terminal.say(`${more} more texts. ${where}`);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
