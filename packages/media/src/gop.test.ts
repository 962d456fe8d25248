import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Gop } from './gop.ts';

const limits = { bytes: 100, units: 8 };
interface Unit {
  readonly keyframe: boolean;
  readonly bytes: number;
}

test('what is held begins with the newest keyframe, misses nothing since, and stays within the limits', () => {
  const unit = fc.record({ keyframe: fc.boolean(), bytes: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 40 }), (units) => {
      const gop = new Gop<Unit>((one) => one.bytes, limits);
      let since: Unit[] = [];
      for (const one of units) {
        gop.append(one, one.keyframe);
        since = one.keyframe ? [one] : [...since, one];
        if (gop.units.length > 0) expect(gop.units).toEqual(since);
        expect(gop.bytes).toBe(gop.units.reduce((sum, held) => sum + held.bytes, 0));
        expect(gop.bytes <= limits.bytes && gop.units.length <= limits.units).toBe(true);
      }
    }),
  );
});

test('over a limit it gives up and begins again at the next keyframe', () => {
  const gop = new Gop<number>((bytes) => bytes, limits);
  expect([gop.append(60, true), gop.append(60, false), gop.append(1, false)]).toEqual(['kept', 'waiting', 'waiting']);
  expect(gop.units).toEqual([]);
  expect([gop.append(5, true), gop.append(5, false)]).toEqual(['kept', 'kept']);
  for (let i = 2; i < limits.units; i += 1) expect(gop.append(1, false)).toBe('kept');
  expect(gop.append(1, false)).toBe('waiting');
});

test('before a keyframe and after clear nothing is held', () => {
  const gop = new Gop<number>(() => 1);
  expect(gop.append(1, false)).toBe('waiting');
  gop.append(2, true);
  gop.clear();
  expect([gop.append(3, false), gop.units.length, gop.bytes]).toEqual(['waiting', 0, 0]);
});
