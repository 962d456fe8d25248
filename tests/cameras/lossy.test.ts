/** UDP that loses two packets in a hundred, and a keyframe every ten seconds: only whole pictures are shown, and what is missing is counted. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { accessUnitsOf, splitAnnexB, type VideoCodec } from '@sealcam/media';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../harness/random.ts';
import { fragments, startOdd } from './odd-camera.ts';
import { watching } from './watching.ts';

const FPS = 10;
const GOP = 100;
const LOSS_ONE_IN = 50;
const PACKET_BYTES = 1_000;
const PICTURES = 3 * GOP;
/** The packets before it are parameter sets and messages. */
const PIECE = 9;

const cleanup: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

/** Thirty seconds with a keyframe every ten. */
async function longGops(codec: VideoCodec): Promise<readonly (readonly Buffer[])[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealcam-gop-'));
  cleanup.push(() => rm(folder, { recursive: true, force: true }));
  const [encoder, options, format] =
    codec === 'h264'
      ? ['libx264', ['-x264-params', `keyint=${GOP}:min-keyint=${GOP}:scenecut=0:bframes=0`], 'h264']
      : [
          'libx265',
          [
            '-x265-params',
            `keyint=${GOP}:min-keyint=${GOP}:scenecut=0:bframes=0:open-gop=0:repeat-headers=1:log-level=none`,
          ],
          'hevc',
        ];
  const source = `testsrc=size=320x180:rate=${FPS}`;
  const file = path.join(folder, 'clip');
  await promisify(execFile)('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-frames:v',
    String(PICTURES),
    '-c:v',
    encoder,
    '-preset',
    'ultrafast',
    ...options,
    '-f',
    format,
    file,
  ]);
  return accessUnitsOf(codec, await readFile(file)).map(({ data }) => splitAnnexB(data).map((nal) => Buffer.from(nal)));
}

/** What hangs on whole pictures alone, from a whole keyframe on. */
function shownOf(lost: ReadonlySet<number>, sent: number): number[] {
  let isChained = false;
  return Array.from({ length: sent }, (_, at) => at).filter((at) => {
    isChained = !lost.has(at) && (isChained || at % GOP === 0);
    return isChained;
  });
}

test.concurrent.each<VideoCodec>(['h264', 'h265'])(
  '%s: back at the next keyframe, nothing that is not whole',
  async (codec) => {
    const clip = await longGops(codec);
    const random = new Random('lossy', codec);
    const lost = new Map<number, number>();
    const packetsOf = new Map<number, number>();
    let asked = 0;
    const camera = await startOdd({
      ...{ codec, fps: FPS, clip },
      pack: (nals, index) => {
        const bytes = nals.flatMap((nal) => fragments(codec, nal, PACKET_BYTES));
        packetsOf.set(index, bytes.length);
        return bytes.map((each, i) => ({ bytes: each, marker: i === bytes.length - 1 }));
      },
      loses: (index) => {
        asked = index % GOP === 0 ? asked + 1 : 0;
        // Of the full pictures the second one lacks a piece of its slice.
        const isLost = index % GOP === 0 ? index === GOP && asked === PIECE : random.chance(LOSS_ONE_IN);
        if (isLost) lost.set(index, (lost.get(index) ?? 0) + 1);
        return isLost;
      },
    });
    cleanup.push(() => camera.stop());
    const health: { broken: number; skipped: number; lost: number }[] = [];
    const watched = watching(camera, { transport: 'udp', onHealth: (each) => health.push(each) });
    cleanup.push(() => watched.stop());
    const texts = new Map(clip.map((nals, at) => [Buffer.concat(nals).toString('latin1'), at]));
    const whole = (data: Uint8Array): number | undefined =>
      texts.get(Buffer.concat(splitAnnexB(data)).toString('latin1'));
    const last = await watched.untilUnit(({ data }) => (whole(data) ?? 0) >= 2 * GOP);
    watched.stop();

    const shown = watched.units.map(({ data }) => whole(data));
    const sent = 2 * GOP + 1;
    expect(shown).toEqual(shownOf(new Set(lost.keys()), sent));
    expect(last).toMatchObject({ keyframe: true, discontinuity: true });
    // And it says so.
    expect(watched.states.map(({ state, awaited }) => awaited ?? state)).toEqual([
      'connecting',
      'live',
      'whole',
      'live',
    ]);
    const losses = [...lost].filter(([at]) => at < sent);
    const broken = losses.filter(([at, count]) => count < (packetsOf.get(at) ?? 0)).length;
    const missing = losses.length - broken;
    const packets = losses.reduce((sum, [, count]) => sum + count, 0);
    expect(packets).toBeGreaterThan(3);
    const told = (of: 'lost' | 'broken' | 'skipped'): number => health.reduce((sum, each) => sum + each[of], 0);
    expect([told('lost'), told('broken'), told('skipped')]).toEqual([
      ...[packets, broken, sent - shown.length - broken - missing],
    ]);
  },
  60_000,
);
