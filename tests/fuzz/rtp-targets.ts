/** Packets to pictures, step by step: each step is fed what a camera or a bad line makes of good packets, and is held to a claim of its own. */
import {
  decodeCodecConfig,
  describeTracks,
  encodeCodecConfig,
  MEDIA_LIMITS,
  parseSdp,
  scrubPacket,
  TrackReceiver,
} from '@sealcam/media';
import type { AccessUnit, AudioTrack, TrackDescription, VideoCodec, VideoTrack } from '@sealcam/media';
import {
  aacCapture,
  h264Capture,
  h265Capture,
  opusCapture,
  pcmuCapture,
} from '../../packages/media/src/fixtures/captures.ts';
import { packetsOf, trackOf } from '../../packages/media/test/receiving.ts';
import { AudioAssembler } from '../../packages/media/src/rtp/audio-assembler.ts';
import { NalDepacketizer } from '../../packages/media/src/rtp/depacketize-nal.ts';
import { NalBuffer } from '../../packages/media/src/rtp/nal-buffer.ts';
import { PacketOrder } from '../../packages/media/src/rtp/packet-order.ts';
import { VideoAssembler } from '../../packages/media/src/rtp/video-assembler.ts';
import { isSet } from '../cameras/odd-camera.ts';
import { byNumbers, claim } from './claims.ts';
import { CLIPS, CODECS, habits, packed, rtp, sentBy, STEP_US, stray, WholePictures, START_US } from './clip-packets.ts';
import type { Random } from './fuzz.ts';
import { mutant } from './mutate.ts';
import type { Target } from './target.ts';

const VIDEO: Readonly<Record<VideoCodec, VideoTrack>> = { h264: videoTrack('h264'), h265: videoTrack('h265') };
const SOUNDS: readonly AudioTrack[] = [aacCapture, opusCapture, pcmuCapture]
  .map(trackOf)
  .filter((track) => track.media === 'audio');
const SOUND_PACKETS = [aacCapture, opusCapture, pcmuCapture].map(packetsOf);
const RTP_HEADER_BYTES = 12;

function videoTrack(codec: VideoCodec): VideoTrack {
  const { video } = describeTracks(parseSdp((codec === 'h264' ? h264Capture : h265Capture).sdp));
  if (video === undefined) throw new Error('a capture without a picture');
  return video;
}

/** Strays cost nothing. */
function depacketize(codec: VideoCodec, random: Random): void {
  const nals = random.pick(CLIPS[codec]);
  const payloads = packed(codec, nals, random).flatMap((each) =>
    random.chance(4) ? [stray(codec, random), each] : [each],
  );
  const depacketizer = new NalDepacketizer(codec);
  const unit = new NalBuffer();
  for (const payload of payloads) {
    depacketizer.beginning(payload);
    depacketizer.push(payload, unit);
  }
  depacketizer.end(unit);
  claim(!unit.damaged, 'damaged by strays');
  const same = unit.nals().map((nal) => Buffer.from(nal).toString('latin1'));
  claim(same.join('|') === nals.map((nal) => nal.toString('latin1')).join('|'), 'other units than were packed');
}

/** What was whole before the first wrong payload stays; no more comes out than went in. */
function depacketizeDamaged(codec: VideoCodec, random: Random): void {
  const payloads = packed(codec, random.pick(CLIPS[codec]), random);
  const wrongFrom = random.below(payloads.length);
  const depacketizer = new NalDepacketizer(codec, random.chance(4));
  const unit = new NalBuffer();
  const before: string[] = [];
  let bytes = 0;
  for (const [at, good] of payloads.entries()) {
    if (at === wrongFrom) before.push(...unit.nals().map((nal) => Buffer.from(nal).toString('latin1')));
    const payload = at < wrongFrom || random.chance(2) ? good : mutant(payloads, random);
    bytes += payload.length;
    depacketizer.push(payload, unit);
  }
  depacketizer.end(unit);
  const all = unit.nals().map((nal) => Buffer.from(nal).toString('latin1'));
  claim(
    before.every((nal, at) => all[at] === nal),
    'what was whole is gone',
  );
  claim(all.join('').length <= bytes, 'more came out than went in');
  claim(all.length <= MEDIA_LIMITS.accessUnitNals, 'too many units');
}

/** Whatever is lost, and however a camera marks and times: no picture that is not whole; and all of them where nothing is lost. */
function assemble(codec: VideoCodec, random: Random): void {
  const habit = habits(random);
  const pictures = 3 + random.below(14);
  const lossOneIn = random.pick([0, 4, 15, 60]);
  const assembler = new VideoAssembler(VIDEO[codec]);
  const seen = new WholePictures(codec);
  let gap = 0;
  let nowUs = START_US;
  for (const sent of sentBy(codec, pictures, habit, random)) {
    nowUs = START_US + sent.picture * STEP_US + random.below(20_000);
    if (lossOneIn > 0 && random.chance(lossOneIn)) {
      gap += 1;
      continue;
    }
    const packet = { ...sent, payloadType: 96, sequence: sent.number & 0xffff, ssrc: 1 };
    for (const unit of [...assembler.push({ packet, arrivalUs: nowUs, gap }), ...assembler.poll(nowUs)]) seen.see(unit);
    gap = 0;
  }
  // Where the very last packet is lost and nothing follows, nobody can know.
  if (gap > 0) return;
  for (const unit of assembler.poll(nowUs + 2_000_000)) seen.see(unit);
  claim(assembler.poll(nowUs + 9_000_000).length === 0 && !assembler.isPending, 'something is left');
  // One habit is forgiven without a loss: with neither marks nor times it takes some pictures until it is understood.
  const isForgiven = habit.time !== 'standing' || habit.marks === 'right';
  if (lossOneIn === 0 && isForgiven) claim(seen.count >= pictures - 1, `${seen.count} of ${pictures} without any loss`);
}

/** Over a line that loses, doubles and shuffles, beside a stranger who sends what he likes. */
function receiveVideo(codec: VideoCodec, random: Random): void {
  const reorder = random.chance(2);
  const pictures = 3 + random.below(14);
  const receiver = new TrackReceiver({ ...VIDEO[codec], payloadType: 96 }, { reorder });
  const seen = new WholePictures(codec);
  const first = random.below(0x1_0000);
  const sent = sentBy(codec, pictures, habits(random), random);
  const lossOneIn = random.pick([5, 20, 100]);
  const units: AccessUnit[] = [];
  const came = onTheWay(sent, random, { lossOneIn, reorder });
  for (const [at, each] of came.entries()) {
    const nowUs = START_US + each.picture * STEP_US + at;
    if (reorder && random.chance(20))
      units.push(
        ...receiver.push(rtp({ ...each, payload: Buffer.from(random.bytes(40)) }, random.next(), random.next()), nowUs),
      );
    units.push(...receiver.push(rtp(each, first), nowUs), ...receiver.poll(nowUs));
  }
  const isEndThere = came.some((each) => each === sent.at(-1));
  if (isEndThere) units.push(...receiver.poll(START_US + pictures * STEP_US + 2_000_000));
  for (const unit of units) seen.see(unit);
  inOrder(units, 0);
  claim(!isEndThere || !receiver.isPending, 'something waits for ever');
  claim(receiver.stats.units === units.length, 'units that nobody counted');
}

function onTheWay<T>(
  sent: readonly T[],
  random: Random,
  { lossOneIn, reorder }: { lossOneIn: number; reorder: boolean },
): T[] {
  const out: T[] = sent.filter(() => !random.chance(lossOneIn));
  if (!reorder) return out;
  for (let at = 0; at + 4 < out.length; at += 1) {
    if (!random.chance(10)) continue;
    const [late] = out.splice(at, 1);
    if (late !== undefined) out.splice(at + 1 + random.below(3), 0, late, ...(random.chance(3) ? [late] : []));
  }
  return out;
}

function inOrder(units: readonly AccessUnit[], afterUs: number): void {
  let lastUs = afterUs;
  for (const { captureUs, durationUs, data, config, keyframe } of units) {
    claim(Number.isSafeInteger(captureUs) && captureUs > lastUs, 'times that do not rise');
    claim(durationUs >= 0 && Number.isSafeInteger(durationUs), 'no duration');
    claim(data.length > 0 && data.length <= MEDIA_LIMITS.accessUnitBytes, `a unit of ${data.length} bytes`);
    claim(!keyframe || config !== undefined, 'a keyframe without a config');
    if (config !== undefined) decodeCodecConfig(encodeCodecConfig(config));
    lastUs = captureUs;
  }
}

/** Anything behind good headers: units are in bounds, and begin with a keyframe. */
function receiveAnything(track: TrackDescription, packets: readonly Uint8Array[], random: Random): void {
  const receiver = new TrackReceiver(track, { reorder: random.chance(2) });
  const units: AccessUnit[] = [];
  let nowUs = START_US;
  for (let round = 0; round < 30; round += 1) {
    const good = packets[round % packets.length] ?? random.bytes(20);
    const wrong = Buffer.concat([
      good.subarray(0, RTP_HEADER_BYTES),
      mutant(packets, random).subarray(random.below(20), 1500),
    ]);
    nowUs += random.below(STEP_US);
    units.push(...receiver.push(random.chance(3) ? wrong : good, nowUs), ...receiver.poll(nowUs));
  }
  claim(units.length === 0 || units[0]?.keyframe === true, 'begins in the middle');
  inOrder(units, 0);
}

/** No frame of sound is longer than its bound, its ticks are some, and frames of one packet follow each other. */
function assembleSound(random: Random): void {
  const at = random.below(SOUNDS.length);
  const [track, packets] = [SOUNDS[at], SOUND_PACKETS[at]];
  claim(track !== undefined && packets !== undefined, 'a capture of nothing');
  const assembler = new AudioAssembler(track);
  for (let round = 0; round < 12; round += 1) {
    const payload = random.chance(2)
      ? mutant(packets, random).subarray(12)
      : (packets[round % packets.length] ?? payload0).subarray(12);
    const packet = {
      payloadType: track.payloadType,
      sequence: round,
      timestamp: random.next(),
      ssrc: 1,
      marker: random.chance(2),
      payload,
    };
    const units = assembler.push({ packet, arrivalUs: START_US + round * 20_000, gap: random.below(3) - 1 });
    for (const { data, ticks = -1 } of units) {
      claim(data.length <= MEDIA_LIMITS.audioFrameBytes, `a frame of ${data.length} bytes`);
      claim(ticks >= 0 && ticks <= 0xffff, `a frame of ${ticks} ticks`);
    }
    claim(units.reduce((sum, { data }) => sum + data.length, 0) <= 12 * MEDIA_LIMITS.audioFrameBytes, 'more than came');
  }
}
const payload0 = new Uint8Array(20);

/** Each packet once, in order, held for no longer than the limits say; what is missing is counted. */
function order(random: Random): void {
  const packets = new PacketOrder(true);
  const first = random.below(0x1_0000);
  const numbers = onTheWay(
    Array.from({ length: 60 }, (_, at) => at),
    random,
    { lossOneIn: random.pick([3, 10, 50]), reorder: true },
  );
  const came: number[] = [];
  let [lost, nowUs] = [0, START_US];
  const take = (due: ReturnType<PacketOrder['push']>): void => {
    for (const { packet, gap } of due) {
      claim(gap >= 0, 'a restart that was none');
      lost += gap;
      came.push((packet.sequence - first) & 0xffff);
    }
  };
  for (const number of numbers) {
    nowUs += random.below(30_000);
    const sequence = (first + number) & 0xffff;
    take(
      packets.push(
        { payloadType: 96, sequence, timestamp: 0, ssrc: 1, marker: false, payload: random.bytes(4) },
        nowUs,
      ),
    );
  }
  take(packets.poll(nowUs + MEDIA_LIMITS.reorderUs));
  claim(!packets.isWaiting, 'waits longer than it may');
  claim(
    came.every((number, at) => at === 0 || number > (came[at - 1] ?? 0)),
    'out of order',
  );
  claim(came.length + lost === (came.at(-1) ?? 0) - (came[0] ?? 0) + 1, 'a loss that was not counted');
}

/** As long as it was, each byte its own or zero, the same when it is scrubbed again; and of a good packet no sixteen bytes of a picture. */
function scrub(codec: VideoCodec, random: Random): void {
  const nals = random.pick(CLIPS[codec]);
  const whole = [Buffer.concat(nals.flatMap((nal, at) => (at === 0 ? [nal] : [Buffer.from([0, 0, 0, 1]), nal])))];
  const units = random.chance(3) ? whole : nals;
  for (const [number, payload] of packed(codec, units, random).entries()) {
    const good = rtp({ payload, marker: false, timestamp: 0, picture: 0, number }, 0);
    scrubs(good, codec, random.chance(4) ? nals : []);
    const wrong = Buffer.concat([good.subarray(0, RTP_HEADER_BYTES), mutant([payload], random)]);
    scrubs(wrong, codec, []);
  }
}

const SECRET_BYTES = 16;

function scrubs(packet: Uint8Array, codec: VideoCodec, secret: readonly Buffer[]): void {
  const track = { ...VIDEO[codec], payloadType: 96 };
  const out = scrubPacket(packet, track);
  claim(out.length === packet.length, 'another length');
  claim(
    out.every((byte, at) => byte === 0 || byte === packet[at]),
    'a byte from nowhere',
  );
  claim(Buffer.from(scrubPacket(out, track)).equals(out), 'another one when scrubbed again');
  for (const nal of secret.filter((each) => !isSet(codec, each)))
    for (let at = SECRET_BYTES; at + SECRET_BYTES <= nal.length; at += SECRET_BYTES)
      claim(Buffer.from(out).indexOf(nal.subarray(at, at + SECRET_BYTES)) < 0, 'a piece of a picture stays');
}

export const RTP_TARGETS: readonly Target[] = [
  ...CODECS.flatMap((codec) => [
    byNumbers(`depacketizer, strays, ${codec}`, (random) => depacketize(codec, random)),
    byNumbers(`depacketizer, damage, ${codec}`, (random) => depacketizeDamaged(codec, random)),
    byNumbers(`video assembler ${codec}`, (random) => assemble(codec, random)),
    byNumbers(`receiver on a bad line ${codec}`, (random) => receiveVideo(codec, random)),
    byNumbers(`scrubbing ${codec}`, (random) => scrub(codec, random)),
  ]),
  ...[h264Capture, h265Capture, aacCapture, opusCapture, pcmuCapture].map((capture) => {
    const [track, packets] = [trackOf(capture), packetsOf(capture)];
    return byNumbers(`receiver of anything, ${track.codec}`, (random) => receiveAnything(track, packets, random));
  }),
  byNumbers('audio assembler', assembleSound),
  byNumbers('packet order', order),
];
