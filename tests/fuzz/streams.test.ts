/** A camera from its socket to its pictures under fuzz, and what is kept of one after a long time. */
import { MEDIA_LIMITS, TrackReceiver } from '@sealcam/media';
import { afterAll, describe, expect, it } from 'vitest';
import { RtspReader } from '../../apps/agent/src/cameras/rtsp-reader.ts';
import { aacCapture, h264Capture, h265Capture } from '../../packages/media/src/fixtures/captures.ts';
import { packetsOf, trackOf } from '../../packages/media/test/receiving.ts';
import { frame } from '../cameras/hostile.ts';
import { heldBytes, ONE_CASE, patience, Random, SEED, share } from './fuzz.ts';
import { mutant } from './mutate.ts';
import { START_US } from './clip-packets.ts';
import { fuzz } from './target.ts';
import { streamTarget } from './stream-target.ts';

const STREAM_MS = share(0.03);
const RUN_MS = share(0.02) / 7;
/** What the runtime keeps for itself: compiled code, feedback, the last garbage. */
const SLACK_BYTES = 4 * 1024 * 1024;

const { target, seen, stop } = await streamTarget();
afterAll(stop);

it(
  'a camera that says and sends anything ends once, with a reason, and every picture before it was whole',
  async () => {
    const { cases } = await fuzz(target, STREAM_MS);
    if (ONE_CASE !== undefined || cases < 100) return;
    expect(seen.played).toBeGreaterThan(0);
    expect(seen.pictures).toBeGreaterThan(0);
  },
  patience(STREAM_MS),
);

describe.runIf(ONE_CASE === undefined)('after a long time no more is kept than the limits say', () => {
  const CAPTURES = [h264Capture, h265Capture, aacCapture];
  const receivers = CAPTURES.flatMap((capture) =>
    [true, false].map((reorder) => ({ capture, codec: trackOf(capture).codec, reorder })),
  );
  it.each(receivers)(
    'a receiver of $codec, reordering $reorder',
    async ({ capture, reorder }) => {
      const packets = packetsOf(capture);
      const receiver = new TrackReceiver(trackOf(capture), { reorder });
      let [nowUs, sequence] = [START_US, 0];
      const grown = await growthOf((random) => {
        nowUs += random.below(100_000);
        const good = packets[sequence % packets.length] ?? new Uint8Array(12);
        const packet = Buffer.concat([
          good.subarray(0, 12),
          random.chance(4) ? mutant(packets, random).subarray(0, 60_000) : good.subarray(12),
        ]);
        // Late, early and anywhere: what waits is what is kept.
        sequence += random.chance(6) ? random.below(200) : 1;
        packet.writeUInt16BE((sequence - (random.chance(6) ? random.below(300) : 0)) & 0xffff, 2);
        receiver.push(packet, nowUs);
        if (random.chance(8)) receiver.poll(nowUs);
      });
      expect(grown).toBeLessThan(MEDIA_LIMITS.accessUnitBytes + MEDIA_LIMITS.reorderBytes + SLACK_BYTES);
      expect(receiver.stats.packets).toBeGreaterThan(0);
    },
    patience(RUN_MS),
  );

  it(
    'a reader of frames, answers and noise',
    async () => {
      const packets = packetsOf(h264Capture);
      let frames = 0;
      const sink = { onResponse: () => undefined, onRequest: () => undefined, onFrame: () => (frames += 1) };
      let reader = new RtspReader(sink);
      reader.push(Buffer.from('RTSP/1.0 200 OK\r\n\r\n'));
      const grown = await growthOf((random) => {
        const good = frame(random.below(2), Buffer.from(random.pick(packets)));
        try {
          reader.push(random.chance(4) ? mutant([good, Buffer.from('RTSP/1.0 200 OK\r\n\r\n')], random) : good);
        } catch {
          // Nothing but noise, or headers without end: this connection is over.
          reader = new RtspReader(sink);
          reader.push(Buffer.from('RTSP/1.0 200 OK\r\n\r\n'));
        }
      });
      expect(grown).toBeLessThan(SLACK_BYTES);
      expect(frames).toBeGreaterThan(0);
    },
    patience(RUN_MS),
  );
});

async function growthOf(step: (random: Random) => void): Promise<number> {
  const run = (forMs: number, name: string): void => {
    const end = performance.now() + forMs;
    for (let number = 0; performance.now() < end || number < 500; number += 1) step(new Random(SEED, name, number));
  };
  run(RUN_MS / 4, 'warm up');
  const before = await heldBytes();
  run(RUN_MS, 'long run');
  return (await heldBytes()) - before;
}
