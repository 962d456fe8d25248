/** What is claimed of parsers of the wire: their declared errors, one spelling of each message, and no forgery. */
import { equalBytes, SealcamError } from '@sealcam/protocol';
import type { Random } from './fuzz.ts';
import { mutant, mutantText } from './mutate.ts';
import type { Target } from './target.ts';

export const ours = (error: unknown): boolean => error instanceof SealcamError && error.code !== 'internal';
export const malformed = (error: unknown): boolean => error instanceof SealcamError && error.code === 'codec.malformed';
export const never = (): boolean => false;

export const bytes = (samples: readonly Uint8Array[]) => (random: Random) => mutant(samples, random);
export const text =
  (samples: readonly string[], words: readonly string[] = []) =>
  (random: Random) =>
    mutantText(samples, random, words);

/** What decodes is what encodes to the very same bytes: a signature must never cover two readings. */
export function oneSpelling<T>(
  decode: (input: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): (input: Uint8Array) => void {
  return (input) => {
    if (!equalBytes(encode(decode(input)), input)) throw new Error('two spellings of one message');
  };
}

/** A verifier that takes anything but the sample itself is broken. */
export function onlyGenuine(
  good: readonly Uint8Array[],
  verify: (input: Uint8Array) => Promise<unknown>,
): (input: Uint8Array) => Promise<void> {
  return async (input) => {
    await verify(input);
    if (!good.some((each) => equalBytes(each, input))) throw new Error('a forgery was believed');
  };
}

export function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Nothing to show of the input: all of a case comes from its random numbers. */
export function byNumbers(name: string, run: (random: Random) => unknown): Target {
  return { name, input: (random) => random.bytes(1), run: (_input: never, random) => run(random), mayThrow: never };
}
