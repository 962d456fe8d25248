/** Shrinking: what is left still fails in the same way, and nothing of it can be left out. */
import { expect, test } from 'vitest';
import { opsOf, type Op } from './ops.ts';
import type { Played } from './play.ts';
import { shrink } from './shrink.ts';

const played = (failed?: Played['failed']): Played => ({
  ...{ seed: 1, world: 0, steps: {}, shown: 0, made: 0, trace: '' },
  ...(failed !== undefined && { failed }),
});

/** Fails after the second of two operations, wherever they are; in another way where a third is missing. */
function again(two: readonly number[], third: number) {
  return (ops: readonly Op[]): Promise<Played> => {
    const [first = -1, last = -1] = two.map((index) => ops.findIndex((op) => op.index === index));
    if (first < 0 || last < 0) return Promise.resolve(played());
    const at = ops.some(({ index }) => index === third) ? 'shown' : 'sent';
    return Promise.resolve(played({ at, atMs: 0, words: `picture ${ops.length}`, after: last + 1 }));
  };
}

test('of 500 operations the three that it takes are left, in their order', async () => {
  const ops = opsOf(3, 0, 500);
  const fails = again([100, 321], 45);
  const { ops: left } = await shrink(await fails(ops), ops, fails, 60_000);
  expect(left.map(({ index }) => index)).toEqual([45, 100, 321]);
});

test('without time it is cut after the failure, no more', async () => {
  const ops = opsOf(3, 0, 500);
  const fails = again([100, 321], 45);
  const { ops: left } = await shrink(await fails(ops), ops, fails, -1);
  expect(left).toEqual(ops.slice(0, 322));
});

test('the same seed gives the same operations, another world others', () => {
  expect(opsOf(3, 4, 50)).toEqual(opsOf(3, 4, 50));
  expect(opsOf(3, 4, 50)).not.toEqual(opsOf(3, 5, 50));
});
