/** One parser under fuzz: inputs for a share of the time, and what must hold of each (an answer or a declared error, bounded work and memory). */
import { calibration, collect, cpuOf, heldBytes, ONE_CASE, Random, SEED } from './fuzz.ts';

export interface Target {
  readonly name: string;
  /** Makes the case's input from its random numbers. */
  readonly input: (random: Random) => Uint8Array | string;
  /** Throws what it may throw, or an error of the test where an answer is wrong. */
  readonly run: (input: never, random: Random) => unknown;
  /** The declared errors. */
  readonly mayThrow: (error: unknown) => boolean;
}

/** One input takes at most so many times the fixed work of `calibration`: about a second. */
const MOST_WORK = 60;
/** Milliseconds after which an input is measured again, alone. */
const SUSPECT_MS = 250;
const MOST_HELD_BYTES = 48 * 1024 * 1024;

export interface Campaign {
  readonly cases: number;
  /** How many inputs got an answer rather than an error: a target that refuses everything tests only its first line. */
  readonly answered: number;
}

/** @param forMs milliseconds. @throws with what is needed to run the failed case again */
export async function fuzz(target: Target, forMs: number): Promise<Campaign> {
  if (ONE_CASE !== undefined) return { cases: 1, answered: Number(await runCase(target, ONE_CASE)) };
  const before = await heldBytes();
  const end = performance.now() + forMs;
  let [cases, answered] = [0, 0];
  while (performance.now() < end || cases < 20) {
    answered += Number(await runCase(target, cases));
    cases += 1;
  }
  const grown = (await heldBytes()) - before;
  if (grown > MOST_HELD_BYTES)
    throw new Error(`${target.name} holds ${Math.round(grown / 2 ** 20)} MB after ${cases} inputs (seed ${SEED})`);
  return { cases, answered };
}

async function runCase(target: Target, number: number): Promise<boolean> {
  const random = new Random(SEED, target.name, number);
  const input = target.input(random);
  const began = performance.now();
  const answered = await runInput(target, number, input, random);
  const tookMs = performance.now() - began;
  if (tookMs > SUSPECT_MS) await measureAgain(target, number);
  return answered;
}

async function runInput(target: Target, number: number, input: Uint8Array | string, random: Random): Promise<boolean> {
  try {
    await target.run(input as never, random);
    return true;
  } catch (error) {
    if (target.mayThrow(error)) return false;
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${target.name}: ${words}\n${again(number)}\ninput: ${shown(input)}`, { cause: error });
  }
}

/** Another process may have had the machine: only the CPU of this one counts, and the best of three. */
async function measureAgain(target: Target, number: number): Promise<void> {
  const times: number[] = [];
  let input: Uint8Array | string = '';
  for (let i = 0; i < 3; i += 1) {
    // The input takes the first of the numbers: without that the run would have others.
    const random = new Random(SEED, target.name, number);
    input = target.input(random);
    const before = process.cpuUsage();
    await runInput(target, number, input, random);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  const ratio = Math.min(...times) / calibration();
  if (ratio > MOST_WORK)
    throw new Error(
      `${target.name}: ${Math.round(ratio)} times the fixed work for one input\n${again(number)}\ninput: ${shown(input)}`,
    );
}

function again(number: number): string {
  return `again: SEALCAM_FUZZ_SEED=${SEED} SEALCAM_FUZZ_CASE=${number}`;
}

function shown(input: Uint8Array | string): string {
  return typeof input === 'string'
    ? JSON.stringify(input.slice(0, 2000))
    : Buffer.from(input.subarray(0, 2000)).toString('base64');
}

/** Milliseconds of CPU. Below it nothing can be said, and nothing need be. */
const LEAST_MS = 2;
/** Parts into which the input is cut for a comparison. */
const PARTS = 8;

/**
 * How much more work one input is than eight of an eighth of it, which are as many bytes: 1 is linear, 8 quadratic.
 * @param inputOf an input of about that many bytes. @param size bytes, large enough to be measured
 */
export function growth(inputOf: (size: number) => unknown, run: (input: never) => unknown, size: number): number {
  const work = (input: unknown, times: number): number => {
    const quiet = (): void => {
      for (let time = 0; time < times; time += 1)
        try {
          run(input as never);
        } catch {
          // A refusal is as good an answer as any here: how long it takes is what is asked.
        }
    };
    quiet();
    return Math.min(
      ...[0, 1, 2].map(() => {
        collect();
        return cpuOf(quiet);
      }),
    );
  };
  const parts = work(inputOf(size / PARTS), PARTS);
  const whole = work(inputOf(size), 1);
  return Math.max(LEAST_MS, whole) / Math.max(LEAST_MS, parts);
}
