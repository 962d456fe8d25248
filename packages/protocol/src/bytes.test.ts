import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CodecError,
  compareBytes,
  concat,
  equalBytes,
  fromBase64Url,
  fromHex,
  letGo,
  Reader,
  toBase64Url,
  toHex,
  Writer,
} from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('hex and base64url', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(fromHex(toHex(input))).toEqual(input);
        expect(fromBase64Url(toBase64Url(input))).toEqual(input);
        expect(toBase64Url(input)).toBe(Buffer.from(input).toString('base64url'));
      }),
    );
  });

  it('have one spelling: whatever decodes encodes to the same words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (words) => {
        for (const [decode, encode] of [
          [fromHex, toHex],
          [fromBase64Url, toBase64Url],
        ] as const) {
          try {
            expect(encode(decode(words))).toBe(words);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }
      }),
    );
    expect(() => fromBase64Url('AB')).toThrow(CodecError);
    expect(() => fromHex('AA')).toThrow(CodecError);
  });
});

describe('Reader', () => {
  it('answers random bytes with values or CodecError, never with more than was sent', () => {
    const step = fc.constantFrom('u8', 'u16', 'u32', 'u64', 'bytes16', 'text16', 'rest');
    fc.assert(
      fc.property(bytes, fc.array(step, { maxLength: 20 }), (input, steps) => {
        const reader = new Reader(input);
        try {
          for (const name of steps) {
            const value = reader[name]();
            if (value instanceof Uint8Array) expect(value.length).toBeLessThanOrEqual(input.length);
          }
          reader.end();
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
        expect(reader.offset).toBeLessThanOrEqual(input.length);
      }),
    );
  });

  it('refuses trailing bytes, wrong labels and integers above 2^53', () => {
    expect(() => new Reader(Uint8Array.of(1)).end()).toThrow(CodecError);
    expect(() => {
      new Reader(new Writer().label('sealcam/1 a').finish()).label('sealcam/1 b');
    }).toThrow(CodecError);
    expect(() => new Reader(new Uint8Array(8).fill(0xff)).u64()).toThrow(CodecError);
    expect(() => new Reader(Uint8Array.of(0, 2, 0xc3, 0x28)).text16()).toThrow(CodecError);
  });
});

describe('Writer', () => {
  it('writes what a Reader reads', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(0xffff), bytes, fc.string(), (large, small, blob, words) => {
        const out = new Writer().u64(large).u16(small).bytes16(blob).text16(words).finish();
        const reader = new Reader(out);
        expect([reader.u64(), reader.u16(), reader.bytes16(), reader.text16()]).toEqual([
          large,
          small,
          blob,
          new TextDecoder().decode(new TextEncoder().encode(words)),
        ]);
        reader.end();
      }),
    );
  });

  it('refuses what does not fit, so that no field is ever cut', () => {
    expect(() => new Writer().u8(256)).toThrow(CodecError);
    expect(() => new Writer().u16(-1)).toThrow(CodecError);
    expect(() => new Writer().u32(0.5)).toThrow(CodecError);
    expect(() => new Writer().u64(Number.MAX_SAFE_INTEGER + 1)).toThrow(CodecError);
    expect(() => new Writer().bytes16(new Uint8Array(65_536))).toThrow(CodecError);
  });
});

describe('comparing', () => {
  it('is equality and lexicographic order', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(concat(a, b)).toEqual(new Uint8Array(Buffer.concat([a, b])));
      }),
    );
  });
});

describe('memory that is given back', () => {
  it('is empty to whoever still holds it, and never what comes next', () => {
    const large = new Uint8Array(12_000).fill(7);
    const view = large.subarray(100);
    letGo(large);
    expect([large.length, view.length, large[0]]).toEqual([0, 0, undefined]);
  });

  it('is left alone where others share the buffer', () => {
    const whole = new Uint8Array(12_000).fill(7);
    letGo(whole.subarray(0, 6_000));
    expect(whole).toEqual(new Uint8Array(12_000).fill(7));
  });
});
