/** Timers run in the order of their moments, whatever was set and canceled before. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimerHeap } from './timer-heap.ts';

it('gives timers by moment, equal ones as they were set, and never a canceled one', () => {
  const timers = fc.array(fc.record({ atMs: fc.nat(20), isCanceled: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(timers, (set) => {
      const heap = new TimerHeap();
      const ran: number[] = [];
      const cancels = set.map(({ atMs }, index) => heap.add(atMs, () => ran.push(index)));
      for (const [index, { isCanceled }] of set.entries()) if (isCanceled) cancels[index]?.();
      for (let run = heap.take(Infinity); run !== undefined; run = heap.take(Infinity)) run();
      const left = set.map((timer, index) => ({ ...timer, index })).filter(({ isCanceled }) => !isCanceled);
      expect(ran).toEqual(left.toSorted((a, b) => a.atMs - b.atMs || a.index - b.index).map(({ index }) => index));
      expect(heap.nextMs).toBeUndefined();
    }),
  );
});

it('gives nothing before its moment', () => {
  const heap = new TimerHeap();
  heap.add(5, () => undefined);
  expect(heap.take(4)).toBeUndefined();
  expect(heap.nextMs).toBe(5);
  expect(heap.take(5)).toBeTypeOf('function');
});
