import { generateHpkeKeys, type HpkeKeys } from '@sealcam/home';
import { epoch } from '@sealcam/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CommandKeys } from './command-keys.ts';

let some: HpkeKeys;
beforeEach(async () => {
  some = await generateHpkeKeys(1);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('the key of a bulletin opens until a minute after the next bulletin, and the newest for ever', () => {
  const keys = new CommandKeys();
  keys.begin(epoch(1), some);
  vi.advanceTimersByTime(3_600_000);
  expect(keys.of(epoch(1))).toBe(some);
  keys.begin(epoch(2), some);
  vi.advanceTimersByTime(59_999);
  expect(keys.of(epoch(1))).toBe(some);
  vi.advanceTimersByTime(1);
  expect(keys.of(epoch(1))).toBeUndefined();
  expect(keys.of(epoch(2))).toBe(some);
  keys.close();
  expect(keys.of(epoch(2))).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

it('many quick rotations keep the newest 64', () => {
  const keys = new CommandKeys();
  for (let at = 1; at <= 100; at += 1) keys.begin(epoch(at), some);
  expect([36, 37, 100].map((at) => keys.of(epoch(at)) !== undefined)).toEqual([false, true, true]);
  keys.close();
});
