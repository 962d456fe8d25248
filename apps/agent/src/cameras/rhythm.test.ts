import { describe, expect, it } from 'vitest';
import { Rhythm } from './rhythm.ts';

/** A camera that sends a picture every so many ms. */
function learned(everyMs: number, count: number, keyframeEach = 1): Rhythm {
  const rhythm = new Rhythm();
  for (let i = 1; i <= count; i += 1) {
    rhythm.packet(i * everyMs, everyMs);
    rhythm.picture(i * everyMs, i % keyframeEach === 0);
  }
  return rhythm;
}

describe('the rhythm of a camera', () => {
  it('of fifteen pictures a second: silent after 4 s, or 20 s if it answers', () => {
    const rhythm = learned(67, 30);
    expect([rhythm.silenceMs, rhythm.longestSilenceMs]).toEqual([4_000, 20_000]);
  });

  it('that is not known yet: 4 s without an answer, a minute with one', () => {
    expect([new Rhythm().silenceMs, new Rhythm().longestSilenceMs]).toEqual([4_000, 60_000]);
    expect(learned(67, 9).longestSilenceMs).toBe(60_000);
  });

  it('of a picture in five seconds: silent after two and a half of its gaps and a second', () => {
    expect(learned(5_000, 12).silenceMs).toBe(13_500);
    expect(learned(60_000, 12).silenceMs).toBe(60_000);
  });

  it('says how often a slow camera sends, and nothing of others, nor of one pause', () => {
    expect([learned(67, 30).slowEveryMs, learned(1_900, 9).slowEveryMs, learned(5_000, 2).slowEveryMs]).toEqual([
      0, 0, 5_000,
    ]);
    const paused = learned(67, 30);
    paused.picture(30 * 67 + 6_000, true);
    expect(paused.slowEveryMs).toBe(0);
  });

  it('is forgotten some minutes after it has changed', () => {
    const rhythm = learned(5_000, 12);
    rhythm.packet(60_000 + 300_001, 600);
    expect(rhythm.silenceMs).toBe(13_500);
    rhythm.packet(60_000 + 600_003, 600);
    expect(rhythm.silenceMs).toBe(4_000);
  });

  it('of keyframes: from one to the next over one connection, and a full picture is waited for by it', () => {
    const rhythm = learned(1_000, 80, 40);
    expect([rhythm.keyframeEveryMs, rhythm.noPictureMs]).toEqual([40_000, 100_000]);
    rhythm.interrupted();
    rhythm.picture(500_000, true);
    expect(rhythm.keyframeEveryMs).toBe(40_000);
    expect(new Rhythm().noPictureMs).toBe(90_000);
    expect(learned(1_000, 400, 200).noPictureMs).toBe(180_000);
  });
});
