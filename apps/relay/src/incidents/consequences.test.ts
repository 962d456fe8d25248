import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraId, deviceId, homeId } from '@sealcam/protocol';
import { consequences } from './consequences.ts';
import type { Incident, IncidentGrade } from './incident.ts';
import { CONSEQUENCES, DEFAULT_RULES, parseRules, type Rule } from './policy.ts';

const NOW = 1_000_000_000_000;
const hex = (n: number): string => n.toString(16).padStart(32, '0');
const MODELS = { camera: 'cam 1', display: 'hub 2' };
const NONE = { camera: '', display: '' };

function incident(n: number, change: Partial<Incident> = {}): Incident {
  const home = homeId(hex(n));
  return {
    ...{ id: hex(n), atMs: NOW, lastMs: NOW, grade: 'proven', source: 'relay', route: 'sealed', models: MODELS },
    viewer: { homeId: home, deviceId: deviceId(hex(n)) },
    asked: { homeId: home, cameraId: cameraId(hex(n)), streamId: 0 },
    ...{ count: 1, actions: [], notes: [] },
    ...change,
  };
}

const widths = (all: readonly Incident[], rules: readonly Rule[] = DEFAULT_RULES): string[] => {
  const [last] = all.slice(-1);
  if (last === undefined) throw new RangeError('none');
  return consequences(rules, last, all, NOW).map(({ target, then }) => target?.width ?? then);
};
const homes = (count: number, change: Partial<Incident> = {}) =>
  Array.from({ length: count }, (_, n) => incident(n + 1, change));
/** Of a partner; the first one was seen more than ten minutes ago. */
const spread = (count: number) => [
  incident(1, { lastMs: NOW - 601_000, route: 'fixture' }),
  ...homes(count, { route: 'fixture' }).slice(1),
];

describe('the default policy', () => {
  it.each<[string, readonly Incident[], readonly string[]]>([
    ['one home', homes(1), ['link']],
    ['one home, a hundred frames', Array.from({ length: 100 }, () => incident(1)), ['link']],
    ['two homes of a pair', homes(2), ['link', 'pair']],
    ['two homes without models, of a partner', homes(2, { models: NONE, route: 'fixture' }), ['link', 'partner']],
    ['two homes without models', homes(2, { models: NONE }), ['link', 'display']],
    ['two homes of two pairs', [incident(1), incident(2, { models: { camera: 'other', display: 'x' } })], ['link']],
    ['two homes, more than ten minutes apart', [incident(1, { lastMs: NOW - 601_000 }), incident(2)], ['link']],
    ['two homes, ten minutes apart', [incident(1, { lastMs: NOW - 600_000 }), incident(2)], ['link', 'pair']],
    ['three homes of a partner, one of them earlier', spread(3), ['link', 'pair']],
    ['ten homes on two routes, one of them earlier', [...spread(9), incident(10)], ['link', 'pair']],
    ['three homes of a partner', homes(3, { route: 'fixture' }), ['link', 'pair', 'partner']],
    ['ten homes on one route', homes(10), ['link', 'pair']],
    ['ten homes on two routes', [...homes(9, { route: 'fixture' }), incident(10)], ['link', 'pair', 'everything']],
    ['a thousand claims', homes(1_000, { grade: 'claimed' }), ['link']],
    ['a thousand replays', homes(1_000, { grade: 'replayed', route: 'fixture' }), ['link']],
    ['claims beside one canary', [...homes(50, { grade: 'claimed' }), incident(51, { grade: 'canary' })], ['link']],
  ])('%s', (_name, all, wanted) => {
    expect(widths(all)).toEqual(wanted);
  });
});

it("whatever rules are accepted, a display's word cuts its own link and no more", () => {
  const rule = fc.record({
    when: fc.record(
      {
        grades: fc.subarray(['proven', 'canary', 'claimed', 'replayed', 'contested'] as IncidentGrade[], {
          minLength: 1,
        }),
        homes: fc.integer({ min: 1, max: 4 }),
        routes: fc.integer({ min: 1, max: 2 }),
        withinS: fc.integer({ min: 1, max: 900 }),
      },
      { requiredKeys: ['grades'] },
    ),
    then: fc.constantFrom(...CONSEQUENCES),
  });
  const grade = fc.constantFrom<IncidentGrade>('claimed', 'replayed');
  const others = fc.array(
    fc.record({ home: fc.nat(5), grade: fc.constantFrom<IncidentGrade>('proven', 'canary', 'claimed') }),
  );
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), grade, others, (rules, word, recent) => {
      let accepted: readonly Rule[];
      try {
        accepted = parseRules(rules);
      } catch {
        return;
      }
      const all = recent.map(({ home, grade: of }) => incident(home, { grade: of }));
      for (const { target } of consequences(accepted, incident(9, { grade: word }), all, NOW)) {
        if (target !== undefined) expect(target).toMatchObject({ width: 'link', homeId: hex(9), deviceId: hex(9) });
      }
    }),
  );
});

it('a rule without a time counts ten minutes', () => {
  const rules: readonly Rule[] = [{ when: { grades: ['proven'], homes: 2 }, then: 'pair' }];
  const apart = (ms: number) => [incident(1, { lastMs: NOW - ms }), incident(2)];
  expect([widths(apart(600_000), rules), widths(apart(600_001), rules)]).toEqual([['pair'], []]);
});

it('what is wrong with a rule is said, and where', () => {
  const said = (rules: unknown): string => {
    try {
      parseRules(rules);
      return '';
    } catch (error) {
      return String(error);
    }
  };
  expect(said([{ when: { grades: ['claimed'] }, then: 'display' }])).toMatch(/may cut its own link and no more/);
  expect(said([{ when: { grades: ['proven'], homes: 0 }, then: 'link' }])).toMatch(/0\.when\.homes: (?!.*own link)/);
});

it.each([
  ['not a list', {}],
  ['an unknown consequence', [{ when: { grades: ['proven'] }, then: 'explode' }]],
  ['no grade', [{ when: { grades: [] }, then: 'link' }]],
  ['no home', [{ when: { grades: ['proven'], homes: 0 }, then: 'link' }]],
  ['a word that is not a rule', [{ when: { grades: ['proven'], home: 2 }, then: 'link' }]],
  ['more than a day', [{ when: { grades: ['proven'], withinS: 86_401 }, then: 'link' }]],
  ['a claim that cuts a display', [{ when: { grades: ['claimed', 'proven'] }, then: 'display' }]],
])('rules are refused: %s', (_name, rules) => {
  expect(() => parseRules(rules)).toThrow(/config\.invalid/);
});

it('a rule that stands in the store all the same counts neither words nor copied keys beyond a link', () => {
  const grades: IncidentGrade[] = ['proven', 'canary', 'claimed', 'replayed', 'contested'];
  for (const then of CONSEQUENCES) {
    const rules: readonly Rule[] = [{ when: { grades, homes: 3 }, then }];
    for (const grade of ['claimed', 'replayed', 'contested'] as const) {
      const wanted = then === 'tell' || (then === 'link' && grade !== 'contested') ? [then] : [];
      expect(widths(homes(100, { grade, route: 'fixture' }), rules)).toEqual(wanted);
      // Beside one that is proven they do not make three homes.
      expect(widths([...homes(99, { grade, route: 'fixture' }), incident(100, { route: 'fixture' })], rules)).toEqual(
        wanted,
      );
    }
    expect(widths(homes(3, { route: 'fixture' }), rules)).toEqual([then]);
  }
});
