import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Report } from '../../apps/relay/src/exposure/report.ts';
import { exposureFile } from '../../apps/relay/src/exposure/files.ts';
import { SET_NAMES, type ExposureQuestion } from '../../apps/relay/src/exposure/exposure.ts';
import { histories, homeOf, kidOf, naive, questions, stored, type History } from './history.ts';

/** Runs `look` on a report of this history; the database is gone afterwards. */
async function reported<T>(history: History, question: ExposureQuestion, look: (report: Report) => T): Promise<T> {
  const db = await stored(history);
  try {
    return look(new Report(db, question));
  } finally {
    db.close();
  }
}

describe('an exposure report', () => {
  it('says of every history the same homes and frames as a naive count', async () => {
    await fc.assert(
      fc.asyncProperty(histories, questions, async (history, question) => {
        const expected = naive(history, question);
        await reported(history, question, (report) => {
          const sets = Object.fromEntries(SET_NAMES.map((name) => [name, report.homes(name)]));
          expect(sets).toEqual(expected.sets);
          const { delivered, shown, refused } = expected;
          expect(report.totals().frames).toEqual({ delivered, shown, refused });
          const rows = [...report.rows()];
          expect(rows.length).toBe(report.totals().rowCount);
          expect(rows.reduce((sum, row) => sum + row.delivered + row.claimed, 0)).toBe(delivered);
        });
      }),
      { numRuns: 300 },
    );
  });

  /** Home 1's display got ten frames of home 0; home 2 has the same pair; home 3 has another; home 4 was left open by a crash. */
  const mixUp: History = {
    keys: [0, 1, 2, 3, 4, 0].map((home) => ({ home, camera: 0 })),
    links: [0, 1, 2, 3, 4].map((home) => ({
      ...{ home, device: 0, camera: 0, cameraModel: 'xiaomi', displayModel: home === 3 ? 'frame' : 'hub' },
      ...{ route: 'sealed', beganMs: 0, endedMs: undefined, untilMs: 0 },
    })),
    viewings: [
      { home: 2, device: 0, camera: 0, atMs: 100, closed: true },
      { home: 4, device: 0, camera: 0, atMs: 100, closed: false },
    ],
    deliveries: [
      {
        kind: 'mark',
        home: 1,
        device: 0,
        camera: 0,
        key: 0,
        route: 'sealed',
        fromCtr: 5,
        count: 10,
        fromMs: 100,
        toMs: 200,
      },
      {
        kind: 'refused',
        home: 1,
        device: 0,
        camera: 0,
        key: 0,
        route: 'sealed',
        fromCtr: 5,
        count: 9,
        fromMs: 100,
        toMs: 200,
      },
      {
        kind: 'mark',
        home: 1,
        device: 0,
        camera: 0,
        key: 1,
        route: 'sealed',
        fromCtr: 0,
        count: 99,
        fromMs: 100,
        toMs: 200,
      },
    ],
  };
  const ofPair = { fromMs: 0, toMs: 1000, of: { pair: { cameraModel: 'xiaomi', displayModel: 'hub' } } } as const;

  it('tells who was, whose it was, and who could have been', async () => {
    const homes = await reported(mixUp, ofPair, (report) =>
      Object.fromEntries(SET_NAMES.map((name) => [name, report.homes(name)])),
    );
    expect(homes).toEqual({
      withBoth: [0, 1, 2, 4].map(homeOf),
      delivered: [homeOf(1)],
      shown: [],
      refused: [homeOf(1)],
      claimedOnly: [],
      owners: [homeOf(0)],
      leftOpen: [homeOf(4)],
      couldHave: [2, 4].map(homeOf),
    });
  });

  it('counts no canary home among the homes, and keeps what it saw among the rows', async () => {
    const db = await stored(mixUp);
    db.prepare('update homes set canary = 1 where home_id in (?, ?)').run(homeOf(1), homeOf(2));
    const report = new Report(db, ofPair);
    expect([report.homes('delivered'), report.homes('couldHave'), report.homes('owners')]).toEqual([
      [],
      [homeOf(4)],
      [homeOf(0)],
    ]);
    expect([...report.rows()]).toMatchObject([{ viewer: { homeId: homeOf(1) } }]);
    db.close();
  });

  it('counts no span as left open that a relay which runs now may still be writing', async () => {
    const db = await stored(mixUp);
    expect(new Report(db, ofPair, 3).homes('leftOpen')).toEqual([]);
    db.close();
  });

  it('of a set of frames counts those frames and no others', async () => {
    const of = { frames: [{ kid: kidOf(0), fromCtr: 12, toCtr: 99 }] };
    const question = { fromMs: 0, toMs: 1000, of } as unknown as ExposureQuestion;
    const row = await reported(mixUp, question, (report) => [...report.rows()][0]);
    expect(row).toMatchObject({ fromCtr: 12, toCtr: 14, delivered: 3, refused: 2 });
  });

  it('writes CSV with a line a row and CRLF, JSON that reads back, and a page with nothing in it that is not ours', async () => {
    const files = await reported(mixUp, ofPair, (report) =>
      (['csv', 'homes', 'json', 'html'] as const).map((format) => [...exposureFile(report, format, 0)].join('')),
    );
    const [csv = '', homes = '', json = '', html = ''] = files;
    expect(csv.split('\r\n')).toHaveLength(3);
    expect(homes.split('\r\n')[1]).toBe(`${homeOf(0)},yes,no,no,no,no,yes,no,no`);
    expect(JSON.parse(json)).toMatchObject({ homes: { couldHave: [2, 4].map(homeOf) }, rows: [{ delivered: 10 }] });
    expect(html).toContain("default-src 'none'");
    expect(html).not.toContain('<script');
  });

  it('escapes a model that somebody made up as markup', async () => {
    const of = { pair: { cameraModel: '<img src=x>', displayModel: '"&' } };
    const html = await reported(mixUp, { ...ofPair, of }, (report) => [...exposureFile(report, 'html', 0)].join(''));
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x&gt;');
  });
});
