/** `sealcam exposure`: after a mix-up, who was affected and who could have been; to the terminal, or as a file. */
import { SealcamError, type KeyId } from '@sealcam/protocol';
import {
  checkQuestion,
  EXPOSURE_FORMATS,
  type ExposureAnswer,
  type ExposureOf,
  type ExposureQuestion,
  type FrameRange,
} from '@sealcam/relay';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { noMoreWords } from '../arguments.ts';
import type { Command } from './command.ts';
import { ledgerOf } from './ledger.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const OF = ['pair', 'route', 'incident', 'frames'] as const;

export const exposure: Command = {
  name: 'exposure',
  usage: '--pair <camera model>,<display model> | --route <route> | --incident <id> | --frames <key>:<from>-<to>,…',
  help: 'Who was, and who could have been, affected by a mix-up. --from and --to (2026-11-03, or 2026-11-03T14:20Z; the last 30 days). --csv, --homes (CSV of homes), --json or --html <file>: the whole report as a file.',
  values: ['from', 'to', ...OF, ...EXPOSURE_FORMATS],
  run: async ({ settings, words, values, terminal }) => {
    noMoreWords(words, 0);
    const question = questionOf(values, Date.now());
    const asked = async <T>(work: Promise<T>): Promise<T> => work.catch(asTyped);
    const files = EXPOSURE_FORMATS.flatMap((format) => {
      const file = values.get(format);
      return file === undefined ? [] : [{ format, file }];
    });
    const open = await ledgerOf(settings.data);
    try {
      for (const { format, file } of files) await asked(writeParts(open.exposureFile(question, format), file));
      if (files.length === 0) for (const line of answerLines(await asked(open.exposure(question)))) terminal.say(line);
      else for (const { file } of files) terminal.say(file);
      return 0;
    } finally {
      await open.close();
    }
  },
};

/** What was typed is wrong, rather than a request of somebody else. */
export function asTyped(error: unknown): never {
  if (!(error instanceof SealcamError) || error.code !== 'command.invalid') throw error;
  const words = error.message.replace('command.invalid: ', '').replace('codec.malformed: ', '');
  throw new SealcamError('config.invalid', `${words.charAt(0).toUpperCase()}${words.slice(1)}.`);
}

/** @throws {SealcamError} `config.invalid` */
export function questionOf(values: ReadonlyMap<string, string>, nowMs: number): ExposureQuestion {
  const given = OF.filter((name) => values.has(name));
  const [name, another] = given;
  if (name === undefined || another !== undefined)
    throw new SealcamError('config.invalid', `Say of what, once: ${OF.map((each) => `--${each}`).join(', ')}.`);
  const toMs = momentOf(values, 'to') ?? nowMs;
  const fromMs = momentOf(values, 'from') ?? toMs - DEFAULT_DAYS * DAY_MS;
  try {
    return checkQuestion({ fromMs, toMs, of: subjectOf(name, values.get(name) ?? '') });
  } catch (error) {
    return asTyped(error);
  }
}

function subjectOf(name: (typeof OF)[number], value: string): ExposureOf {
  switch (name) {
    case 'pair': {
      const [cameraModel = '', displayModel = '', more] = value.split(',').map((text) => text.trim().toLowerCase());
      if (more !== undefined) throw new SealcamError('config.invalid', 'A pair is two models with one comma between.');
      return { pair: { cameraModel, displayModel } };
    }
    case 'route':
      return { route: value };
    case 'incident':
      return { incidentId: value };
    case 'frames':
      return { frames: value.split(',').map(rangeOf) };
  }
}

function rangeOf(text: string): FrameRange {
  const [, kid, from, to] = /^([0-9a-f]{16}):(\d+)-(\d+)$/.exec(text.trim()) ?? [];
  if (kid === undefined)
    throw new SealcamError('config.invalid', `"${text}" is no range. Write <16 hex digits>:<from>-<to>.`);
  return { kid: kid as KeyId, fromCtr: Number(from), toCtr: Number(to) };
}

function momentOf(values: ReadonlyMap<string, string>, name: 'from' | 'to'): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new SealcamError('config.invalid', `--${name} ${text} is no moment. Write 2026-11-03 or 2026-11-03T14:20Z.`);
  return ms;
}

/** @param file `-` for standard output; else a file that only its owner may read */
export async function writeParts(parts: AsyncIterable<string>, file: string): Promise<void> {
  if (file === '-') for await (const part of parts) process.stdout.write(part);
  else await pipeline(parts, createWriteStream(file, { mode: 0o600 }));
}

function answerLines({ homes, frames, firstMs, lastMs, question, head }: ExposureAnswer): string[] {
  const count = (set: readonly string[]): string => String(set.length).padStart(8);
  const time = (ms: number | undefined): string => (ms === undefined ? 'never' : new Date(ms).toISOString());
  return [
    `From ${time(question.fromMs)} to ${time(question.toMs)}, by the ledger up to row ${head.seq}:`,
    `${count(homes.withBoth)} homes had both`,
    `${count(homes.delivered)} were sent a foreign picture (${count(homes.claimedOnly).trim()} by their display’s word alone)`,
    `${count(homes.shown)} showed one`,
    `${count(homes.refused)} refused one`,
    `${count(homes.owners)} homes’ pictures went astray`,
    `${count(homes.leftOpen)} are not fully known: a crash cut a viewing off`,
    `${count(homes.couldHave)} could have been affected, and were not so far as is known`,
    `${String(frames.delivered).padStart(8)} foreign frames were sent, ${frames.refused} refused, ${frames.shown} shown`,
    `First ${time(firstMs)}, last ${time(lastMs)}.`,
  ];
}
