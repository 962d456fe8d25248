/** What shuts every screen of a home, and what alone opens them again. */
import { describe, expect, test } from 'vitest';
import { Alarms, type Alarm } from './alarms.ts';

function rig() {
  let nowMs = 1_000;
  const alarms = new Alarms({ wallMs: () => nowMs });
  return { alarms, at: (ms: number) => void (nowMs = ms), kinds: () => alarms.now.get().map(({ kind }) => kind) };
}

describe('an alarm', () => {
  test.each<[Alarm['kind'], boolean]>([
    ['forked', true],
    ['elsewhere', true],
    ['rollback', false],
    ['recovery', false],
  ])('%s: screens shut: %s', (kind, shut) => {
    const { alarms } = rig();
    expect(alarms.areShut).toBe(false);
    alarms.raise(kind);
    expect(alarms.areShut).toBe(shut);
    alarms.lower(kind);
    expect(alarms.now.get()).toEqual([]);
  });

  test('that stands keeps its time and its version, unless the next is of a later version', () => {
    const { alarms, at } = rig();
    alarms.raise('forked', { version: 4 });
    at(2_000);
    const before = alarms.now.get();
    for (const version of [3, 4, undefined]) alarms.raise('forked', version === undefined ? {} : { version });
    expect(alarms.now.get()).toBe(before);
    alarms.raise('forked', { version: 5 });
    expect(alarms.now.get()).toEqual([{ kind: 'forked', sinceMs: 1_000, version: 5 }]);
    at(3_000);
    alarms.raise('rollback');
    alarms.raise('rollback');
    expect(alarms.now.get()).toEqual([
      { kind: 'forked', sinceMs: 1_000, version: 5 },
      { kind: 'rollback', sinceMs: 3_000 },
    ]);
  });

  test.each(['forked', 'elsewhere'] as const)(
    '%s is over when the agent follows a list above the one in question, and not before',
    (kind) => {
      const { alarms, kinds } = rig();
      alarms.raise(kind, { version: 4 });
      for (const followed of [3, 4]) {
        alarms.followed(followed);
        expect(kinds()).toEqual([kind]);
      }
      alarms.followed(5);
      expect(kinds()).toEqual([]);
    },
  );

  test('of a fork whose version is not known is not over by a bulletin', () => {
    const { alarms, kinds } = rig();
    alarms.raise('forked');
    alarms.followed(1_000);
    expect(kinds()).toEqual(['forked']);
  });

  test('of a relay that held back is over with the next bulletin, and that of a used recovery sheet is not', () => {
    const { alarms, kinds } = rig();
    alarms.raise('rollback');
    alarms.raise('recovery');
    alarms.followed(1);
    expect(kinds()).toEqual(['recovery']);
  });

  test('that does not change anything tells nobody', () => {
    const { alarms } = rig();
    alarms.raise('recovery');
    const before = alarms.now.get();
    alarms.followed(9);
    alarms.lower('rollback');
    alarms.raise('recovery');
    expect(alarms.now.get()).toBe(before);
  });
});
