/** What a camera says: the dialog as a whole, what an address holds, and what is learned of a camera's rhythm. */
import { SealcamError } from '@sealcam/protocol';
import { MediaError } from '@sealcam/media';
import { parseCameraAddress } from '../../apps/agent/src/cameras/address.ts';
import { Rhythm } from '../../apps/agent/src/cameras/rhythm.ts';
import { Elsewhere } from '../../apps/agent/src/cameras/rtsp-session.ts';
import { RtspReader } from '../../apps/agent/src/cameras/rtsp-reader.ts';
import { aacCapture, h264Capture } from '../../packages/media/src/fixtures/captures.ts';
import { packetsOf } from '../../packages/media/test/receiving.ts';
import { answer, frame } from '../cameras/hostile.ts';
import { byNumbers, claim } from './claims.ts';
import { ACCOUNT, converse, MOST_REQUESTS } from './dialog.ts';
import type { Random } from './fuzz.ts';
import { mutant, mutantText } from './mutate.ts';
import type { Target } from './target.ts';

export const PACKETS = packetsOf(h264Capture);
export const SDP = `${h264Capture.sdp}a=control:track1\r\n${aacCapture.sdp.slice(aacCapture.sdp.indexOf('m='))}a=control:rtsp://cam.example/live/sound\r\n`;
const WORDS = [
  '\r\n',
  '\r\n\r\n',
  'CSeq: 1\r\n',
  'Content-Length: 70000\r\n',
  'Session: ',
  '$\0\0\x04',
  'RTSP/1.0 100 \r\n\r\n',
  '; ',
  ' folded\r\n',
];
const CHALLENGES = [
  'Digest realm="a", nonce="b", stale=true',
  'Basic realm="x"',
  'Digest realm="a", nonce="b", qop="auth", algorithm=SHA-256',
  'Retina x',
];

const cseqOf = (request: string): string => /\r\nCSeq: (\d+)/u.exec(request)?.[1] ?? '0';

/** What cameras answer, good and bad. @param faultOneIn how seldom something else is said than a good camera would */
export function answerOf(request: string, random: Random, faultOneIn = 1): string {
  const cseq = cseqOf(request);
  if (!random.chance(faultOneIn)) return goodAnswerOf(request, cseq);
  if (random.chance(8)) return answer(cseq, '401 Unauthorized', { 'WWW-Authenticate': random.pick(CHALLENGES) });
  if (random.chance(12))
    return answer(
      cseq,
      `${random.pick([100, 300, 302, 400, 403, 404, 405, 453, 454, 457, 461, 500, 501, 503, 551])} No`,
      {
        Location: random.pick([
          '/x',
          'rtsp://cam.example/other',
          'rtsp://evil.example/',
          'rtsp://cam.example:8554/live',
        ]),
      },
    );
  if (request.startsWith('DESCRIBE'))
    return answer(
      cseq,
      '200 OK',
      { 'Content-Base': random.pick(['rtsp://cam.example/live/', '/live/', '*', 'rtsp://']) },
      SDP,
    );
  if (request.startsWith('SETUP'))
    return answer(cseq, '200 OK', {
      Transport: random.pick([
        'RTP/AVP/TCP;unicast;interleaved=0-1',
        'RTP/AVP/TCP;interleaved=20-21',
        '',
        'RTP/AVP;unicast',
        'RTP/AVP/TCP;interleaved=300-1',
      ]),
      Session: 'abc; timeout=4',
    });
  return answer(cseq, '200 OK', { Public: random.pick(['OPTIONS, GET_PARAMETER', 'OPTIONS']), Session: 'abc' });
}

function goodAnswerOf(request: string, cseq: string): string {
  if (request.startsWith('DESCRIBE')) return answer(cseq, '200 OK', {}, SDP);
  const transport = /interleaved=\d+-\d+/u.exec(request)?.[0] ?? '';
  return answer(cseq, '200 OK', { Session: 'abc', Transport: `RTP/AVP/TCP;unicast;${transport}` });
}

/** As bytes, with frames before and behind, made wrong now and then, and cut anywhere. */
export function onTheWire(said: string, random: Random): Uint8Array[] {
  const frames = random.chance(3) ? [frame(random.below(4), Buffer.from(random.pick(PACKETS)))] : [];
  const good = Buffer.concat([...frames, Buffer.from(said, 'latin1'), ...frames]);
  const bytes = random.chance(3)
    ? Buffer.from(
        random.chance(2)
          ? mutant([good], random)
          : Buffer.from(mutantText([good.toString('latin1')], random, WORDS), 'latin1'),
      )
    : good;
  const at = random.below(bytes.length);
  return random.chance(2) ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}

/**
 * Each fault is one of the table; a request is one request, whatever the camera had us say; the password is in none of them but where Basic asks for
 * it, and in no fault; and a camera cannot make us ask for ever.
 */
async function dialog(random: Random): Promise<void> {
  const asked = { basic: false };
  const { requests, faults, end, handedOnLate } = await converse((request) => {
    const said = answerOf(request, random);
    asked.basic ||= /basic/iu.test(said);
    return random.chance(20) ? [] : onTheWire(said, random);
  });
  claim(handedOnLate === 0, 'handed on after the end');
  claim(requests.length <= MOST_REQUESTS, `${requests.length} requests`);
  for (const request of requests) {
    claim(
      /^(?:[A-Z_]+ [^\s]+ RTSP\/1\.0|RTSP\/1\.0 \d{3} [A-Za-z ]+)\r\n(?:[A-Za-z-]+: [^\r\n]*\r\n)+\r\n$/u.test(request),
      `not one request: ${JSON.stringify(request)}`,
    );
    claim(!request.includes(ACCOUNT.password), 'the password is on the wire');
    claim(asked.basic || !request.includes('Authorization: Basic'), 'Basic without being asked');
  }
  claim(faults.length <= 1, 'two faults of one connection');
  for (const fault of [...faults, end]) isDeclared(fault);
}

function isDeclared(fault: unknown): void {
  if (fault === undefined || fault instanceof Elsewhere) return;
  const isOurs = fault instanceof SealcamError || fault instanceof MediaError;
  claim(
    isOurs && fault.code.startsWith('rtsp.'),
    `an undeclared fault: ${fault instanceof Error ? (fault.stack ?? '') : typeof fault}`,
  );
  claim(!fault.message.includes(ACCOUNT.password), 'the password is in a fault');
}

/** Strays between whole messages cost none of them, as long as they are no message themselves; and what comes out is what went in. */
function reading(random: Random): void {
  const wanted: number[] = [];
  const got: number[] = [];
  const parts: Buffer[] = [Buffer.from(answer('0'), 'latin1')];
  for (let at = 1; at < 12; at += 1) {
    if (random.chance(2))
      parts.push(
        Buffer.from(
          random.bytes(random.below(60)).map((byte) => (byte === 0x24 || (byte > 0x40 && byte < 0x5b) ? 1 : byte)),
        ),
      );
    const bytes = Buffer.from(random.pick(PACKETS)).subarray(0, 12 + random.below(1_400));
    parts.push(
      random.chance(4)
        ? Buffer.from(answer(String(at), '200 OK', {}, random.chance(2) ? 'v=0\r\n' : ''), 'latin1')
        : frame(random.below(2), bytes),
    );
    wanted.push(parts.at(-1)?.[0] === 0x24 ? bytes.length : -at);
  }
  const reader = new RtspReader({
    onResponse: (response) => got.push(-Number(response.headers.get('cseq')?.[0])),
    onRequest: () => got.push(Infinity),
    onFrame: (_channel, packet) => got.push(packet.length),
    isOurs: (channel) => channel < 2,
  });
  const stream = Buffer.concat(parts);
  for (let at = 0; at < stream.length;) {
    const chunk = Buffer.from(stream.subarray(at, at + 1 + random.below(random.chance(3) ? 4 : 3_000)));
    reader.push(chunk);
    at += chunk.length;
    chunk.fill(0x24);
  }
  reader.endBody();
  claim(got.slice(1).join() === wanted.join(), `came out: ${got.join()}, went in: 0,${wanted.join()}`);
}

/** What is waited for is always within its bounds, whatever the camera did. */
function rhythm(random: Random): void {
  const learned = new Rhythm();
  let nowMs = 0;
  for (let round = 0; round < 60; round += 1) {
    const gapMs = random.pick([0, 1, 66, 499, 500, 5_000, 40_000, 600_000, 1e12, random.below(100_000)]);
    nowMs += gapMs;
    learned.packet(nowMs, gapMs);
    if (random.chance(2)) learned.picture(nowMs, random.chance(3));
    if (random.chance(20)) learned.interrupted();
    const { silenceMs, longestSilenceMs, noPictureMs } = learned;
    claim(silenceMs >= 4_000 && silenceMs <= 60_000, `silence of ${silenceMs} ms`);
    claim(longestSilenceMs >= silenceMs && longestSilenceMs <= 60_000, `longest silence of ${longestSilenceMs} ms`);
    claim(noPictureMs >= 90_000 && noPictureMs <= 180_000, `no picture for ${noPictureMs} ms`);
  }
}

/** An account in an address: in its own place or refused, and in no word of the refusal. */
function account(random: Random): void {
  const signs = Array.from('aZ19:/@?#[]%.&=;+ ü\0');
  const secret = `s3cret${Array.from({ length: random.below(12) }, () => random.pick(signs)).join('')}`;
  const host = random.pick(['192.168.1.20', 'cam.example', '[fe80::1]', 'camera']);
  try {
    const { address, credentials } = parseCameraAddress(
      `rtsp://admin:${secret}@${host}${random.pick(['', ':554', ':99999'])}${random.pick(['', '/cam', '/a@b', '?x=@'])}`,
    );
    claim(!address.url.includes('s3cret') && !address.host.includes('s3cret'), `the password is in ${address.url}`);
    claim(credentials?.user === 'admin', 'another user');
  } catch (error) {
    claim(
      error instanceof SealcamError && (error.code === 'rtsp.address' || error.code === 'rtsp.account'),
      String(error),
    );
    claim(!error.message.includes('s3cret'), 'the refusal repeats it');
  }
}

export const CAMERA_TARGETS: readonly Target[] = [
  byNumbers('RTSP dialog', dialog),
  byNumbers('RTSP with strays', reading),
  byNumbers('rhythm', rhythm),
  byNumbers('account in an address', account),
];
