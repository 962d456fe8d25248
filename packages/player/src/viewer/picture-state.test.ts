import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBlank, pictureState, type PictureFacts } from './picture-state.ts';

const nowMs = 100_000;
const wallMs = 1_795_000_000_000;
const agentNowUs = wallMs * 1000;
const live: PictureFacts = {
  openedAtMs: nowMs - 60_000,
  openedSinceMs: wallMs - 60_000,
  isStill: false,
  device: { online: true, sinceMs: wallMs - 60_000 },
  home: { online: true, sinceMs: wallMs - 60_000 },
  alarm: undefined,
  sealed: { toUs: true, sinceMs: wallMs - 60_000 },
  cut: undefined,
  partner: undefined,
  camera: undefined,
  foreign: undefined,
  painted: { captureUs: agentNowUs - 80_000, atMs: nowMs - 20, aboveFloor: true },
  proven: true,
  agentNowUs,
};
const state = (changes: Partial<PictureFacts>) => pictureState({ ...live, ...changes }, nowMs, wallMs);
const paintedAgo = (ms: number): Partial<PictureFacts> => ({
  painted: { captureUs: agentNowUs - ms * 1000, atMs: nowMs - ms, aboveFloor: true },
});
const never: Partial<PictureFacts> = { painted: undefined };
const justOpened: Partial<PictureFacts> = { openedAtMs: nowMs - 100, openedSinceMs: wallMs - 100 };

describe('live', () => {
  test("is a fresh picture that is proven new, with its age by the agent's clock", () => {
    expect(state({})).toEqual({ state: 'live', ageMs: 80 });
  });

  test('is never said without an answer of the agent, below the floor, or of a picture over 5 s old', () => {
    const painted = { captureUs: agentNowUs - 5_001_000, atMs: nowMs - 20, aboveFloor: true };
    expect(state({ proven: false })).toMatchObject({ state: 'late', why: 'unproven' });
    expect(state({ agentNowUs: undefined })).toMatchObject({ state: 'late', why: 'unproven' });
    expect(state({ painted: { captureUs: agentNowUs, atMs: nowMs, aboveFloor: false } })).toMatchObject({
      state: 'late',
      why: 'unproven',
    });
    expect(state({ painted })).toEqual({ state: 'late', ageMs: 5_001, why: 'old-frames' });
  });

  test('whatever else is known: it needs all of proof, floor, a good frame within 3 s and an age of at most 5 s', () => {
    const facts = fc.record({
      proven: fc.boolean(),
      device: fc.record({ online: fc.boolean(), sinceMs: fc.constant(wallMs) }),
      home: fc.option(fc.record({ online: fc.boolean(), sinceMs: fc.constant(wallMs) }), { nil: undefined }),
      sealed: fc.record({ toUs: fc.boolean(), sinceMs: fc.constant(wallMs) }),
      isStill: fc.boolean(),
      foreign: fc.option(fc.record({ atMs: fc.nat(nowMs), sinceMs: fc.constant(wallMs) }), { nil: undefined }),
      agentNowUs: fc.option(fc.constant(agentNowUs), { nil: undefined }),
      painted: fc.option(
        fc.record({
          captureUs: fc.nat(20_000).map((ms) => agentNowUs - ms * 1000),
          atMs: fc.nat(20_000).map((ms) => nowMs - ms),
          aboveFloor: fc.boolean(),
        }),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(facts, (changes) => {
        const { proven, painted, sealed, isStill } = changes;
        if (state(changes).state !== 'live') return;
        expect(proven && sealed.toUs && !isStill && painted?.aboveFloor).toBe(true);
        expect(nowMs - (painted?.atMs ?? 0)).toBeLessThanOrEqual(3_000);
        expect(agentNowUs - (painted?.captureUs ?? 0)).toBeLessThanOrEqual(5_000_000);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a picture that stops', () => {
  test('is grey with its age after 3 s, blank with the reason after 15 s', () => {
    expect(state(paintedAgo(3_000)).state).toBe('live');
    expect(state(paintedAgo(3_001))).toEqual({ state: 'late', ageMs: 3_001, why: 'no-frames' });
    expect(state(paintedAgo(15_000)).state).toBe('late');
    expect(state(paintedAgo(15_001))).toEqual({ state: 'gone', sinceMs: wallMs - 15_001, code: undefined });
  });

  test('says whose connection is gone', () => {
    const offline = { online: false, sinceMs: 7 };
    expect(state({ ...paintedAgo(15_001), device: offline })).toEqual({ state: 'offline', why: 'device', sinceMs: 7 });
    expect(state({ ...paintedAgo(15_001), home: offline })).toEqual({ state: 'offline', why: 'home', sinceMs: 7 });
    expect(state({ ...paintedAgo(4_000), device: offline })).toMatchObject({ state: 'late' });
    expect(state({ ...never, ...justOpened, device: offline })).toMatchObject({ state: 'offline', why: 'device' });
  });
});

describe('a connection that is known to be gone', () => {
  const gone = { online: false, sinceMs: 7 };
  const cases = [
    ['home', { home: gone }],
    ['device', { device: gone }],
  ] as const;

  test.each(cases)(
    '(%s) is said within a second, over the picture and its age; it is no poor connection',
    (why, away) => {
      expect(state({ ...away, ...paintedAgo(501) })).toEqual({ state: 'late', ageMs: 501, why });
      expect(state({ ...away, ...paintedAgo(14_000) })).toEqual({ state: 'late', ageMs: 14_000, why });
      expect(state({ ...away, ...paintedAgo(15_001) })).toEqual({ state: 'offline', why, sinceMs: 7 });
    },
  );

  test.each(cases)('(%s) is said at once to who opens a camera then', (why, away) => {
    expect(state({ ...away, ...never, ...justOpened })).toEqual({ state: 'offline', why, sinceMs: 7 });
    const kept = (ageMs: number) => ({ captureUs: agentNowUs - ageMs * 1000, atMs: nowMs, aboveFloor: false });
    expect(state({ ...away, ...justOpened, painted: kept(6_000) })).toEqual({ state: 'late', ageMs: 6_000, why });
    expect(state({ ...away, ...justOpened, painted: kept(15_001) })).toEqual({ state: 'offline', why, sinceMs: 7 });
  });

  test('is no time of 1970 where the relay never saw the home', () => {
    expect(state({ home: { online: false, sinceMs: 0 }, ...never })).toMatchObject({ sinceMs: undefined });
  });

  test('is not believed while good frames come', () => {
    expect(state({ home: gone }).state).toBe('live');
  });
});

describe('opening', () => {
  test('until the first picture, and until it is proven new; not for ever', () => {
    expect(state({ ...never, ...justOpened })).toEqual({ state: 'opening', sinceMs: wallMs - 100 });
    expect(state({ ...justOpened, proven: false }).state).toBe('opening');
    expect(state({ ...never, openedAtMs: nowMs - 15_001 })).toEqual({
      state: 'gone',
      sinceMs: undefined,
      code: undefined,
    });
  });
});

describe('at once, whatever is painted', () => {
  test.each([
    ['private', { cut: { code: 'camera.private', sinceMs: 5 } }, { state: 'private', sinceMs: 5 }],
    ['not granted', { cut: { code: 'camera.not-granted', sinceMs: 5 } }, { state: 'not-sealed', sinceMs: 5 }],
    ['no key of ours', { sealed: { toUs: false, sinceMs: 5 } }, { state: 'not-sealed', sinceMs: 5 }],
    ...(['link', 'display', 'pair', 'partner', 'everything'] as const).map(
      (width) =>
        [
          `suspended: ${width}`,
          { cut: { code: `suspended.${width}`, sinceMs: 5 } },
          { state: 'suspended', width, sinceMs: 5 },
        ] as const,
    ),
    ['lease', { cut: { code: 'lease.expired', sinceMs: 5 } }, { state: 'gone', sinceMs: 5, code: 'lease.expired' }],
    ['quota', { cut: { code: 'quota.cameras', sinceMs: 5 } }, { state: 'gone', sinceMs: 5, code: 'quota.cameras' }],
    ['disk', { cut: { code: 'store.full', sinceMs: 5 } }, { state: 'gone', sinceMs: 5, code: 'store.full' }],
    [
      'elsewhere',
      { alarm: { code: 'roster.elsewhere', sinceMs: 5 } },
      { state: 'refused', sinceMs: 5, code: 'roster.elsewhere' },
    ],
    ['fork', { alarm: { code: 'roster.forked', sinceMs: 5 } }, { state: 'refused', sinceMs: 5, code: 'roster.forked' }],
  ] as const)('%s', (_name, changes, expected) => {
    expect(state(changes)).toEqual(expected);
    expect(isBlank(state(changes))).toBe(true);
  });

  test('the partner is named where that is what is stopped, and nowhere else', () => {
    const partner = 'fixture';
    const cut = (width: 'partner' | 'pair') => ({ code: `suspended.${width}`, sinceMs: 5 }) as const;
    expect(state({ cut: cut('partner'), partner })).toEqual({
      state: 'suspended',
      width: 'partner',
      sinceMs: 5,
      partner,
    });
    expect(state({ cut: cut('pair'), partner })).toEqual({ state: 'suspended', width: 'pair', sinceMs: 5 });
    expect(state({ partner })).toMatchObject({ state: 'live' });
  });

  test('what the agent says of its camera, unless a newer picture is there', () => {
    const sinceMs = wallMs - 10;
    expect(
      state({ camera: { state: 'gone', sinceMs, everyMs: 0, code: 'rtsp.password', awaited: undefined } }),
    ).toEqual({
      state: 'gone',
      sinceMs,
      code: 'rtsp.password',
    });
    expect(state({ camera: { state: 'private', sinceMs, everyMs: 0, code: undefined, awaited: undefined } })).toEqual({
      state: 'private',
      sinceMs,
    });
    expect(
      state({ ...never, camera: { state: 'asleep', sinceMs, everyMs: 0, code: undefined, awaited: undefined } }),
    ).toEqual({
      state: 'asleep',
      sinceMs,
    });
    expect(
      state({ camera: { state: 'gone', sinceMs: wallMs - 1_000, everyMs: 0, code: undefined, awaited: undefined } })
        .state,
    ).toBe('live');
    expect(state({ camera: { state: 'live', sinceMs, everyMs: 0, code: undefined, awaited: undefined } }).state).toBe(
      'live',
    );
  });
});

describe('a slow camera, by its agent’s word', () => {
  const every = (everyMs: number): Partial<PictureFacts> => ({
    camera: { state: 'live', sinceMs: wallMs - 60_000, everyMs, code: undefined, awaited: undefined },
  });

  test('is grey with its age between two pictures, and blank after two and a half of its gaps', () => {
    expect(state({ ...every(20_000), ...paintedAgo(3_000) }).state).toBe('live');
    expect(state({ ...every(20_000), ...paintedAgo(19_000) })).toEqual({
      ...{ state: 'late', ageMs: 19_000, why: 'slow', everyMs: 20_000 },
    });
    expect(state({ ...every(20_000), ...paintedAgo(50_000) }).state).toBe('late');
    expect(state({ ...every(20_000), ...paintedAgo(50_001) }).state).toBe('gone');
    expect(state({ ...every(4_000), ...paintedAgo(15_001) }).state).toBe('gone');
  });

  test('keeps no picture longer than two and a half minutes, whatever the word is', () => {
    expect(state({ ...every(0xffff_ffff), ...paintedAgo(150_000) }).state).toBe('late');
    expect(state({ ...every(0xffff_ffff), ...paintedAgo(150_001) }).state).toBe('gone');
  });

  test('is waited for as long when it is opened', () => {
    const opened = { ...never, openedAtMs: nowMs - 40_000 };
    expect(state({ ...every(20_000), ...opened }).state).toBe('opening');
    expect(state({ ...every(0), ...opened }).state).toBe('gone');
  });
});

describe('a camera that is waited for', () => {
  const sinceMs = wallMs - 4_000;
  const waiting = (awaited: 'keyframe' | 'whole'): Partial<PictureFacts> => ({
    camera: { state: 'waiting', sinceMs, everyMs: 40_000, code: undefined, awaited },
  });

  test('is said to be, with what is waited for', () => {
    const words = { state: 'waiting', sinceMs, everyMs: 40_000, awaited: 'keyframe' };
    expect(state({ ...waiting('keyframe'), ...never })).toEqual(words);
    expect(state({ ...waiting('keyframe'), ...paintedAgo(15_001) })).toEqual(words);
    expect(isBlank(state({ ...waiting('keyframe'), ...never }))).toBe(true);
  });

  test('keeps the picture before as long as any other would stay, with the reason', () => {
    expect(state({ ...waiting('whole'), ...paintedAgo(14_000) })).toMatchObject({ state: 'late', why: 'lost' });
    expect(state({ ...waiting('keyframe'), ...paintedAgo(14_000) })).toMatchObject({ state: 'late', why: 'waking' });
    expect(state({ ...waiting('keyframe'), ...paintedAgo(1_000) }).state).toBe('live');
  });
});

describe('a picture that is not ours', () => {
  const foreign = { atMs: nowMs - 10, sinceMs: wallMs - 10 };

  test('takes the screen where there is no good one, and leaves it with the next good one', () => {
    expect(state({ ...never, ...justOpened, foreign })).toEqual({
      state: 'refused',
      sinceMs: wallMs - 10,
      code: 'seal.foreign',
    });
    expect(state({ ...paintedAgo(1_200), foreign }).state).toBe('refused');
    expect(state({ foreign: { ...foreign, atMs: nowMs - 21 } }).state).toBe('live');
  });

  test('between good frames costs no picture', () => {
    expect(state({ foreign }).state).toBe('live');
  });
});

test('a still shows its age, never live, and stays', () => {
  expect(state({ isStill: true })).toEqual({ state: 'late', ageMs: 80, why: 'still' });
  expect(state({ isStill: true, ...paintedAgo(3_600_000), device: { online: false, sinceMs: 1 } })).toMatchObject({
    why: 'still',
    ageMs: 3_600_000,
  });
  expect(state({ isStill: true, ...never, ...justOpened }).state).toBe('opening');
});
