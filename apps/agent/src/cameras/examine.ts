/** Doctor for one camera: tries it as "Try it" does, then goes on watching for a while and says what was seen. Needs no home. */
import { isVideo, soundWords, videoWords, type AccessUnit } from '@sealcam/media';
import { ERRORS, type ErrorCode } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { OTHER_WAY_MS, SYSTEM_CLOCK, watchCamera, type CameraState } from './camera-source.ts';
import type { StreamHealth } from './camera-stream.ts';
import { lossNotes } from './notes.ts';
import { tryCamera, type TryOutcome, type TryStep } from './probe.ts';
import { SLOW_MS } from './rhythm.ts';
import type { Transport } from './ways.ts';

export interface ExamineOptions {
  readonly address: CameraAddress;
  /** The smaller stream, read at the same time: so it shows whether the camera has room for both. */
  readonly sub?: CameraAddress;
  readonly credentials?: Credentials;
  readonly transport?: 'auto' | Transport;
  /** From the first picture on. */
  readonly forMs: number;
  readonly signal?: AbortSignal;
  /** Plain words: what passed, and what is waited for. */
  readonly say?: (words: string) => void;
}

export interface ExaminedStep {
  readonly step: TryStep;
  readonly ok: boolean;
  /** Since the beginning. */
  readonly ms: number;
}

/** What was seen of one stream. */
export interface Watched {
  readonly ok: boolean;
  readonly pictures: number;
  readonly keyframes: number;
  /** Pictures that were not whole, and were not shown. */
  readonly broken: number;
  /** Pictures that were not shown because they hang on one that is missing: up to the next full one. */
  readonly skipped: number;
  /** Packets that are missing. */
  readonly lost: number;
  readonly reconnects: number;
  /** How late the newest picture claims to be at the end, ms. */
  readonly lateMs?: number;
  readonly code?: ErrorCode;
}

export interface Examined extends Watched {
  readonly steps: readonly ExaminedStep[];
  readonly codec?: 'h264' | 'h265';
  readonly width?: number;
  readonly height?: number;
  readonly sound?: string;
  readonly transport?: Transport;
  readonly firstPictureMs?: number;
  readonly sub?: Watched;
  /** Sentences for a person: what it is, or what to change. Hold no credential. */
  readonly words: string;
  /** What is odd, each with what to change. */
  readonly notes: readonly string[];
}

const STEPS: readonly TryStep[] = ['reached', 'spoke-rtsp', 'signed-in', 'stream-found', 'picture'];
const NOTHING: Watched = { ok: false, pictures: 0, keyframes: 0, broken: 0, skipped: 0, lost: 0, reconnects: 0 };

/** Never rejects for what a camera does. */
export async function examineCamera(options: ExamineOptions): Promise<Examined> {
  const { address, sub, credentials, transport = 'auto', forMs, signal, say } = options;
  const began = performance.now();
  const steps: ExaminedStep[] = [];
  const outcome = await tryCamera(address, credentials, {
    ...{ transport, ...(signal && { signal }), ...(say && { onWait: say }) },
    onStep: ({ step, words }) => {
      steps.push({ step, ok: true, ms: Math.round(performance.now() - began) });
      say?.(words);
    },
  });
  if (!outcome.ok) return failed(outcome, steps, Math.round(performance.now() - began));
  const firstPictureMs = Math.round(performance.now() - began);
  // A camera with one place frees it first.
  await pause(OTHER_WAY_MS, signal);
  const watch = async (of: CameraAddress): Promise<Seen> =>
    await watchFor(of, { ...options, transport: outcome.transport });
  const [main, small] = await Promise.all([
    watch(outcome.tunnel ?? address),
    sub === undefined ? undefined : watch(sub),
  ]);
  const { videoCodec: codec, width, height, audio } = outcome;
  const found = { codec, width, height, transport: outcome.transport, firstPictureMs };
  const notes = [...outcome.notes, ...notesOf(main, forMs), ...(small === undefined ? [] : placesNote(main, small))];
  const words = main.watched.ok ? wordsOf(outcome, main, forMs) : ERRORS[main.watched.code ?? 'rtsp.silent'].words;
  return {
    ...{ ...main.watched, ...found, steps, words, notes },
    ...(audio && { sound: audio.codec }),
    ...(small !== undefined && { sub: small.watched }),
  };
}

function failed(outcome: Extract<TryOutcome, { ok: false }>, passed: readonly ExaminedStep[], ms: number): Examined {
  const next = STEPS[passed.length];
  const steps = next === undefined ? passed : [...passed, { step: next, ok: false, ms }];
  return { ...NOTHING, steps, code: outcome.code, words: outcome.words, notes: [] };
}

interface Seen {
  readonly watched: Watched;
  readonly health: readonly StreamHealth[];
}

async function watchFor(
  address: CameraAddress,
  { credentials, transport, forMs, signal }: ExamineOptions,
): Promise<Seen> {
  const health: StreamHealth[] = [];
  let [pictures, keyframes, gone] = [0, 0, 0];
  let newest: AccessUnit | undefined;
  let state: CameraState | undefined;
  const stop = watchCamera({
    ...{ address, transport: transport ?? 'auto', audio: false },
    ...(credentials && { credentials }),
    onUnit: (unit) => {
      if (!isVideo(unit.codec)) return;
      pictures += 1;
      if (unit.keyframe) keyframes += 1;
      newest = unit;
    },
    onState: (next) => {
      state = next;
      if (next.state === 'gone') gone += 1;
    },
    onHealth: (each) => health.push(each),
  });
  await pause(forMs, signal);
  const lateMs = newest && Math.max(0, Math.round(SYSTEM_CLOCK.nowMs() - newest.captureUs / 1000));
  const last = state;
  stop();
  const [broken, skipped, lost] = [sumOf(health, 'broken'), sumOf(health, 'skipped'), sumOf(health, 'lost')];
  const code = last?.state === 'gone' ? last.code : undefined;
  const ok = pictures > 0 && code === undefined;
  const watched = { ok, pictures, keyframes, broken, skipped, lost, reconnects: gone };
  return { watched: { ...watched, ...(lateMs !== undefined && { lateMs }), ...(code && { code }) }, health };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });
}

function wordsOf(
  { keyframe, videoCodec, width, height, audio, transport }: Extract<TryOutcome, { ok: true }>,
  { watched }: Seen,
  forMs: number,
): string {
  const rate = Math.round((watched.pictures * 10_000) / forMs) / 10;
  const sound = audio === undefined ? 'no sound that Sealcam carries' : `sound as ${soundWords(audio)}`;
  const video =
    keyframe.config !== undefined && 'parameterSets' in keyframe.config ? videoWords(keyframe.config) : videoCodec;
  return `${video}, ${width} × ${height}, ${rate} pictures a second, ${sound}, over ${transport.toUpperCase()}.`;
}

function notesOf({ watched, health }: Seen, forMs: number): string[] {
  const { pictures, broken, skipped, lost, reconnects, keyframes, lateMs = 0 } = watched;
  return lossNotes({
    ...{ pictures, broken, skipped, lostPackets: lost, reconnects, lateMs },
    strayBytes: sumOf(health, 'strayBytes'),
    ignoresClock: health.some(({ ignoresClock }) => ignoresClock),
    keyframeEveryMs: forMs / Math.max(1, keyframes),
    slowEveryMs: forMs / Math.max(1, pictures) < SLOW_MS ? 0 : forMs / pictures,
  });
}

function sumOf(health: readonly StreamHealth[], of: 'broken' | 'skipped' | 'lost' | 'strayBytes'): number {
  return health.reduce((sum, each) => sum + each[of], 0);
}

/** Main and sub, each while the other was read. */
function placesNote(main: Seen, sub: Seen): string[] {
  const isBusy = main.watched.code === 'rtsp.busy' || sub.watched.code === 'rtsp.busy';
  const fights = main.watched.reconnects + sub.watched.reconnects > 1;
  return isBusy || fights ? ['The camera has no room for both of its streams at once.'] : [];
}
