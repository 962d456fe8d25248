/**
 * How long fuzzing takes, from which seed, and how one failure is run again. SEALCAM_FUZZ_SECONDS: all of it together, a minute
 * if not said. A failure prints SEALCAM_FUZZ_SEED and SEALCAM_FUZZ_CASE; with both set, each target runs that one case alone.
 */
import { randomInt } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FULL } from '../harness/size.ts';

export const SECONDS = numberOf('SEALCAM_FUZZ_SECONDS') ?? (FULL ? 3600 : 60);
export const SEED = numberOf('SEALCAM_FUZZ_SEED') ?? randomInt(2 ** 31);
export const ONE_CASE = numberOf('SEALCAM_FUZZ_CASE');

/** A test's part of the time: milliseconds. The parts of all tests add up to 1. */
export function share(part: number): number {
  return SECONDS * 1000 * part;
}

/** Time for a test that fuzzes so long, with room for a loaded machine. */
export function patience(ms: number): number {
  return 120_000 + 4 * ms;
}

function numberOf(name: string): number | undefined {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : Number(text);
}

/** The same numbers for the same seed: a case is its number and the seed. */
export { Random } from '../harness/random.ts';

setFlagsFromString('--expose-gc');
/** Collects garbage now: what is measured next is not the work of somebody else's leftovers. */
export const collect = runInNewContext('gc') as () => void;

/** Bytes that are still held after a collection. */
export async function heldBytes(): Promise<number> {
  // Buffers and native objects go a turn after what held them.
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Milliseconds of CPU that this machine needs now for a fixed piece of work, some 10 ms on a small one. */
export function calibration(): number {
  return Math.max(1, Math.min(...[0, 1, 2].map(() => cpuOf(fixedWork))));
}

function fixedWork(): void {
  let value = 1;
  for (let i = 0; i < 10_000_000; i += 1) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  if (value === 0) throw new Error('never');
}

/** Milliseconds of CPU of this process. */
export function cpuOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
