/** How long an exposure question takes on a ledger of a million rows, and how long the relay's event loop is held up meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askExposure, askExposureFile } from '../../../apps/relay/src/exposure/ask.ts';
import type { ExposureOf, ExposureQuestion, FrameRange } from '../../../apps/relay/src/exposure/exposure.ts';
import { checkpointsOf, Checkpoints } from '../../../apps/relay/src/ledger/checkpoints.ts';
import { verifyLedger } from '../../../apps/relay/src/ledger/verify-thread.ts';
import { EventLog } from '../../../apps/relay/src/log.ts';
import { systemClock } from '../../../apps/relay/src/clock.ts';
import { median, type Bench, type Figure } from '../figure.ts';
import { writeBigLedger, type BigLedger } from '../home/big-ledger.ts';
import { watchLoop } from '../process/loop-delay.ts';

const ROWS = 1_000_000;
const QUICK_ROWS = 100_000;
const BAR_S = 2;
const KINDS = ['pair', 'route', 'frames', 'incident'] as const;
/** How long the loop is watched while nothing is asked: what the machine itself adds. */
const ALONE_MS = 3_000;
const SEED = 20200101;
const RANGES = 64;
const VERIFICATIONS = 3;

export const exposure: Bench = {
  name: 'exposure',
  about: 'questions to a ledger of a million rows, and what the event loop feels of them',
  run: async ({ quick, progress }) => {
    const trials = quick ? 3 : 7;
    const dataDir = await mkdtemp(join(tmpdir(), 'sealcam-exposure-'));
    try {
      progress('writing the ledger');
      const ledger = await writeBigLedger(dataDir, quick ? QUICK_ROWS : ROWS, seeded(SEED));
      const samples: Record<string, number[]> = {};
      for (let trial = 0; trial < trials; trial += 1) {
        progress(`trial ${trial + 1} of ${trials}`);
        for (const [kind, of] of questions(ledger)) await ask(dataDir, ledger, kind, of, samples);
      }
      await timed('alone', samples, () => sleep(ALONE_MS));
      delete samples['alone'];
      progress('verifying the ledger');
      for (let trial = 0; trial < VERIFICATIONS; trial += 1) await verify(dataDir, samples);
      return { figures: figuresOf(samples), samples };
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

function questions(ledger: BigLedger): readonly (readonly [string, ExposureOf])[] {
  const frames = ledger.strayKids.slice(0, RANGES).map((kid) => ({ kid, fromCtr: 10, toCtr: 500 }) as FrameRange);
  return [
    ['pair', { pair: ledger.pair }],
    ['route', { route: 'sealed' }],
    ['frames', { frames }],
    ['incident', { incidentId: ledger.incidentId }],
  ];
}

/** Not of questions: reported on their own. */
const OTHER_LOOPS = ['alone-loop', 'exposure-verify-loop'];

type Samples = Record<string, number[]>;

async function ask(dataDir: string, ledger: BigLedger, kind: string, of: ExposureOf, samples: Samples): Promise<void> {
  const question: ExposureQuestion = { fromMs: ledger.fromMs, toMs: ledger.toMs, of };
  const on = { file: join(dataDir, 'relay', 'relay.db') };
  const answer = await timed(`exposure-${kind}`, samples, () => askExposure(on, question));
  if (answer.homes.withBoth.length === 0) throw new TypeError(`${kind}: the question met nobody`);
  if (kind !== 'route') return;
  await timed('exposure-csv', samples, async () => {
    for await (const part of askExposureFile(on, question, 'csv', ledger.toMs)) if (part === '') return;
  });
}

async function verify(dataDir: string, samples: Samples): Promise<void> {
  const folder = join(dataDir, 'relay');
  // The key and an empty file of checkpoints: the rows are what takes time.
  new Checkpoints(folder, systemClock, new EventLog(undefined)).close();
  const result = await timed('exposure-verify', samples, () =>
    verifyLedger(join(folder, 'relay.db'), checkpointsOf(folder)),
  );
  if (!result.whole) throw new TypeError(`the ledger is not whole: ${JSON.stringify(result)}`);
}

async function timed<T>(name: string, samples: Samples, run: () => Promise<T>): Promise<T> {
  const stop = watchLoop();
  const startedMs = performance.now();
  const answer = await run();
  (samples[name] ??= []).push((performance.now() - startedMs) / 1000);
  (samples[`${name}-loop`] ??= []).push(stop());
  return answer;
}

function figuresOf(samples: Samples): Figure[] {
  const loops = Object.keys(samples).filter((name) => name.endsWith('-loop') && !OTHER_LOOPS.includes(name));
  const figures = Object.entries(samples)
    .filter(([name]) => !name.endsWith('-loop'))
    .flatMap(([name, seconds]): Figure[] => {
      const trials = seconds.length;
      return [
        { name, value: median(seconds), unit: 's', trials },
        { name: `${name}-max`, value: Math.max(...seconds), unit: 's', trials },
      ];
    });
  const asked = KINDS.map((kind) => samples[`exposure-${kind}`] ?? []);
  const trials = asked.flat().length;
  figures.unshift(
    { name: 'exposure', value: Math.max(...asked.map(median)), unit: 's', bar: { most: BAR_S }, trials },
    { name: 'exposure-max', value: Math.max(...asked.flat()), unit: 's', trials },
  );
  const delays = loops.flatMap((name) => samples[name] ?? []);
  const alone = Math.max(...(samples['alone-loop'] ?? []));
  return [
    ...figures,
    { name: 'exposure-loop-delay-max', value: Math.max(...delays), unit: 'ms', trials: delays.length },
    {
      name: 'exposure-verify-loop-delay-max',
      value: Math.max(...(samples['exposure-verify-loop'] ?? [])),
      unit: 'ms',
      trials: VERIFICATIONS,
    },
    { name: 'exposure-loop-delay-alone', value: alone, unit: 'ms', trials: 1 },
  ];
}

/** Mulberry32. @returns 0 to 1 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
