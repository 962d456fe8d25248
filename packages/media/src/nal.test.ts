import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinAnnexB, splitAnnexB, takeApart } from './annex-b.ts';
import { BitReader, unescapeRbsp } from './bits.ts';
import { accessUnitsOf } from './clip.ts';
import { h264Clip, h265Clip } from './fixtures/captures.ts';
import { MediaError } from './media-error.ts';
import { h264NalType, isH264Keyframe, parseH264Sps } from './nal-h264.ts';
import { isH265Keyframe, parseH265Sps } from './nal-h265.ts';
import { H264_RULES } from './nal-h264.ts';
import { H265_RULES } from './nal-h265.ts';

const hex = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words, 'hex'));
const base64 = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words, 'base64'));
/** A NAL unit as an encoder makes it: no start code inside, no zero at its end. */
const nalUnit = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Uint8Array.from([...bytes.map((byte) => (byte === 1 ? 2 : byte)), 0x80]));

describe('Annex B', () => {
  test('splitting what was joined gives the same NAL units', () => {
    fc.assert(
      fc.property(fc.array(nalUnit, { maxLength: 8 }), (nals) => {
        expect(splitAnnexB(joinAnnexB(nals)).map((nal) => [...nal])).toEqual(nals.map((nal) => [...nal]));
      }),
    );
  });

  test('3-byte start codes, trailing zeros and leading rubbish are understood', () => {
    expect(splitAnnexB(hex('ff00000165aa0000000141bb00000001')).map((nal) => [...nal])).toEqual([
      [0x65, 0xaa],
      [0x41, 0xbb],
    ]);
  });

  test('a NAL unit with start codes inside is taken apart, any other is left as it is', () => {
    expect(takeApart(hex('67aa0000000168bb')).map((nal) => nal[0])).toEqual([0x67, 0x68]);
    expect(takeApart(hex('67aa00000300')).map((nal) => nal.length)).toEqual([6]);
  });
});

describe('where a decoder can begin', () => {
  const recovery = (count: number): Uint8Array => Uint8Array.of(6, 1, 1, 0x00, 6, 1, count === 0 ? 0x84 : 0x44, 0x80);
  const slice = (kind: number): Uint8Array =>
    Uint8Array.of(0x61, ...({ 7: [0x88, 0x80], 5: [0x98, 0x80], 2: [0xb8, 0x80] }[kind] ?? []));

  test.each<[string, Uint8Array[], boolean]>([
    ['an IDR picture', [Uint8Array.of(0x65, 0x88)], true],
    ['an I picture with a recovery point', [recovery(0), slice(7), slice(2)], true],
    ['an I picture without one', [slice(7)], false],
    ['a recovery point some pictures ahead', [recovery(1), slice(7)], false],
    ['a recovery point on a P picture', [recovery(0), slice(7), slice(5)], false],
    ['a slice header that ends early', [recovery(0), Uint8Array.of(0x61)], false],
  ])('H.264: %s', (_what, nals, is) => {
    expect(isH264Keyframe(nals)).toBe(is);
  });

  test.each([
    [16, true],
    [19, true],
    [21, true],
    [1, false],
    [9, false],
  ])('H.265: type %i', (type, is) => {
    expect(isH265Keyframe([Uint8Array.of(type << 1, 1, 0x80)])).toBe(is);
  });
});

test('reserved bits of an SPS are in no codec string', () => {
  const sps = hex('67640028acd940780227e5c05a808080a0000003002000000641e30632c0');
  sps[2] = 0x03;
  expect(parseH264Sps(sps).codecString).toBe('avc1.640028');
});

test('emulation prevention is taken out', () => {
  expect([...unescapeRbsp(hex('000003010000030000'))]).toEqual([0, 0, 1, 0, 0, 0, 0]);
});

test('Exp-Golomb numbers are read as table 9-2 and 9-3 have them', () => {
  const bits = new BitReader(Uint8Array.of(0b1_010_011_0, 0b0100_0010, 0b1_00110_00));
  expect([bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.se()]).toEqual([0, 1, 2, 3, 4, 3]);
});

describe('sequence parameter sets', () => {
  test('1080p is cropped out of 1088 coded lines', () => {
    // Made by x264: 1920x1080, High, level 4.0.
    const sps = parseH264Sps(hex('67640028acd940780227e5c05a808080a0000003002000000641e30632c0'));
    expect(sps).toEqual({ codecString: 'avc1.640028', width: 1920, height: 1080, bitDepth: 8, interlaced: false });
  });

  test('an H.265 codec string carries profile, compatibility, tier, level and constraints', () => {
    const sps = splitAnnexB(base64(h265Clip)).find((nal) => nal[0]! >> 1 === 33)!;
    expect(parseH265Sps(sps)).toMatchObject({ codecString: 'hev1.1.6.L30.90', width: 160, height: 96, bitDepth: 8 });
  });

  test('any truncation or random bytes give facts within bounds or a MediaError, nothing else', () => {
    const real = [h264Clip, h265Clip].flatMap((clip) => splitAnnexB(base64(clip))).filter((nal) => nal.length < 60);
    const damaged = fc.tuple(fc.constantFrom(...real), fc.nat(60), fc.nat(7)).map(([nal, at, bit]) => {
      const bytes = nal.slice(0, at + 1);
      bytes[Math.min(at, bytes.length - 1)]! ^= 1 << bit;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (nal) => {
        for (const rules of [H264_RULES, H265_RULES]) {
          for (const read of [rules.parseSps, rules.identify, rules.ppsOfSlice]) {
            try {
              const facts = read(nal);
              if (typeof facts === 'object' && 'width' in facts) {
                expect(Math.max(facts.width, facts.height)).toBeLessThanOrEqual(16_384);
              }
            } catch (error) {
              expect(error).toBeInstanceOf(MediaError);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('clips', () => {
  test.each([
    ['h264', h264Clip, isH264Keyframe],
    ['h265', h265Clip, isH265Keyframe],
  ] as const)(
    '%s: eight pictures, every fourth a keyframe with config and parameter sets in front',
    (codec, clip, isKey) => {
      const units = accessUnitsOf(codec, base64(clip));
      expect(units.map((unit) => unit.keyframe)).toEqual([true, false, false, false, true, false, false, false]);
      for (const unit of units) {
        const nals = splitAnnexB(unit.data);
        expect(isKey(nals)).toBe(unit.keyframe);
        expect(unit.config?.codec).toBe(unit.keyframe ? codec : undefined);
        const sets = unit.config?.parameterSets ?? [];
        expect(nals.slice(0, sets.length).map((nal) => [...nal])).toEqual(sets.map((nal) => [...nal]));
      }
    },
  );

  test('both slices of a picture stay in one unit', () => {
    const [first] = accessUnitsOf('h264', base64(h264Clip));
    expect(splitAnnexB(first!.data).filter((nal) => h264NalType(nal) === 5)).toHaveLength(2);
  });

  test('pictures before the first keyframe are left out', () => {
    const nals = splitAnnexB(base64(h264Clip));
    const second = nals.findLastIndex((nal) => h264NalType(nal) === 7);
    const sets = nals.filter((nal) => [7, 8].includes(h264NalType(nal))).slice(0, 2);
    const late = nals.slice(nals.findIndex((nal) => h264NalType(nal) === 1));
    const units = accessUnitsOf('h264', joinAnnexB([...sets, ...late]));
    expect(second).toBeGreaterThan(0);
    expect(units.map((unit) => unit.keyframe)).toEqual([true, false, false, false]);
  });
});
