import type { AccessUnit } from '@sealcam/media';
import { describe, expect, it } from 'vitest';
import { Logbook } from './logbook.ts';

const HOUR_MS = 3_600_000;
const WALL_MS = 1_795_000_000_000;
const nothing = { broken: 0, skipped: 0, lost: 0, strayBytes: 0, ignoresClock: false };

const picture = (keyframe = false): AccessUnit => ({
  ...{ codec: 'h264', keyframe, captureUs: 0, durationUs: 0, discontinuity: false },
  data: new Uint8Array(1_000),
});

describe('the logbook of a stream', () => {
  it('says what came in the last minute: pictures, full ones, bits', () => {
    const book = new Logbook(1_000, WALL_MS);
    let nowMs = 1_000;
    // Ten pictures a second, every twentieth a full one, for two minutes; before that a much faster minute.
    for (let n = 0; n < 6_000; n += 1) book.unit(picture(), (nowMs += 10));
    for (let n = 0; n < 1_200; n += 1) book.unit(picture(n % 20 === 0), (nowMs += 100));
    const { picturesPerSecond, kbitPerSecond, keyframeEveryMs } = book.report(nowMs);
    expect(picturesPerSecond).toBeCloseTo(10, 0);
    expect(kbitPerSecond).toBeCloseTo(80, -1);
    expect(keyframeEveryMs).toBe(2_000);
    const later = book.report(nowMs + 60_000);
    expect([later.picturesPerSecond, later.kbitPerSecond]).toEqual([0, 0]);
  });

  it('adds up what was lost in the last day, and forgets what is older', () => {
    const book = new Logbook(0, WALL_MS);
    for (let hour = 0; hour < 30; hour += 1)
      book.health({ broken: 1, skipped: 4, lost: 2, strayBytes: 3, ignoresClock: false }, hour * HOUR_MS + 1);
    const { lastDay } = book.report(30 * HOUR_MS - 1);
    expect(lastDay).toMatchObject({ broken: 24, skipped: 96, lostPackets: 48, strayBytes: 72, overMs: 24 * HOUR_MS });
    expect(book.report(60 * HOUR_MS).lastDay.broken).toBe(0);
  });

  it('says over how long, where that is less than a day', () => {
    expect(new Logbook(5 * HOUR_MS, WALL_MS).report(7 * HOUR_MS).lastDay.overMs).toBe(2 * HOUR_MS);
  });

  it('counts how often the pictures went away, why, and for how long; another reason meanwhile is not another time', () => {
    const book = new Logbook(0, WALL_MS);
    book.state({ state: 'live', sinceMs: WALL_MS }, 1_000);
    book.state({ state: 'gone', code: 'rtsp.silent', sinceMs: WALL_MS }, 10_000);
    book.state({ state: 'gone', code: 'rtsp.unreachable', sinceMs: WALL_MS }, 14_000);
    book.state({ state: 'live', sinceMs: WALL_MS }, 30_000);
    book.state({ state: 'gone', code: 'rtsp.silent', sinceMs: WALL_MS }, 40_000);
    const { lastDay, state } = book.report(45_000);
    expect([...lastDay.gone]).toEqual([['rtsp.silent', 2]]);
    expect([lastDay.goneMs, state.state]).toEqual([25_000, 'gone']);
    expect(book.report(100 * HOUR_MS).lastDay.goneMs).toBe(24 * HOUR_MS);
  });

  it('keeps no more than a day of hours and a minute of seconds, however long it runs', () => {
    const book = new Logbook(0, WALL_MS);
    for (let n = 0; n < 20_000; n += 1) {
      book.unit(picture(), n * 60_000);
      book.health(nothing, n * 60_000);
    }
    expect(book.kept).toEqual({ hours: 24, slots: 1 });
  });
});
