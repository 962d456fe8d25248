import { expect, test } from 'vitest';
import { CTR_END } from '@sealcam/protocol';
import { Counter } from './counter.ts';

test('the last counter below 2^40 is given once, and then none', () => {
  const counter = new Counter(CTR_END - 2);
  expect([counter.take(), counter.take()]).toEqual([CTR_END - 2, CTR_END - 1]);
  expect(() => counter.take()).toThrow('seal.exhausted');
  expect(() => counter.take()).toThrow('seal.exhausted');
});

test('it begins at 0 and rises by 1', () => {
  const counter = new Counter();
  expect([counter.next, counter.take(), counter.take(), counter.next]).toEqual([0, 0, 1, 2]);
});
