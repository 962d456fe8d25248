import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aacCapture, h264Capture } from './fixtures/captures.ts';
import { MediaError } from './media-error.ts';
import { parseSdp, resolveControl } from './sdp.ts';
import { describeTracks } from './track.ts';

/** As a common camera sends it: sprop sets, trackID controls, sound and a metadata stream. */
const CAMERA = [
  'v=0',
  'o=- 1109162014219182 1109162014219192 IN IP4 192.168.1.64',
  's=Media Presentation',
  'a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/',
  'm=video 0 RTP/AVP 96',
  'a=control:trackID=1',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z2QAKKzZQHgCJ+XAWoCAgKAAAAMAIAAABkHjBjLA,aOvjyyLA',
  'm=audio 0 RTP/AVP 8',
  'a=control:trackID=2',
  'm=application 0 RTP/AVP 107',
  'a=rtpmap:107 vnd.onvif.metadata/90000',
].join('\r\n');

describe('tracks', () => {
  test("a camera's picture and sound are found with their controls and parameter sets", () => {
    const sdp = parseSdp(CAMERA);
    const { video, audio, unsupported } = describeTracks(sdp);
    expect(sdp.control).toBe('rtsp://192.168.1.64:554/Streaming/Channels/101/');
    expect(video).toMatchObject({ codec: 'h264', payloadType: 96, clockRate: 90_000, control: 'trackID=1' });
    expect(video?.parameterSets.map((set) => set[0])).toEqual([0x67, 0x68]);
    expect(audio).toMatchObject({
      codec: 'pcma',
      payloadType: 8,
      control: 'trackID=2',
      config: { sampleRate: 8000, channels: 1 },
    });
    expect(unsupported).toEqual([]);
  });

  test('H.265 sets come in the order VPS, SPS, PPS, whatever the order of the parameters', () => {
    const fmtp = 'a=fmtp:98 sprop-pps=RAE=;sprop-sps=QgE=;sprop-vps=QAE=;sprop-max-don-diff=0';
    const { video } = describeTracks(parseSdp(`m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\n${fmtp}`));
    expect(video).toMatchObject({ codec: 'h265', donPresent: false });
    expect(video?.parameterSets.map((set) => set[0]! >> 1)).toEqual([32, 33, 34]);
  });

  test('AAC takes rate and channels from its config, and makes one where it is missing', () => {
    expect(describeTracks(parseSdp(aacCapture.sdp)).audio?.config).toMatchObject({
      codecString: 'mp4a.40.2',
      sampleRate: 16_000,
      channels: 1,
    });
    const bare = 'm=audio 0 RTP/AVP 97\na=rtpmap:97 mpeg4-generic/44100/2\na=fmtp:97 mode=AAC-hbr';
    const { audio } = describeTracks(parseSdp(bare));
    expect(audio).toMatchObject({
      auHeader: { sizeBits: 13, indexBits: 3, deltaBits: 3 },
      config: { sampleRate: 44_100, channels: 2 },
    });
    expect([...(audio?.config.asc ?? [])]).toEqual([0x12, 0x10]);
  });

  test('what cannot be carried is named', () => {
    const sdp =
      'm=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 97\na=rtpmap:97 MP4A-LATM/16000\nm=audio 0 RTP/AVP 98\na=rtpmap:98 mpeg4-generic/16000\na=fmtp:98 config=zz';
    expect(describeTracks(parseSdp(sdp))).toEqual({
      unsupported: ['video/jpeg', 'audio/mp4a-latm', 'audio/mpeg4-generic'],
      beside: ['sound as MP4A-LATM', 'sound as MPEG4-GENERIC'],
    });
  });

  test('a control that would break a request line makes its track unusable', () => {
    const sdp = 'm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:x RTSP/1.0';
    expect(describeTracks(parseSdp(sdp))).toEqual({ unsupported: ['video/h264'], beside: [] });
  });

  test('parameter sets that are not base64 count as absent', () => {
    const fmtp = 'sprop-parameter-sets=Z2Q*,aO4=,,';
    const { video } = describeTracks(parseSdp(`m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 ${fmtp}`));
    expect(video?.parameterSets.map((set) => [...set])).toEqual([[0x68, 0xee]]);
  });
});

describe('controls', () => {
  test.each([
    ['rtsp://c/live', 'trackID=1', 'rtsp://c/live/trackID=1'],
    ['rtsp://c/live/', 'trackID=1', 'rtsp://c/live/trackID=1'],
    ['rtsp://c/live/', '/trackID=1', 'rtsp://c/live/trackID=1'],
    ['rtsp://c/cam?channel=1&subtype=0', 'trackID=0', 'rtsp://c/cam?channel=1&subtype=0/trackID=0'],
    ['rtsp://c/live', 'rtsp://c:554/live/video', 'rtsp://c:554/live/video'],
    ['rtsp://c/live', '*', 'rtsp://c/live'],
    ['rtsp://c/live', undefined, 'rtsp://c/live'],
    ['rtsp://c/live', '?stream=2', 'rtsp://c/live?stream=2'],
  ])('%s with %s is %s', (base, control, whole) => {
    expect(resolveControl(base, control)).toBe(whole);
  });
});

describe('hostile descriptions', () => {
  test('a web page, an endless text and endless lines are refused', () => {
    for (const text of [
      '',
      '<html><body>404</body></html>',
      `v=0\n${'a'.repeat(70_000)}`,
      'v=0\n'.repeat(2000),
      'm=video 0 RTP/AVP 96\n'.repeat(40),
    ]) {
      expect(() => parseSdp(text)).toThrow(MediaError);
    }
  });

  test('any mutation gives tracks or a MediaError, nothing else', () => {
    const line = fc.oneof(
      fc.constantFrom(...CAMERA.split('\r\n'), ...h264Capture.sdp.split('\n'), ...aacCapture.sdp.split('\n')),
      fc.string({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom('m=', 'a=rtpmap:', 'a=fmtp:', 'a=control:'), fc.string({ maxLength: 60 }))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        try {
          const tracks = describeTracks(parseSdp(lines.join('\n')));
          expect(tracks.video?.control ?? '').toMatch(/^[\x21-\x7e]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test.each<[string, string, string | undefined, string[]]>([
  [
    'a back channel first',
    'm=audio 0 RTP/AVP 0\na=sendonly\na=control:back\nm=audio 0 RTP/AVP 8\na=recvonly\na=control:mic',
    'pcma',
    ['a way to talk back'],
  ],
  ['a back channel alone', 'm=audio 0 RTP/AVP 0\na=sendonly', undefined, ['a way to talk back']],
  ['ONVIF metadata', 'm=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000', undefined, ['ONVIF data']],
  ['a second video', 'm=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000', undefined, ['a second video']],
  ['G.726', 'm=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000', undefined, ['sound as G.726']],
  ['L16', 'm=audio 0 RTP/AVP 97\na=rtpmap:97 L16/16000', undefined, ['sound as uncompressed samples (L16)']],
  ['G.711 at 16 kHz', 'm=audio 0 RTP/AVP 97\na=rtpmap:97 PCMA/16000', 'pcma', []],
])('beside the video: %s', (_what, lines, sound, beside) => {
  const tracks = describeTracks(parseSdp(`v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:v\n${lines}`));
  expect([tracks.video?.control, tracks.audio?.codec, tracks.beside]).toEqual(['v', sound, beside]);
});

test('a camera that calls its own pictures and sound sendonly means that it sends', () => {
  const { audio } = describeTracks(
    parseSdp('m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=sendonly\nm=audio 0 RTP/AVP 0\na=sendonly'),
  );
  expect(audio?.codec).toBe('pcmu');
});
