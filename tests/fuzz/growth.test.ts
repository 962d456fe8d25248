/** One long input is about as much work as many short ones of as many bytes: no regular expression and no loop that a peer can make quadratic. */
import { accessUnitsOf, parseSdp, splitAnnexB, describeTracks } from '@sealcam/media';
import { decodePairingLink } from '@sealcam/home';
import { seedFromWords } from '@sealcam/home/recovery';
import { fromBase64Url, FromViewer, fromHex, parseMessage, ToViewer } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { parseCameraAddress, redact } from '../../apps/agent/src/cameras/address.ts';
import { parseChallenges } from '../../apps/agent/src/cameras/digest.ts';
import { RtspReader } from '../../apps/agent/src/cameras/rtsp-reader.ts';
import { NalDepacketizer } from '../../packages/media/src/rtp/depacketize-nal.ts';
import { NalBuffer } from '../../packages/media/src/rtp/nal-buffer.ts';
import { parseSettingsFile } from '../../apps/sealcam/src/settings-file.ts';
import { parseIntent } from '../../apps/web/src/intents/parse-intent.ts';
import { parseRoute } from '../../apps/web/src/route.ts';
import { growth } from './target.ts';

/** Between linear (1, or 2 where the caches end) and quadratic (8). */
const MOST_GROWTH = 4;

type Text = (text: string) => unknown;
const fill =
  (part: string) =>
  (size: number): string =>
    part.repeat(Math.ceil(size / part.length));
const CAMERAS = [{ id: '1', name: 'Front door', room: '' }];

const NOTHING = { onResponse: () => undefined, onRequest: () => undefined, onFrame: () => undefined };
const rtsp: Text = (text) => new RtspReader(NOTHING).push(Buffer.from(text, 'latin1'));
const sdp: Text = (text) => describeTracks(parseSdp(text));
const yaml: Text = (text) => parseSettingsFile(text, 'x');

/** What each gets, bytes enough to measure, and from where: above its own bound a parser only refuses, which is linear, too. */
const ROWS: readonly (readonly [string, (size: number) => string, Text, number])[] = [
  ['hex', fill('ab'), fromHex, 800_000],
  ['base64url', fill('AbC_'), fromBase64Url, 1_000_000],
  ['messages of depth', fill('['), (text) => parseMessage(FromViewer, text), 400_000],
  [
    'messages of many keys',
    (size) => `{"t":"auth",${fill('"a":1,')(size)}"b":1}`,
    (text) => parseMessage(FromViewer, text),
    1_000_000,
  ],
  [
    'messages of long strings',
    (size) => `{"t":"live.answer","answer":"${fill('A')(size)}"}`,
    (text) => parseMessage(ToViewer, text),
    1_000_000,
  ],
  [
    'messages of bad strings',
    (size) => `{"t":"live.answer","answer":"${fill('A')(size)}*"}`,
    (text) => parseMessage(ToViewer, text),
    2_000_000,
  ],
  ['a pairing link', fill('#pair=A'), decodePairingLink, 400_000],
  ['a pairing link of blanks', fill(' '), decodePairingLink, 400_000],
  ['recovery words', fill('abandon  '), seedFromWords, 400_000],
  ['RTSP of folded lines', (size) => `RTSP/1.0 200 OK\r\nA: b\r\n${fill(' c\r\n')(size)}\r\n`, rtsp, 16_000],
  ['RTSP of one header', (size) => `RTSP/1.0 200 OK\r\n${fill('A: b\r\n')(size)}\r\n`, rtsp, 16_000],
  ['RTSP frames', fill('$\0\0\0'), rtsp, 800_000],
  ['SDP of lines', fill('a=fmtp:96 a=b;\r\n'), sdp, 60_000],
  ['SDP of one line', (size) => `v=0\r\nm=video 0 RTP/AVP ${fill('96 ')(size)}\r\n`, sdp, 60_000],
  ['SDP of blanks', (size) => `v=0\r\nm=video 0 RTP/AVP 96\r\na=fmtp:96${fill(' ')(size)}\r\n`, sdp, 60_000],
  [
    'SDP of parameters',
    (size) => `v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 ${fill('a;')(size)}\r\n`,
    sdp,
    60_000,
  ],
  ['challenges of words', (size) => `Digest ${fill('a ')(size)}`, (text) => parseChallenges([text]), 32_000],
  ['challenges of quotes', (size) => `Digest ${fill('a="')(size)}`, (text) => parseChallenges([text]), 32_000],
  ['challenges of escapes', (size) => `Digest nonce="${fill('\\"')(size)}`, (text) => parseChallenges([text]), 32_000],
  ['challenges of blanks', (size) => `Digest a${fill(' ')(size)}`, (text) => parseChallenges([text]), 32_000],
  ['a camera address', (size) => `rtsp://${fill('a@')(size)}`, parseCameraAddress, 200_000],
  ['redaction of letters', fill('a'), redact, 400_000],
  ['redaction of schemes', fill('a://'), redact, 400_000],
  ['settings of keys', fill('a: 1\n'), yaml, 40_000],
  ['settings of depth', fill('['), yaml, 8_000],
  ['settings of blanks', (size) => `port:${fill(' ')(size)}`, yaml, 200_000],
  ['a sentence', fill('show me the door and '), (text) => parseIntent(text, CAMERAS), 200_000],
  ['a page address', fill('/a'), parseRoute, 200_000],
];

const annexB =
  (fillWith: readonly number[]) =>
  (size: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at + fillWith.length <= size; at += fillWith.length) bytes.set(fillWith, at);
    return bytes;
  };

describe('work grows with the input, not with its square', () => {
  // Quadratic is 8. The machine is shared: a wrong measurement is measured again, a wrong loop stays wrong.
  const expectLinear = (measure: () => number): void => {
    const ratios = [];
    for (let round = 0; round < 4; round += 1) {
      const ratio = measure();
      if (ratio < MOST_GROWTH) return;
      ratios.push(ratio);
    }
    expect.fail(
      `${ratios.map((ratio) => ratio.toFixed(1)).join(', ')} times the work of as many bytes in eight inputs`,
    );
  };

  it('and a loop within a loop is seen', () => {
    const quadratic: Text = (text) => {
      let found = 0;
      for (let at = 0; at < text.length; at += 1) found += text.indexOf('b', at);
      return found;
    };
    // The machine is shared here, too: it only has to be seen once.
    const isSeen = Array.from({ length: 4 }).some(() => growth(fill('a'), quadratic, 80_000) > MOST_GROWTH);
    expect(isSeen).toBe(true);
  });

  it.each(ROWS)('%s', (_name, inputOf, run, size) => {
    expectLinear(() => growth(inputOf, run, size));
  });

  it.each([
    ['h264', 24, [0]],
    ['h264', 24, [0, 1, 9]],
    ['h265', 48 << 1, [0]],
    ['h265', 48 << 1, [0, 3, 2, 1, 9]],
  ] as const)('an aggregate of %s, of type %i and units of %j', (codec, type, units) => {
    const payload = (size: number): Uint8Array => Uint8Array.of(type, 1, ...annexB(units)(size), 9);
    expectLinear(() =>
      growth(payload, (bytes: Uint8Array) => new NalDepacketizer(codec).push(bytes, new NalBuffer()), 65_000),
    );
  });

  it.each([
    ['zeros', [0]],
    ['start codes', [0, 0, 1]],
    ['empty NAL units', [0, 0, 0, 1]],
    ['slices', [0, 0, 1, 0x65, 0x88]],
    ['parameter sets', [0, 0, 1, 0x67, 0x64, 0, 0x0a, 0xac]],
    ['pictures that begin anew', [0, 0, 1, 0x09, 0x10, 0, 0, 1, 0x41, 0x9a]],
  ])('Annex B of %s', (_name, pattern) => {
    expectLinear(() => growth(annexB(pattern), splitAnnexB, 600_000));
    expectLinear(() => growth(annexB(pattern), (bytes: Uint8Array) => accessUnitsOf('h264', bytes), 600_000));
  });
});
