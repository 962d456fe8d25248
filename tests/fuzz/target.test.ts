/** The fuzzer can fail: it finds an error that nobody declared, work that grows with the square, and memory that is kept; and a case comes back. */
import { expect, it } from 'vitest';
import { ONE_CASE, Random } from './fuzz.ts';
import { mutant } from './mutate.ts';
import { fuzz, growth, type Target } from './target.ts';

const samples = [new TextEncoder().encode('{"t":"subscribe","id":1}')];
const target = (run: (input: Uint8Array) => unknown): Target => ({
  name: 'itself',
  input: (random) => mutant(samples, random),
  run,
  mayThrow: (error) => error instanceof RangeError,
});

it.runIf(ONE_CASE === undefined)('an error that was not declared fails, with the seed and the case', async () => {
  const broken = target((input) => {
    if (input.length > 30) throw new TypeError('not ours');
    throw new RangeError('ours');
  });
  await expect(fuzz(broken, 500)).rejects.toThrow(/not ours[\s\S]*SEALCAM_FUZZ_SEED=\d+ SEALCAM_FUZZ_CASE=\d+/u);
});

it.runIf(ONE_CASE === undefined)('what keeps its inputs is seen to', async () => {
  const kept: Uint8Array[] = [];
  await expect(
    fuzz(
      target(() => kept.push(new Uint8Array(4 * 2 ** 20))),
      100,
    ),
  ).rejects.toThrow(/holds \d+ MB/u);
});

it('a loop in a loop grows fourfold, a loop twofold', () => {
  const bytes = (size: number): Uint8Array => new Uint8Array(size);
  const line = (input: Uint8Array): number => input.reduce((sum, byte) => sum + byte, 0);
  const square = (input: Uint8Array): number => input.reduce((sum) => sum + input.indexOf(1), 0);
  expect(growth(bytes, square, 20_000)).toBeGreaterThan(3.2);
  expect(growth(bytes, line, 5_000_000)).toBeLessThan(3.2);
});

it('the same seed makes the same input', () => {
  const make = (number: number): Uint8Array => mutant(samples, new Random(7, 'x', number));
  expect(make(12)).toEqual(make(12));
  expect(new Set(Array.from({ length: 50 }, (_, number) => make(number).join())).size).toBeGreaterThan(40);
});
