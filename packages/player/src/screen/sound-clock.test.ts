import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SoundClock } from './sound-clock.ts';

test('pieces never overlap, never start in the past, and never wait longer than half a second', () => {
  const piece = fc.record({
    elapsed: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.double({ min: 0.002, max: 0.1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const clock = new SoundClock();
      let now = 0;
      let end = 0;
      for (const { elapsed, length } of pieces) {
        now += elapsed;
        const at = clock.place(now, length);
        if (at === undefined) continue;
        expect(at).toBeGreaterThanOrEqual(Math.max(now, end));
        expect(at - now).toBeLessThanOrEqual(0.5);
        end = at + length;
      }
    }),
  );
});

test('an even stream plays without a hole', () => {
  const clock = new SoundClock();
  const starts = Array.from({ length: 50 }, (_, i) => clock.place(i * 0.02 + (i % 4) * 0.01, 0.02)!);
  for (let i = 1; i < starts.length; i += 1) expect(starts[i]! - starts[i - 1]!).toBeCloseTo(0.02);
});
