/** The proxy's language, the same as flags at the start and as lines typed while it runs: `delay 200`, `up-loss 30%`, `stall on`. */
import { SealcamError } from '@sealcam/protocol';
import type { ImpairedOptions } from './options.ts';
import type { Change, Rule } from './rule.ts';

type RuleName = keyof Rule;

/** What is typed, and what it is of a rule. */
const NUMBERS: Readonly<Record<string, RuleName>> = {
  delay: 'delayMs',
  jitter: 'jitterMs',
  rate: 'bytesPerSecond',
  burst: 'burst',
  'reorder-by': 'reorderMs',
  'reset-after': 'resetAfter',
  'truncate-after': 'truncateAfter',
  buffer: 'bufferBytes',
};
const SHARES: Readonly<Record<string, RuleName>> = { loss: 'loss', duplicate: 'duplicate', reorder: 'reorder' };

export const WORDS = `
  delay MS            one way; jitter MS adds up to so much
  rate BYTES          a second, 0 for no cap (also 64k, 1m)
  loss SHARE          30% or 0.3, in bursts of burst PACKETS
  duplicate SHARE     UDP        reorder SHARE, reorder-by MS     UDP
  stall on|off        open and silent
  refuse on|off       nobody listens
  reset-after BYTES   TCP        truncate-after BYTES     (off: never)
  buffer BYTES        what may wait in a direction
  up-… and down-… in front of a word mean one direction`;

/** One word with its value. @throws {SealcamError} `config.invalid` */
export function changeOf(word: string, value: string): Change {
  if (word === 'refuse') return { refuse: isOn(value) };
  const [, way, name = ''] = /^(?:(up|down)-)?(.+)$/.exec(word) ?? [];
  const rule = ruleOf(name, value);
  if (way === 'up') return { up: rule };
  return way === 'down' ? { down: rule } : { both: rule };
}

function ruleOf(name: string, value: string): Partial<Rule> {
  if (name === 'stall') return { stall: isOn(value) };
  const share = SHARES[name];
  if (share !== undefined)
    return { [share]: value.endsWith('%') ? numberOf(value.slice(0, -1)) / 100 : numberOf(value) };
  const number = NUMBERS[name];
  if (number === undefined) throw new SealcamError('config.invalid', `what is ${name}?`);
  return { [number]: numberOf(value) };
}

function isOn(value: string): boolean {
  if (value !== 'on' && value !== 'off') throw new SealcamError('config.invalid', `on or off, not ${value}`);
  return value === 'on';
}

function numberOf(value: string): number {
  if (value === 'off') return Infinity;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([km]?)$/.exec(value) ?? [];
  if (digits === undefined) throw new SealcamError('config.invalid', `${value} is not a number`);
  return Number(digits) * (unit === 'k' ? 1e3 : unit === 'm' ? 1e6 : 1);
}

/** Two changes as one, the later on top. */
export function merged(first: Change, second: Change): Change {
  const refuse = second.refuse ?? first.refuse;
  return {
    both: { ...first.both, ...second.both },
    up: { ...first.up, ...second.up },
    down: { ...first.down, ...second.down },
    ...(refuse === undefined ? {} : { refuse }),
  };
}

/** `--listen 9000 --to 127.0.0.1:8420 --udp --seed 7 --delay 200 …` @throws {SealcamError} `config.invalid` */
export function optionsOf(args: readonly string[]): ImpairedOptions & { readonly udp: boolean } {
  let change: Change = {};
  let target = '';
  let udp = false;
  const own: { listen?: number; seed?: number } = {};
  for (let i = 0; i < args.length; i += 1) {
    const word = args[i]?.replace(/^--/, '') ?? '';
    if (word === 'udp') {
      udp = true;
      continue;
    }
    i += 1;
    const value = args[i];
    if (value === undefined) throw new SealcamError('config.invalid', `${word} needs a value`);
    if (word === 'to') target = value;
    else if (word === 'listen' || word === 'seed') own[word] = numberOf(value);
    else change = merged(change, changeOf(word, value));
  }
  const [, host = '127.0.0.1', port = ''] = /^(?:\[?([^\]]*)\]?:)?(\d{1,5})$/.exec(target) ?? [];
  if (port === '') throw new SealcamError('config.invalid', '--to 127.0.0.1:8420 says what is behind the line');
  return { ...change, ...own, host, to: Number(port), udp };
}
