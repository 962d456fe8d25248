/** A watermark comes back as it was written, in both codecs, and nothing else is ever taken for one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinAnnexB, splitAnnexB } from './annex-b.ts';
import { escapeRbsp, unescapeRbsp } from './bits.ts';
import { readWatermark, writeWatermark, type Watermark } from './watermark.ts';

const codecs = fc.constantFrom('h264' as const, 'h265' as const);
/** Zeros and small bytes are where emulation prevention is needed. */
const id = fc
  .uint8Array({ minLength: 16, maxLength: 16, max: 4 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
const marks: fc.Arbitrary<Watermark> = fc.record({ homeId: id, cameraId: id, counter: fc.maxSafeNat() });
const mark: Watermark = { homeId: '0'.repeat(32), cameraId: '00000001'.repeat(4), counter: 0 };

/** Parameter sets and one slice. */
function picture(codec: 'h264' | 'h265'): Uint8Array {
  const h264 = [Uint8Array.of(0x67, 1, 2), Uint8Array.of(0x68, 3), Uint8Array.of(0x65, 9, 9, 9)];
  const h265 = [Uint8Array.of(0x42, 1, 2), Uint8Array.of(0x44, 1, 3), Uint8Array.of(0x26, 1, 9, 9)];
  return joinAnnexB(codec === 'h264' ? h264 : h265);
}

describe('a watermark', () => {
  it('comes back as it was written, and the other NAL units stay as they are', () => {
    fc.assert(
      fc.property(codecs, marks, (codec, written) => {
        const data = writeWatermark({ codec, data: picture(codec) }, written);
        expect(readWatermark({ codec, data })).toEqual(written);
        const nals = splitAnnexB(data);
        expect(joinAnnexB([...nals.slice(0, -2), ...nals.slice(-1)])).toEqual(picture(codec));
      }),
    );
  });

  it('of the one who marked it first wins over one that is written behind it', () => {
    const twice = writeWatermark(
      { codec: 'h264', data: writeWatermark({ codec: 'h264', data: picture('h264') }, mark) },
      { ...mark, counter: 7 },
    );
    expect(readWatermark({ codec: 'h264', data: twice })).toEqual(mark);
  });

  it('is found behind another SEI message, also one whose size is a run of 0xff', () => {
    const foreign = Uint8Array.of(0x06, 5, 0xff, 0x01, ...new Array<number>(256).fill(0x11), 0x80);
    const marked = splitAnnexB(writeWatermark({ codec: 'h264', data: picture('h264') }, mark));
    const data = joinAnnexB([foreign, ...marked]);
    expect(readWatermark({ codec: 'h264', data })).toEqual(mark);
  });

  it('is not found in a picture without one, nor in any other bytes, and looking never throws', () => {
    expect(readWatermark({ codec: 'h264', data: picture('h264') })).toBeUndefined();
    fc.assert(
      fc.property(codecs, fc.uint8Array({ maxLength: 400, max: 7 }), (codec, data) => {
        expect(readWatermark({ codec, data })).toBeUndefined();
      }),
    );
  });

  it('that is cut short or changed in its name is none', () => {
    const data = writeWatermark({ codec: 'h264', data: picture('h264') }, mark);
    const nals = splitAnnexB(data);
    const sei = nals[2] ?? new Uint8Array();
    for (let length = 0; length < sei.length - 1; length += 1) {
      expect(readWatermark({ codec: 'h264', data: joinAnnexB([sei.subarray(0, length)]) })).toBeUndefined();
    }
    const renamed = sei.with(5, 0xee);
    expect(readWatermark({ codec: 'h264', data: joinAnnexB([renamed]) })).toBeUndefined();
  });

  it('refuses an id that is none, a counter out of range and a unit without a slice', () => {
    const unit = { codec: 'h264' as const, data: picture('h264') };
    expect(() => writeWatermark(unit, { ...mark, homeId: 'zz' })).toThrow();
    expect(() => writeWatermark(unit, { ...mark, counter: -1 })).toThrow();
    expect(() => writeWatermark({ ...unit, data: new Uint8Array() }, mark)).toThrow();
  });
});

it('emulation prevention leaves no start code and is undone exactly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200, max: 4 }), (bytes) => {
      const rbsp = Uint8Array.of(...bytes, 0x80);
      const escaped = escapeRbsp(rbsp);
      expect(unescapeRbsp(escaped)).toEqual(rbsp);
      for (let at = 2; at < escaped.length; at += 1) {
        const isThreeZerosOrStart = escaped[at - 2] === 0 && escaped[at - 1] === 0 && (escaped[at] ?? 9) < 3;
        expect(isThreeZerosOrStart).toBe(false);
      }
    }),
  );
});
