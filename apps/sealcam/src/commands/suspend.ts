/** `sealcam suspend …`: stops pictures at one of five widths, running sessions too, on the relay of this data folder. */
import { normalModel, SealcamError } from '@sealcam/protocol';
import type { Suspension } from '@sealcam/relay';
import { userInfo } from 'node:os';
import { noMoreWords } from '../arguments.ts';
import { unknown } from '../settings.ts';
import type { Command } from './command.ts';
import { actSuspension, suspensionLine } from './suspensions.ts';

/** What follows each width. Ids are as the operator page and `sealcam suspensions` show them. */
const WIDTHS = {
  link: ['home', 'device', 'camera'],
  display: ['home', 'device'],
  pair: ['camera model', 'display model'],
  partner: ['partner'],
  everything: [],
} as const;
type Width = keyof typeof WIDTHS;

export const suspend: Command = {
  name: 'suspend',
  usage: Object.keys(WIDTHS).join('|'),
  help: 'Stops pictures at once: link <home> <device> <camera>, display <home> <device>, pair <camera model> <display model>, partner <name>, everything.',
  values: ['reason', 'by'],
  run: async (invocation) => {
    const { words, values, terminal } = invocation;
    const width = widthOf(words[0] ?? '');
    const named = WIDTHS[width].map((what, i) => words[i + 1] ?? missing(width, what));
    noMoreWords(words, 1 + named.length);
    const reason = values.get('reason') ?? '';
    if (reason === '') throw new SealcamError('config.invalid', 'Say why: --reason "…". It is kept with the decision.');
    const input = { target: targetOf(width, named), by: values.get('by') ?? userInfo().username, reason };
    const suspension = (await actSuspension(invocation, 'suspend', input)) as Suspension;
    terminal.note('It lasts, also over a restart, until somebody lifts it:');
    terminal.note(`  npx sealcam lift ${suspension.id} --by <name> --reason <why>`);
    terminal.say(suspensionLine(suspension));
    return 0;
  },
};

function widthOf(word: string): Width {
  if (Object.hasOwn(WIDTHS, word)) return word as Width;
  if (word === '') throw new SealcamError('config.invalid', `Say what: npx sealcam suspend ${suspend.usage}`);
  throw unknown(`sealcam suspend ${word}`, word, Object.keys(WIDTHS));
}

function missing(width: Width, what: string): never {
  const all = WIDTHS[width].map((each) => `<${each}>`).join(' ');
  throw new SealcamError('config.invalid', `The ${what} is missing: npx sealcam suspend ${width} ${all}`);
}

function targetOf(width: Width, [first = '', second = '', third = '']: readonly string[]): object {
  switch (width) {
    case 'link':
      return { width, homeId: first, deviceId: second, cameraId: third };
    case 'display':
      return { width, homeId: first, deviceId: second };
    case 'pair':
      return { width, cameraModel: normalModel(first), displayModel: normalModel(second) };
    case 'partner':
      return { width, partner: first };
    case 'everything':
      return { width };
  }
}
