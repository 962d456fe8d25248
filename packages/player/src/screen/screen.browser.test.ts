/** The screen in a real Chromium: real H.264 in, pixels out. The page is this package bundled, served on loopback. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  accessUnitsOf,
  describeTracks,
  encodeCodecConfig,
  joinAnnexB,
  parseSdp,
  splitAnnexB,
  TrackReceiver,
  type CodecConfig,
  type VideoCodec,
} from '@sealcam/media';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aacCapture, opusCapture, pcmuCapture } from '../../../media/src/fixtures/captures.ts';
import * as clips from './fixtures/clips.ts';

/** test-page.ts has the same; its types need a DOM, which Node's have not. */
interface SentUnit {
  readonly keyframe: boolean;
  readonly discontinuity: boolean;
  readonly ctr: number;
  readonly captureUs: number;
  readonly durationUs: number;
  readonly config?: string;
  readonly data: string;
}

interface Shown {
  readonly painted: readonly { readonly ctr: number }[];
  readonly troubles: readonly string[];
  readonly pixels: readonly (readonly number[])[];
  readonly size: readonly number[];
  /** Widths that decoders were configured for. */
  readonly configured: readonly number[];
}

const START = 1_790_000_000_000_000;
const CHROMIUM = process.env['SEALCAM_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-background-networking'];
const HTML =
  '<!doctype html><title>screen</title><button>tap</button><canvas></canvas><script type=module src=/page.js></script>';

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const config64 = (config: CodecConfig): string => base64(encodeCodecConfig(config));
const nalsOf = (unit: SentUnit): Uint8Array[] => splitAnnexB(bytesOf(unit.data));
const isSlice = (nal: Uint8Array): boolean => (nal[0]! & 31) === 5;
const isSps = (nal: Uint8Array): boolean => (nal[0]! & 31) === 7;

function unitsOf(codec: VideoCodec, clip: string, firstCtr = 0): SentUnit[] {
  return accessUnitsOf(codec, bytesOf(clip)).map(({ keyframe, data, config }, i) => ({
    keyframe,
    discontinuity: false,
    ctr: firstCtr + i,
    captureUs: START + (firstCtr + i) * 100_000,
    durationUs: 100_000,
    ...(config && { config: config64(config) }),
    data: base64(data),
  }));
}

function soundOf({ sdp, packets }: typeof opusCapture): SentUnit[] {
  const receiver = new TrackReceiver(describeTracks(parseSdp(sdp)).audio!);
  const units = packets.flatMap((packet) => receiver.push(bytesOf(packet), START));
  return units.map(({ data, config, ...unit }, ctr) => ({
    ...unit,
    ctr,
    config: config64(config!),
    data: base64(data),
  }));
}

const wide = unitsOf('h264', clips.wide);
const tall = unitsOf('h264', clips.tall, 10);
const wideConfig = accessUnitsOf('h264', bytesOf(clips.wide))[0]!.config!;
const [keyframe, delta] = [wide[0]!, wide[1]!];

let browser: Browser;
let server: Server;
let page: Page;

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [`${import.meta.dirname}/fixtures/test-page.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'sealcam',
    target: 'es2022',
  });
  const script = bundle.outputFiles[0]!.text.replace(/^"use strict";\n/, '').replace(
    /^var sealcam/m,
    'globalThis.sealcam',
  );
  server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.map((flag) => `--${flag}`) });
});

beforeEach(async () => {
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => 'sealcam' in globalThis);
});

afterEach(() => page.close());

afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
});

/** Runs one export of test-page.ts in the page. */
async function run<T>(name: string, ...args: unknown[]): Promise<T> {
  type Exports = Record<string, (...args: unknown[]) => unknown>;
  const answer: unknown = await page.evaluate(
    (call) => (globalThis as unknown as { sealcam: Exports }).sealcam[call.name]!(...call.args),
    { name, args },
  );
  return answer as T;
}

function expectColor(pixel: readonly number[] | undefined, wanted: readonly number[]): void {
  wanted.forEach((value, i) => expect(Math.abs((pixel?.[i] ?? -99) - value)).toBeLessThanOrEqual(12));
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

describe('pictures', () => {
  test('a GOP pushed at once ends with its newest picture on the canvas, and painted says which', async () => {
    const { painted, pixels, size, troubles } = await run<Shown>('show', wide);
    expect(troubles).toEqual([]);
    expect(size).toEqual([128, 96]);
    expect(painted.at(-1)).toEqual({ ctr: 9, captureUs: START + 900_000, width: 128, height: 96 });
    expectColor(pixels[0], [220, 20, 20]);
    expectColor(pixels[1], [200, 200, 200]);
    const order = painted.map((one) => one.ctr);
    expect(order).toEqual(ascending(order));
    expect(order.length).toBeLessThan(wide.length);
  });

  test('another picture size in mid-stream is followed', async () => {
    const { painted, pixels, size, configured } = await run<Shown>('show', [...wide, ...tall]);
    expect(configured.at(-1)).toBe(64);
    expect(size).toEqual([64, 112]);
    expect(painted.at(-1)).toMatchObject({ ctr: 12, width: 64, height: 112 });
    expectColor(pixels[0], [20, 220, 20]);
  });

  test('one picture after the other is painted, each with its own pixels', async () => {
    const levels = await run<number[]>('oneByOne', wide);
    expect(levels).toHaveLength(10);
    levels.forEach((level, i) => expectColor([level], [20 * i + 20]));
  });

  test('deltas before a keyframe are nothing; blank is blank, and a keyframe begins anew', async () => {
    type Result = { painted: number[]; before: number[]; blank: number[] };
    const { painted, before, blank } = await run<Result>('blankBetween', wide, tall);
    expectColor(before, [220, 20, 20]);
    expect(blank).toEqual([0, 0, 0, 0]);
    expect(painted.filter((ctr) => ctr > 1 && ctr < 10)).toEqual([]);
  });

  test('bytes that are no picture are reported, and the next keyframe plays', async () => {
    const junk = nalsOf(keyframe).map((nal) =>
      isSlice(nal) ? Uint8Array.from(nal, (byte, i) => (i < 2 ? byte : 0x55)) : nal,
    );
    const damaged = { ...keyframe, data: base64(joinAnnexB(junk)) };
    const { painted, troubles } = await run<{ painted: number[]; troubles: string[] }>(
      'damagedThenGood',
      damaged,
      tall,
    );
    expect(troubles).toEqual(['malformed']);
    expect(painted).not.toContain(0);
  });

  test('a decoder that dies gets its own GOP again: it goes on without a keyframe from outside, and nothing comes twice', async () => {
    type Result = { decoders: number; frames: number[]; troubles: string[] };
    const { decoders, frames, troubles } = await run<Result>('decoderDies', wide);
    expect([decoders, troubles]).toEqual([2, []]);
    expect(frames).toEqual(wide.map((unit) => unit.ctr));
  });
});

describe('what is refused before a decoder is configured', () => {
  const refused = async (hostile: Partial<SentUnit>, reason: string) =>
    expect(await run('offer', { ...keyframe, ...hostile })).toEqual({ configured: 0, troubles: [reason] });

  test('the same unit without anything hostile is configured', async () => {
    expect(await run('offer', keyframe)).toEqual({ configured: 1, troubles: [] });
  });

  test('a config of gigabytes', async () => {
    await refused({ config: config64({ ...wideConfig, width: 16_384, height: 16_384 }) }, 'too-large');
  });

  test('an SPS of gigabytes behind an honest config', async () => {
    // Baseline 3.0, 1024 x 1024 macroblocks: 16384 pixels a side.
    const sps = bits(
      '01100111 01000010 11000000 00011110 1 1 011 010 0 0000000000 10000000000 0000000000 10000000000 1 0 0 0 1',
    );
    await refused({ data: base64(joinAnnexB(nalsOf(keyframe).map((nal) => (isSps(nal) ? sps : nal)))) }, 'too-large');
  });

  test('a config that is none, one of sound, and a keyframe without parameter sets', async () => {
    await refused({ config: base64(Uint8Array.of(1, 2, 3)) }, 'malformed');
    await refused(
      { config: config64({ codec: 'opus', codecString: 'opus', sampleRate: 48_000, channels: 2 }) },
      'malformed',
    );
    await refused({ data: base64(joinAnnexB(nalsOf(keyframe).filter(isSlice))) }, 'malformed');
  });

  test('a codec string the browser does not know', async () => {
    await refused({ config: config64({ ...wideConfig, codecString: 'avc1.ffffff' }) }, 'unsupported');
  });
});

function bits(words: string): Uint8Array {
  const digits = words.replaceAll(' ', '');
  return Uint8Array.from(digits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

describe('stills', () => {
  test('one keyframe is drawn', async () => {
    const { outcome, pixel } = await run<{ outcome: unknown; pixel: number[] }>('still', tall[0]);
    expect(outcome).toEqual({ painted: { ctr: 10, captureUs: START + 1_000_000, width: 64, height: 112 } });
    expectColor(pixel, [20, 220, 20]);
  });

  test('a delta and bytes that are no picture leave the canvas alone', async () => {
    const noPicture = { ...keyframe, data: base64(Uint8Array.of(0, 0, 0, 1, 0x65, 1, 2, 3)) };
    for (const unit of [delta, noPicture]) {
      expect(await run('still', unit)).toEqual({ outcome: { trouble: 'malformed' }, pixel: [0, 0, 0, 0] });
    }
  });
});

describe('what can play', () => {
  test.each([
    ['h264', clips.wide],
    ['h265', clips.tallH265],
  ] as const)('%s plays exactly where the browser says so', async (codec, clip) => {
    const config = accessUnitsOf(codec, bytesOf(clip))[0]!.config!;
    const { ours, browser: theirs } = await run<{ ours: boolean; browser: boolean }>(
      'canPlay',
      config64(config),
      config.codecString,
    );
    expect(ours).toBe(theirs);
    if (codec === 'h264') expect(ours).toBe(true);
  });

  test('sizes over the cap do not', async () => {
    const config = config64({ ...wideConfig, width: 8000, height: 8000 });
    expect(await run('canPlay', config, wideConfig.codecString)).toEqual({ ours: false, browser: true });
  });

  test('this browser lacks nothing; what is taken away is named, the secure context first', async () => {
    expect(await run('missing')).toEqual([]);
    expect(await run('missingWithout', 'VideoDecoder')).toEqual(['secure-context', 'webcodecs']);
  });
});

describe('sound', () => {
  test.each([
    ['pcmu', pcmuCapture],
    ['opus', opusCapture],
    ['aac', aacCapture],
  ] as const)('%s: nothing is played while muted; after a tap the tone is', async (_codec, capture) => {
    const listening = run<{ states: string[]; whileMuted: number; loudest: number }>('listen', soundOf(capture));
    await page.waitForFunction('document.title === "ready"');
    await page.click('button');
    const { states, whileMuted, loudest } = await listening;
    expect(whileMuted).toBe(0);
    expect(states.filter((state) => state !== 'blocked')).toEqual(['playing', 'muted', 'closed']);
    expect(loudest).toBeGreaterThan(0.05);
  });

  test('a codec that the browser cannot decode is said to be unsupported', async () => {
    const config = config64({ codec: 'aac', codecString: 'mp4a.40.99', sampleRate: 16_000, channels: 1 });
    expect(await run('unmutedState', { ...soundOf(aacCapture)[0]!, config })).toBe('unsupported');
  });
});
