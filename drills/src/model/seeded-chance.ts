/**
 * Chance that can be had again: ids, numbers of joins and sessions come from the seed, for the whole process, so that messages have the
 * same length and a line that breaks after so many bytes breaks at the same one. Keys and signatures stay as they are.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { Random } from '../../../tests/harness/random.ts';

const own = { bytes: crypto.randomBytes, int: crypto.randomInt };
let random: Random | undefined;

/** From here on. @param seeds undefined gives the system's chance back */
export function seedChance(...seeds: readonly (number | string)[]): void {
  random = seeds.length === 0 ? undefined : new Random(...seeds);
  if (crypto.randomBytes !== own.bytes) return;
  const bytes = (...given: [size: number, done?: unknown]): unknown => {
    const isPlain = random !== undefined && given[1] === undefined;
    if (!isPlain || random === undefined) return (own.bytes as (...given: unknown[]) => unknown)(...given);
    return Buffer.from(random.bytes(given[0]));
  };
  const int = (least: number, most?: unknown, done?: unknown): number => {
    const isPlain = random !== undefined && typeof most !== 'function' && done === undefined;
    if (!isPlain || random === undefined) return (own.int as (...given: unknown[]) => number)(least, most, done);
    const [from, to] = typeof most === 'number' ? [least, most] : [0, least];
    return from + Math.floor(random.fraction() * (to - from));
  };
  Object.assign(crypto, { randomBytes: bytes, randomInt: int });
  syncBuiltinESMExports();
}
