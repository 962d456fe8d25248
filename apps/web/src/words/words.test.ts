import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalModel } from '@sealcam/protocol';
import { counted, dateTime, listed, longAge, shortAge } from './ages.ts';
import { declaredWords, shownModel } from './models.ts';
import { pictureWords, type BoxState } from './picture-words.ts';

describe('the end of a time', () => {
  it('has its date, today as well', () => {
    const morning = new Date(2026, 10, 16, 0, 43).getTime();
    expect(dateTime(morning, 'en-GB')).toBe('16 Nov, 00:43');
    expect(dateTime(Date.now(), 'en-GB')).toMatch(/^\d+ [A-Z][a-z]+, \d\d:\d\d$/u);
  });
});

describe('an age', () => {
  it.each([
    [0, '0 s', '0 seconds'],
    [1_999, '1 s', '1 second'],
    [59_999, '59 s', '59 seconds'],
    [60_000, '1 min', '1 minute'],
    [12 * 60_000, '12 min', '12 minutes'],
    [26 * 3_600_000, '26 h', '26 hours'],
    [72 * 3_600_000, '3 d', '3 days'],
    [-5, '0 s', '0 seconds'],
  ])('of %d ms is "%s"', (ms, short, long) => {
    expect(shortAge(ms)).toBe(short);
    expect(longAge(ms)).toBe(long);
  });

  it('is never said to be more than it is', () => {
    const unit = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
    fc.assert(
      fc.property(fc.nat(10 ** 10), (ms) => {
        const [count, name] = shortAge(ms).split(' ');
        expect(Number(count) * unit[name as keyof typeof unit]).toBeLessThanOrEqual(ms);
      }),
    );
  });

  it('and lists read as people say them', () => {
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listed(['a', 'b'], 'or')).toBe('a or b');
    expect(counted(1, 'camera')).toBe('1 camera');
    expect(counted(4, 'camera')).toBe('4 cameras');
  });
});

const NOW = 1_800_000_000_000;
const STATES: readonly BoxState[] = [
  { state: 'opening', sinceMs: NOW },
  { state: 'live', ageMs: 40 },
  ...(['no-frames', 'old-frames', 'unproven', 'still', 'lost', 'waking'] as const).map(
    (why) => ({ state: 'late', ageMs: 720_000, why }) as const,
  ),
  { state: 'late', ageMs: 720_000, why: 'slow', everyMs: 5_000 },
  ...(['answer', 'packet', 'keyframe', 'whole'] as const).flatMap((awaited) =>
    [0, 40_000].map((everyMs) => ({ state: 'waiting', sinceMs: NOW, awaited, everyMs }) as const),
  ),
  { state: 'asleep', sinceMs: NOW },
  { state: 'gone', sinceMs: NOW, code: 'rtsp.password' },
  { state: 'gone', sinceMs: undefined, code: undefined },
  { state: 'private', sinceMs: NOW },
  { state: 'gone', sinceMs: NOW, code: 'store.full' },
  { state: 'refused', sinceMs: NOW, code: 'roster.forked' },
  { state: 'refused', sinceMs: NOW, code: 'roster.elsewhere' },
  { state: 'refused', sinceMs: NOW, code: 'seal.foreign' },
  ...(['link', 'display', 'pair', 'partner', 'everything'] as const).map(
    (width) => ({ state: 'suspended', width, sinceMs: NOW }) as const,
  ),
  { state: 'not-sealed', sinceMs: NOW },
  { state: 'offline', why: 'device', sinceMs: NOW },
  { state: 'offline', why: 'home', sinceMs: undefined },
  { state: 'unplayable', why: 'codec' },
];

describe('the words of a picture', () => {
  const words = (state: BoxState, stillAgeMs?: number) =>
    pictureWords({ name: 'Porch', state, stillAgeMs, nowMs: NOW });

  it('are there in every state, and only a live one is called live', () => {
    for (const state of STATES) {
      for (const still of [undefined, 240_000]) {
        const said = words(state, still);
        expect(said.spoken).toContain('Porch');
        expect(said.edge ?? said.blank?.says).toBeTruthy();
        expect(/\blive\b/i.test(`${said.spoken} ${said.edge ?? ''}`)).toBe(state.state === 'live');
      }
    }
  });

  it('are those of the table', () => {
    expect(words({ state: 'live', ageMs: 40 }).spoken).toBe('Porch, live');
    expect(words({ state: 'late', ageMs: 720_000, why: 'still' }).spoken).toBe('Porch, 12 minutes old');
    expect(words({ state: 'late', ageMs: 5_000, why: 'old-frames' }).edge).toBe('5 s behind, poor connection');
    expect(words({ state: 'late', ageMs: 5_000, why: 'home' }).edge).toBe('5 s behind, your home is not connected');
    expect(words({ state: 'late', ageMs: 5_000, why: 'device' }).edge).toBe('5 s behind, this screen is not connected');
    expect(words({ state: 'opening', sinceMs: NOW }, 240_000).edge).toBe('4 min ago · opening…');
    expect(words({ state: 'late', ageMs: 4_000, why: 'slow', everyMs: 5_000 }).edge).toBe('4 s ago · sends every 5 s');
    expect(words({ state: 'waiting', sinceMs: NOW, awaited: 'keyframe', everyMs: 40_000 }).blank).toEqual({
      says: 'Porch is awake and sends.',
      then: 'Its next full picture comes within about 40 seconds.',
    });
    expect(words({ state: 'waiting', sinceMs: NOW, awaited: 'answer', everyMs: 0 }, 240_000).edge).toBe(
      '4 min ago · waking up…',
    );
    expect(words({ state: 'private', sinceMs: NOW }).blank?.says).toBe('Privacy is on. Nobody can see Porch.');
    expect(words({ state: 'not-sealed', sinceMs: NOW }).blank).toEqual({
      says: 'This display may not see Porch.',
      then: 'Ask an admin.',
    });
    expect(words({ state: 'gone', sinceMs: undefined, code: 'rtsp.password' }).blank?.says).toBe(
      'Porch has not answered.',
    );
    expect(words({ state: 'gone', sinceMs: undefined, code: 'quota.cameras' }).blank).toEqual({
      says: 'There is no picture of Porch.',
      then: 'This relay carries no more cameras for your home. Ask its operator.',
    });
    expect(words({ state: 'gone', sinceMs: NOW, code: 'store.full' }).blank).toMatchObject({
      says: expect.stringMatching(/^There is no picture of Porch since /) as string,
      then: 'The disk of the computer with Sealcam’s relay is full. The picture comes by itself once there is room.',
    });
    expect(words({ state: 'refused', sinceMs: NOW, code: 'roster.forked' }).blank).toEqual({
      says: 'Two different lists of members exist. Nothing is shown until an admin has decided.',
      then: 'Ask an admin to open Devices in Sealcam, and to decide which list to keep.',
    });
    expect(words({ state: 'refused', sinceMs: NOW, code: 'seal.foreign' }).blank?.says).toContain(
      'We have reported it.',
    );
  });
});

describe('models and routes', () => {
  it('get their shape back', () => {
    expect(shownModel(normalModel('  Lenovo  TAB m10 '))).toBe('Lenovo Tab M10');
    expect(shownModel('reolink rlc-520a')).toBe('Reolink RLC-520A');
    expect(shownModel('')).toBe('');
    expect(declaredWords({ model: '', route: 'sealed' })).toEqual([]);
    expect(declaredWords({ model: 'nest hub', route: 'fixture' })).toEqual(['Nest Hub', 'a display of Fixture']);
  });

  it('of every suspension say what is paused, since when, and what still works', () => {
    const words = (['link', 'display', 'pair', 'partner', 'everything'] as const).map(
      (width) =>
        pictureWords({ name: 'Porch', state: { state: 'suspended', width, sinceMs: NOW }, stillAgeMs: 1, nowMs: NOW })
          .blank,
    );
    for (const blank of words) {
      expect(blank?.says).toMatch(/paused by the operator since \d/);
      expect(blank?.then).toMatch(/work|show/);
    }
    expect(new Set(words.map((blank) => blank?.says)).size).toBe(words.length);
    const state = { state: 'suspended', width: 'partner', sinceMs: NOW, partner: 'acme-home' } as const;
    const named = pictureWords({ name: 'Porch', state, stillAgeMs: 1, nowMs: NOW });
    expect(named.blank?.says).toMatch(/^Displays of Acme Home are paused by the operator since \d/);
    expect(named.spoken).toContain('Acme Home');
  });
});
