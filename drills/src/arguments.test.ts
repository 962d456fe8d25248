/** What may be typed after `sealcam drill`, and what is said to the rest. */
import { expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const KNOWN = ['stale-still', 'xiaomi-2020'];
const parse = (typed: string) => parseArguments(typed.split(' ').filter(Boolean), KNOWN);

it('takes names and flags in any order', () => {
  expect(parse('--seed 7 stale-still --quick --report=out --json')).toMatchObject({
    ...{ names: ['stale-still'], seed: 7, quick: true, json: true, report: 'out' },
  });
  expect(parse('')).toMatchObject({ names: [], quick: false, json: false });
});

it.each(['stale-stil', '--sed 1', '--seed', '--seed -1', '--seed x', '--seed 99999999999', '--quick=yes', '--report'])(
  'refuses %s with a word of help',
  (typed) => {
    expect(parse(typed)).toHaveProperty('problem');
  },
);
