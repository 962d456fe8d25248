import type { LookedStream } from '@sealcam/home';
import { millis } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { awayWords, formatWords, lossWords, overWords, placesWords, rateWords } from './camera-words.ts';

const STREAM: LookedStream = {
  ...{ which: 'main', state: 'live', sinceMs: millis(1), code: '', video: 'H.264 High 4.0', width: 1920, height: 1080 },
  ...{ transport: 'TCP', picturesPerMinute: 900, keyframeEveryMs: 2_000, kbitPerSecond: 1_500, overMs: 86_400_000 },
  ...{ pictures: 1_296_000, broken: 0, skipped: 0, lostPackets: 0, strayBytes: 0, goneMs: 0, gone: [] },
};

it('says what a stream sends', () => {
  expect(formatWords(STREAM)).toBe('H.264 High 4.0 · 1920 × 1080');
  expect(rateWords(STREAM)).toBe('15 pictures a second · a full one every 2 s · 1,500 kbit/s · TCP');
  const slow = { ...STREAM, picturesPerMinute: 12, keyframeEveryMs: 40_400, kbitPerSecond: 9, transport: 'UDP' };
  expect(rateWords(slow)).toBe('12 pictures a minute · a full one every 40 s · 9 kbit/s · UDP');
  expect(rateWords({ ...STREAM, picturesPerMinute: 60, keyframeEveryMs: 0 })).toBe(
    '1 picture a second · 1,500 kbit/s · TCP',
  );
});

it('says nothing of a stream that sent nothing', () => {
  expect([formatWords({ ...STREAM, video: '' }), rateWords({ ...STREAM, picturesPerMinute: 0 })]).toEqual([
    undefined,
    undefined,
  ]);
});

it('says what was lost, over how long', () => {
  expect([overWords(STREAM), lossWords(STREAM)]).toEqual(['last 24 hours', '1,296,000 pictures, all whole']);
  const odd = { ...STREAM, overMs: 40 * 60_000, broken: 12, lostPackets: 30, strayBytes: 5 };
  expect(overWords(odd)).toBe('last 40 minutes');
  expect(lossWords(odd)).toBe('1,296,000 pictures, 12 not whole, 30 packets lost, 5 stray bytes');
});

it('says how often and why it was away', () => {
  expect(awayWords(STREAM)).toEqual([]);
  const gone = [
    { code: 'rtsp.silent', count: 2 },
    { code: 'of.tomorrow', count: 1 },
  ];
  expect(awayWords({ ...STREAM, gone, goneMs: 250_000 })).toEqual([
    'Away 3 times, 4 minutes in all.',
    '2 times: The camera answered but sends no picture.',
    'once: of.tomorrow',
  ]);
  expect([placesWords('unknown'), placesWords('one')]).toEqual([undefined, 'one stream at a time']);
});
