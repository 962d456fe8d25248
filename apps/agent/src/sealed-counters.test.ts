import { keyId } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { SealedCounters } from './sealed-counters.ts';

const kid = (n: number) => keyId(`8${n.toString(16).padStart(15, '0')}`);

it('knows what it sealed under each key id that it announced, to the counter, and nothing of any other', () => {
  const counters = new SealedCounters();
  counters.announced([kid(1), kid(2), kid(3)]);
  for (const ctr of [7, 8, 9]) counters.sealed(kid(1), ctr);
  counters.sealed(kid(2), 0);
  counters.sealed(kid(9), 5);
  expect([6, 7, 9, 10].map((ctr) => counters.was(kid(1), ctr))).toEqual(['no', 'yes', 'yes', 'no']);
  expect([0, 1].map((ctr) => counters.was(kid(2), ctr))).toEqual(['yes', 'no']);
  expect(counters.was(kid(3), 0)).toBe('no');
  expect(counters.was(kid(9), 5)).toBe('unknown');
});

it('forgets the oldest first, and then says that it does not know', () => {
  const counters = new SealedCounters();
  counters.announced([kid(0)]);
  counters.sealed(kid(0), 4);
  counters.announced(Array.from({ length: 10_239 }, (_, n) => kid(n + 1)));
  expect(counters.was(kid(0), 4)).toBe('yes');
  counters.announced([kid(20_000)]);
  expect(counters.was(kid(0), 4)).toBe('unknown');
  expect(counters.was(kid(1), 4)).toBe('no');
});
