/** Codecs as people know them, from the strings that configure a decoder: `H.264 High 4.0`, `AAC 16 kHz`. Pure. */
import type { AudioConfig, VideoConfig } from './codec-config.ts';

/** profile_idc of H.264 (Rec. ITU-T H.264, A.2). */
const AVC_PROFILES: Readonly<Record<number, string>> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4',
};
/** general_profile_idc of H.265 (Rec. ITU-T H.265, A.3). */
const HEVC_PROFILES: Readonly<Record<number, string>> = { 1: 'Main', 2: 'Main 10', 3: 'Main Still', 4: 'Main 4:2:2' };

/** `H.264 High 4.0`; without profile and level where they are none that has a name. */
export function videoWords({ codec, codecString }: Pick<VideoConfig, 'codec' | 'codecString'>): string {
  const name = codec === 'h264' ? 'H.264' : 'H.265';
  const [profile, level] = codec === 'h264' ? avc(codecString) : hevc(codecString);
  return profile === undefined ? name : `${name} ${profile}${level === undefined ? '' : ` ${level.toFixed(1)}`}`;
}

/** `avc1.PPCCLL`, hex (RFC 6381, 3.3): level times ten. */
function avc(codecString: string): readonly [string | undefined, number | undefined] {
  const [, profile = '', level = ''] = /^avc[13]\.([0-9a-f]{2})[0-9a-f]{2}([0-9a-f]{2})$/iu.exec(codecString) ?? [];
  return [AVC_PROFILES[Number.parseInt(profile, 16)], levelOf(Number.parseInt(level, 16) / 10)];
}

/** `hev1.1.6.L93.B0` (ISO/IEC 14496-15, E.3): level times thirty. */
function hevc(codecString: string): readonly [string | undefined, number | undefined] {
  const [, profile, level] = /^h(?:ev|vc)1\.[ABC]?(\d+)\.[0-9a-f]+\.[LH](\d+)/iu.exec(codecString) ?? [];
  return [HEVC_PROFILES[Number(profile)], levelOf(Number(level) / 30)];
}

function levelOf(level: number): number | undefined {
  return level > 0 && level < 10 ? level : undefined;
}

const SOUNDS: Readonly<Record<AudioConfig['codec'], string>> = {
  pcmu: 'G.711 (µ-law)',
  pcma: 'G.711 (A-law)',
  aac: 'AAC',
  opus: 'Opus',
};

/** `G.711 (A-law) 16 kHz`, `AAC 48 kHz, 2 channels`. */
export function soundWords({
  codec,
  sampleRate,
  channels,
}: Pick<AudioConfig, 'codec' | 'sampleRate' | 'channels'>): string {
  const rate = `${Math.round(sampleRate / 100) / 10} kHz`;
  return `${SOUNDS[codec]} ${rate}${channels > 1 ? `, ${channels} channels` : ''}`;
}
