import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { soundWords, videoWords } from './codec-words.ts';

describe('a codec in words', () => {
  it('has its profile and level', () => {
    const words = (codec: 'h264' | 'h265', codecString: string): string => videoWords({ codec, codecString });
    expect(words('h264', 'avc1.640028')).toBe('H.264 High 4.0');
    expect(words('h264', 'avc1.42e01f')).toBe('H.264 Baseline 3.1');
    expect(words('h264', 'avc1.6e0033')).toBe('H.264 High 10 5.1');
    expect(words('h265', 'hev1.1.6.L93.b0')).toBe('H.265 Main 3.1');
    expect(words('h265', 'hev1.2.4.L153.B0')).toBe('H.265 Main 10 5.1');
    expect(words('h264', 'avc1.000000')).toBe('H.264');
    expect(words('h264', 'avc1.640000')).toBe('H.264 High');
  });

  it('says how sound is carried', () => {
    expect(soundWords({ codec: 'pcma', sampleRate: 16_000, channels: 1 })).toBe('G.711 (A-law) 16 kHz');
    expect(soundWords({ codec: 'aac', sampleRate: 44_100, channels: 2 })).toBe('AAC 44.1 kHz, 2 channels');
  });

  it('never has more than a name, whatever the string is', () => {
    fc.assert(
      fc.property(fc.constantFrom('h264' as const, 'h265' as const), fc.string(), (codec, codecString) => {
        expect(videoWords({ codec, codecString })).toMatch(/^H\.26[45](?: [\w:. ]{1,24})?$/u);
      }),
    );
  });
});
