/** What a camera can send, and what a sealed frame holds of it: RTP, RTSP, SDP, NAL units, parameter sets, codec configs. */
import {
  accessUnitsOf,
  decodeCodecConfig,
  describeTracks,
  encodeCodecConfig,
  isH264Keyframe,
  isH265Keyframe,
  joinAnnexB,
  MEDIA_LIMITS,
  MediaError,
  parseH264Sps,
  parseH265Sps,
  parseRtpPacket,
  parseSdp,
  resolveControl,
  splitAnnexB,
  TrackReceiver,
  type TrackDescription,
} from '@sealcam/media';
import { SealcamError } from '@sealcam/protocol';
import { cameraAddress, parseCameraAddress, redact } from '../../apps/agent/src/cameras/address.ts';
import { authorization, parseChallenges } from '../../apps/agent/src/cameras/digest.ts';
import { ReceptionReport } from '../../apps/agent/src/cameras/rtcp.ts';
import { encodeRequest } from '../../apps/agent/src/cameras/rtsp-message.ts';
import { AnswerReader } from '../../apps/agent/src/cameras/http-exchange.ts';
import { parseAnswer } from '../../apps/agent/src/cameras/mdns.ts';
import { RtspReader } from '../../apps/agent/src/cameras/rtsp-reader.ts';
import { parseAacConfig } from '../../packages/media/src/aac-config.ts';
import {
  aacCapture,
  h264Capture,
  h264Clip,
  h265Capture,
  h265Clip,
  opusCapture,
  pcmuCapture,
} from '../../packages/media/src/fixtures/captures.ts';
import type { Random } from './fuzz.ts';
import { mutant, mutantText } from './mutate.ts';
import type { Target } from './target.ts';

const media = (error: unknown): boolean => error instanceof MediaError;
const ours = (error: unknown): boolean => error instanceof SealcamError && error.code.startsWith('rtsp.');
const never = (): boolean => false;

const CAPTURES = [h264Capture, h265Capture, aacCapture, opusCapture, pcmuCapture];
const packetsOf = (capture: { readonly packets: readonly string[] }): Uint8Array[] =>
  capture.packets.map((packet) => Uint8Array.from(Buffer.from(packet, 'base64')));
const PACKETS = CAPTURES.flatMap(packetsOf);
const clipOf = (clip: string): Uint8Array => Uint8Array.from(Buffer.from(clip, 'base64'));
const NALS = { h264: splitAnnexB(clipOf(h264Clip)), h265: splitAnnexB(clipOf(h265Clip)) };
const CONFIGS = (['h264', 'h265'] as const).flatMap((codec) =>
  accessUnitsOf(codec, clipOf(codec === 'h264' ? h264Clip : h265Clip)).flatMap(({ config }) =>
    config ? [encodeCodecConfig(config)] : [],
  ),
);
const AUDIO = encodeCodecConfig({
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 16_000,
  channels: 1,
  asc: Uint8Array.of(0x14, 8),
});

function trackOf(sdp: string): TrackDescription {
  const { video, audio } = describeTracks(parseSdp(sdp));
  const track = video ?? audio;
  if (track === undefined) throw new Error('a capture without a track');
  return track;
}

/** A whole session: packets of one capture, some of them wrong, lost, doubled or of another; the units that come out are in bounds. */
function receive(at: number, random: Random): void {
  const capture = CAPTURES[at] ?? h264Capture;
  const receiver = new TrackReceiver(trackOf(capture.sdp), { reorder: random.chance(2) });
  const packets = packetsOf(capture);
  let nowUs = 1_795_000_000_000_000;
  for (let round = 0; round < 40; round += 1) {
    const good = packets[round % packets.length] ?? random.bytes(20);
    const sent = random.chance(3) ? withHead(mutant(PACKETS, random), good, random) : good;
    if (random.chance(12)) continue;
    nowUs += random.below(100_000);
    for (const unit of [...receiver.push(sent, nowUs), ...receiver.poll(nowUs)]) {
      if (unit.data.length === 0 || unit.data.length > MEDIA_LIMITS.accessUnitBytes)
        throw new Error(`a unit of ${unit.data.length} bytes`);
      if (!Number.isSafeInteger(unit.captureUs) || !(unit.durationUs >= 0)) throw new Error('a unit without a time');
      if (unit.config !== undefined) decodeCodecConfig(encodeCodecConfig(unit.config));
    }
  }
}

/** Noise behind a good RTP header: else the payload type would refuse most of it. */
function withHead(bytes: Uint8Array, good: Uint8Array, random: Random): Uint8Array {
  return random.chance(2) ? bytes : Buffer.concat([good.subarray(0, 12), bytes.subarray(12, 1500)]);
}

const SDP_WORDS = [
  '\r\n',
  'm=video 0 RTP/AVP 96\r\n',
  'a=rtpmap:96 H265/90000\r\n',
  'a=fmtp:96 ',
  ';',
  '=',
  'sprop-parameter-sets=',
  'a=control:',
  '/',
];
const RTSP = [
  'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nabcd$\0\0\x04aaaaRTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\n\r\n',
  '$\x01\0\x02hiOPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 9\r\n folded: line\r\n\r\n',
];
const RTSP_WORDS = ['\r\n', '\r\n\r\n', 'Content-Length: 65536\r\n', ' folded\r\n', '$', ':', 'RTSP/1.0 200\r\n'];
const MDNS =
  '\0\x01\x84\0\0\x01\0\x01\0\0\0\x01\x06camera\x05local\0\0\x01\0\x01\xc0\x0c\0\x01\x80\x01\0\0\0x\0\x04\x0a\0\0\x05\xc0\x0c\0\x1c\0\x01\0\0\0x\0\x10fe80ABCDEFGHIJKL';
const CHALLENGES = [
  'Digest realm="IP Camera(12)", nonce="abc", qop="auth,auth-int", algorithm=MD5, stale="FALSE"',
  'Basic realm="x", Digest realm="y\\"", nonce=n, opaque="o"',
];
const URLS = [
  'rtsp://user:p@ss/w#rd@192.168.1.20:554/stream1?x=1',
  'rtsps://[fe80::1%eth0]:322/a b',
  'rtspx://host/%zz',
  'https://user:pw@[fe80::1%25eth0]:8443/x?y#z',
];

function readRtsp(input: Uint8Array, random: Random): void {
  let bytes = 0;
  const reader = new RtspReader({
    onResponse: ({ body, headers }) => {
      bytes += body.length;
      for (const value of headers.get('www-authenticate') ?? []) parseChallenges([value]);
    },
    onRequest: () => undefined,
    onFrame: (_channel, packet) => (bytes += packet.length),
  });
  for (let at = 0; at < input.length;) {
    const chunk = input.subarray(at, at + 1 + random.below(random.chance(4) ? 5 : 2000));
    reader.push(chunk);
    at += chunk.length;
  }
  if (bytes > input.length) throw new Error('more came out than went in');
}

function readAddress(text: string): void {
  const { address } = parseCameraAddress(text);
  // What was taken in is one line of a request and reads the same again; the credentials are not in it.
  encodeRequest('DESCRIBE', address.url, { CSeq: '1' });
  const again = parseCameraAddress(address.url);
  if (again.credentials !== undefined || cameraAddress(again.address).url !== address.url)
    throw new Error(`${address.url} reads another way`);
}

const text =
  (samples: readonly string[], words: readonly string[] = []) =>
  (random: Random) =>
    mutantText(samples, random, words);
const bytes = (samples: readonly Uint8Array[]) => (random: Random) => mutant(samples, random);

export const MEDIA_TARGETS: readonly Target[] = [
  { name: 'RTP packet', input: bytes(PACKETS), run: parseRtpPacket, mayThrow: never },
  ...CAPTURES.map((_capture, at): Target => ({
    name: `RTP session ${at}`,
    input: (random) => random.bytes(1),
    run: (_input: never, random) => receive(at, random),
    mayThrow: never,
  })),
  {
    name: 'reception report',
    input: bytes(PACKETS),
    run: (packet: Uint8Array) => {
      const report = new ReceptionReport();
      report.note(packet);
      return report.encode();
    },
    mayThrow: never,
  },
  {
    name: 'SDP',
    input: text(
      CAPTURES.map(({ sdp }) => sdp),
      SDP_WORDS,
    ),
    run: (sdp: string) => {
      const parsed = parseSdp(sdp);
      describeTracks(parsed);
      for (const { control } of parsed.medias) resolveControl('rtsp://x/y', control);
    },
    mayThrow: media,
  },
  {
    name: 'RTSP',
    input: (random) => Uint8Array.from(Buffer.from(mutantText(RTSP, random, RTSP_WORDS), 'latin1')),
    run: readRtsp,
    mayThrow: ours,
  },
  {
    name: 'answer of HTTP',
    input: text(
      ['HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\n folded\r\n\r\n<html>'],
      RTSP_WORDS,
    ),
    run: (value: string) => new AnswerReader().push(Buffer.from(value, 'latin1')),
    mayThrow: ours,
  },
  {
    name: 'answer of mDNS',
    input: bytes([Buffer.from(MDNS, 'latin1')]),
    run: (value: Uint8Array) => parseAnswer(value, 'camera.local', 1),
    mayThrow: never,
  },
  {
    name: 'challenges',
    input: text(CHALLENGES, ['Digest ', '"', '\\', '=', ',', ' ', 'a=']),
    run: (value: string) => {
      for (const challenge of parseChallenges([value]))
        authorization(
          challenge,
          { user: 'a', password: 'b' },
          { method: 'PLAY', uri: 'rtsp://x', cnonce: '0', count: 1 },
        );
    },
    mayThrow: ours,
  },
  { name: 'camera address', input: text(URLS, ['@', '/', ':', '#', '%', '[', ']']), run: readAddress, mayThrow: ours },
  { name: 'redaction', input: text(URLS, ['a://', 'user=', '@']), run: redact, mayThrow: never },
  {
    name: 'H.264 SPS',
    input: bytes(NALS.h264.filter((nal) => ((nal[0] ?? 0) & 31) === 7)),
    run: parseH264Sps,
    mayThrow: media,
  },
  {
    name: 'H.265 SPS',
    input: bytes(NALS.h265.filter((nal) => (((nal[0] ?? 0) >> 1) & 63) === 33)),
    run: parseH265Sps,
    mayThrow: media,
  },
  {
    name: 'AAC config',
    input: bytes([Uint8Array.of(0x14, 8), Uint8Array.of(0x2b, 0x92, 8, 0)]),
    run: parseAacConfig,
    mayThrow: media,
  },
  {
    name: 'codec config',
    input: bytes([...CONFIGS, AUDIO]),
    run: (input: Uint8Array) => {
      if (!Buffer.from(encodeCodecConfig(decodeCodecConfig(input))).equals(input))
        throw new Error('two spellings of one config');
    },
    mayThrow: media,
  },
  {
    name: 'Annex B',
    input: bytes([clipOf(h264Clip), clipOf(h265Clip)]),
    run: (input: Uint8Array) => {
      const nals = splitAnnexB(input);
      isH264Keyframe(nals);
      isH265Keyframe(nals);
      if (splitAnnexB(joinAnnexB(nals)).length !== nals.length)
        throw new Error('another number of NAL units the second time');
    },
    mayThrow: never,
  },
  {
    name: 'H.264 clip',
    input: bytes([clipOf(h264Clip)]),
    run: (input: Uint8Array) => accessUnitsOf('h264', input),
    mayThrow: media,
  },
  {
    name: 'H.265 clip',
    input: bytes([clipOf(h265Clip)]),
    run: (input: Uint8Array) => accessUnitsOf('h265', input),
    mayThrow: media,
  },
];
