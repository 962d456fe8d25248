import { expect, test } from 'vitest';
import { ReportRate } from './refusals.ts';

test('an incident is reported at once, a flood is not repeated: five, then one in five seconds', () => {
  const rate = new ReportRate();
  const taken = (fromMs: number, count: number) =>
    Array.from({ length: count }, (_, i) => rate.take(fromMs + i)).filter(Boolean).length;
  expect(taken(0, 1_000)).toBe(5);
  expect(taken(5_000, 1_000)).toBe(1);
  expect(taken(3_600_000, 1_000)).toBe(5);
});
