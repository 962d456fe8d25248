import { describe, expect, it } from 'vitest';
import { questionOf } from './exposure.ts';

const NOW = Date.UTC(2026, 10, 22);
const asked = (...typed: (readonly [string, string])[]): unknown => questionOf(new Map(typed), NOW);

describe('what is asked of the ledger', () => {
  it('is of a pair, a route, frames or an incident, in a window', () => {
    const window = [['from', '2026-11-03'], ['to', '2026-11-03T14:20Z']] as const; // prettier-ignore
    expect(asked(...window, ['pair', 'Xiaomi Mijia, Nest Hub'])).toEqual({
      fromMs: Date.UTC(2026, 10, 3),
      toMs: Date.UTC(2026, 10, 3, 14, 20),
      of: { pair: { cameraModel: 'xiaomi mijia', displayModel: 'nest hub' } },
    });
    expect(asked(['route', 'fixture'])).toMatchObject({ of: { route: 'fixture' } });
    expect(asked(['incident', 'a'.repeat(32)])).toMatchObject({ of: { incidentId: 'a'.repeat(32) } });
    expect(asked(['frames', `${'8'.repeat(16)}:1-9,${'9'.repeat(16)}:0-0`])).toMatchObject({
      of: {
        frames: [
          { kid: '8'.repeat(16), fromCtr: 1, toCtr: 9 },
          { fromCtr: 0, toCtr: 0 },
        ],
      },
    });
  });

  it('is of the last thirty days unless it says when', () => {
    expect(asked(['route', 'sealed'])).toMatchObject({ fromMs: NOW - 30 * 86_400_000, toMs: NOW });
  });

  it.each([
    ['nothing', []],
    ['two things', [['route', 'sealed'], ['incident', 'a'.repeat(32)]]],
    ['half a pair', [['pair', 'xiaomi']]],
    ['a route that cannot be', [['route', 'sea led']]],
    ['a range without an end', [['frames', `${'8'.repeat(16)}:1`]]],
    ['a window that ends before it begins', [['route', 'sealed'], ['from', '2027-01-01']]],
    ['a moment that is none', [['route', 'sealed'], ['from', 'yesterday']]],
  ] as const)('is refused when it is of %s', (_name, typed) => {
    expect(() => asked(...typed)).toThrow('config.invalid');
  }); // prettier-ignore
});
