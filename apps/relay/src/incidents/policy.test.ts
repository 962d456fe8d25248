/** How much an operator may write into the rules; what they may lead to is asked in `consequences.test.ts`. */
import { expect, it } from 'vitest';
import { parseRules } from './policy.ts';

const rule = (when: object = {}): object => ({ when: { grades: ['proven'], ...when }, then: 'link' });

it.each<[string, (n: number) => unknown, number]>([
  ['rules', (n) => Array.from({ length: n }, () => rule()), 32],
  ['homes', (n) => [rule({ homes: n })], 100_000],
  ['routes', (n) => [rule({ routes: n })], 1_000],
  ['seconds', (n) => [rule({ withinS: n })], 86_400],
])('as many %s as are allowed, and not one more', (_name, rules, most) => {
  expect(parseRules(rules(most))).toEqual(rules(most));
  expect(() => parseRules(rules(most + 1))).toThrow(/config\.invalid/);
});
