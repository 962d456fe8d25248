import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCodecConfig, encodeCodecConfig, type CodecConfig } from './codec-config.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';

const codecString = fc.stringMatching(/^[A-Za-z0-9.]{1,30}$/);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 });
const config: fc.Arbitrary<CodecConfig> = fc.oneof(
  fc.record({
    codec: fc.constantFrom('h264' as const, 'h265' as const),
    codecString,
    width: fc.integer({ min: 1, max: 16_384 }),
    height: fc.integer({ min: 1, max: 16_384 }),
    parameterSets: fc.array(bytes, { maxLength: 12 }),
  }),
  fc.record(
    {
      codec: fc.constantFrom('pcmu' as const, 'pcma' as const, 'aac' as const, 'opus' as const),
      codecString,
      sampleRate: fc.integer({ min: 1, max: 384_000 }),
      channels: fc.integer({ min: 1, max: 8 }),
      asc: bytes,
    },
    { requiredKeys: ['codec', 'codecString', 'sampleRate', 'channels'] },
  ),
);

test('every config comes back as it was', () => {
  fc.assert(
    fc.property(config, (value) => {
      expect(decodeCodecConfig(encodeCodecConfig(value))).toEqual(value);
    }),
  );
});

test('what decodes encodes to the same bytes; everything else is a MediaError', () => {
  const damaged = fc.tuple(config, fc.nat(), fc.nat(7), fc.boolean()).map(([value, at, bit, cut]) => {
    const encoded = encodeCodecConfig(value);
    encoded[at % encoded.length]! ^= 1 << bit;
    return cut ? encoded.subarray(0, at % encoded.length) : encoded;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (hostile) => {
      let decoded: CodecConfig;
      try {
        decoded = decodeCodecConfig(hostile);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
        return;
      }
      expect([...encodeCodecConfig(decoded)]).toEqual([...hostile]);
    }),
    { numRuns: 500 },
  );
});

test('bytes after a config are refused', () => {
  const whole = encodeCodecConfig({ codec: 'opus', codecString: 'opus', sampleRate: 48_000, channels: 2 });
  expect(() => decodeCodecConfig(Uint8Array.from([...whole, 0]))).toThrow(MediaError);
});

test('what would not decode is not encoded: sizes, counts, strings', () => {
  const good = { codec: 'h264', codecString: 'avc1.42001f', width: 640, height: 360, parameterSets: [] } as const;
  const set = new Uint8Array(MEDIA_LIMITS.parameterSetBytes);
  expect(encodeCodecConfig({ ...good, parameterSets: Array<Uint8Array>(12).fill(set) }).length).toBeLessThan(65_536);
  for (const bad of [
    { ...good, width: 0 },
    { ...good, height: 16_385 },
    { ...good, codecString: 'avc1 42' },
    { ...good, parameterSets: Array<Uint8Array>(13).fill(set) },
    { ...good, parameterSets: [new Uint8Array(MEDIA_LIMITS.parameterSetBytes + 1)] },
    { codec: 'opus', codecString: 'opus', sampleRate: 0, channels: 2 } as const,
  ]) {
    expect(() => encodeCodecConfig(bad)).toThrow(MediaError);
  }
});
