/** Two spellings of a model are one; what is compared has one form, and nothing else is taken. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from './bytes.ts';
import { model, MODEL_CHARS, normalModel, route } from './model.ts';

describe('a model', () => {
  it('is lower case, single blanks, bounded, whatever was typed', () => {
    expect(normalModel('  Reolink\t RLC-520A\n')).toBe('reolink rlc-520a');
    expect(normalModel('\u0000')).toBe('');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 })), (typed) => {
        const normal = normalModel(typed);
        expect(normal.length).toBeLessThanOrEqual(MODEL_CHARS);
        expect(normal).not.toMatch(/[\p{Cc}\p{Cs}]|^ | $| {2}/u);
        expect(normalModel(normal)).toBe(normal);
        expect(model(normal)).toBe(normal);
      }),
    );
  });

  it('in another form is no model', () => {
    for (const wrong of ['Reolink', 'a  b', ' a', 'a\n', 'x'.repeat(65)])
      expect(() => model(wrong)).toThrow(CodecError);
  });
});

describe('a route', () => {
  it('is a short plain name', () => {
    for (const good of ['sealed', 'google', 'fixture-2']) expect(route(good)).toBe(good);
    for (const wrong of ['', 'Google', 'a b', '-a', 'a-', 'a/b', 'x'.repeat(33)])
      expect(() => route(wrong)).toThrow(CodecError);
  });
});
