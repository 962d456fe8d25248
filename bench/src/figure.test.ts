import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, median, quantile, toJson } from './figure.ts';

const figure = { name: 'x', unit: 'ms', trials: 1 };

describe('a figure', () => {
  it('holds exactly when its value is on the right side of its bar', () => {
    expect(holds({ ...figure, value: 150, bar: { most: 150 } })).toBe(true);
    expect(holds({ ...figure, value: 150.1, bar: { most: 150 } })).toBe(false);
    expect(holds({ ...figure, value: 0.5, bar: { least: 0.5 } })).toBe(true);
    expect(holds({ ...figure, value: 0.49, bar: { least: 0.5 } })).toBe(false);
    expect(holds({ ...figure, value: Number.NaN, bar: { most: 1 } })).toBe(false);
    expect(holds({ ...figure, value: Number.POSITIVE_INFINITY, bar: { least: 1 } })).toBe(false);
  });

  it('has a quantile that is one of its samples, with that share of them at or below', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (samples, share) => {
          const value = quantile(samples, share);
          expect(samples).toContain(value);
          expect(samples.filter((sample) => sample <= value).length).toBeGreaterThanOrEqual(share * samples.length);
        },
      ),
    );
    expect(median([3, 1, 2])).toBe(2);
  });

  it('is said to machines with what it is held to and whether it holds', () => {
    const figures = [
      { ...figure, value: 160, bar: { most: 150 } },
      { ...figure, name: 'y', value: 0.7, unit: 'ratio' },
    ];
    expect(JSON.parse(toJson(figures))).toEqual({
      figures: [
        { name: 'x', value: 160, unit: 'ms', bar: { most: 150 }, holds: false, trials: 1 },
        { name: 'y', value: 0.7, unit: 'ratio', bar: null, holds: true, trials: 1 },
      ],
    });
  });
});
