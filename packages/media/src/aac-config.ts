/** AAC's AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): read from SDP, or made where a camera leaves it out. */
import { BitReader } from './bits.ts';
import type { AudioConfig } from './codec-config.ts';
import { MediaError } from './media-error.ts';

const SAMPLE_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8];
const ESCAPE_RATE = 15;
const AAC_LC = 2;
/** Object types that put their base's config behind an extension rate: SBR and PS. */
const EXTENSIONS = new Set([5, 29]);
const FRAME_SAMPLES = 1024;

/** @throws {MediaError} `codec.malformed` for a config that ends early or names no rate or channels we can play */
export function parseAacConfig(asc: Uint8Array): AudioConfig {
  const bits = new BitReader(asc);
  const type = readObjectType(bits);
  const sampleRate = readRate(bits);
  const channels = CHANNELS[bits.u(4)] ?? 0;
  if (EXTENSIONS.has(type)) readRate(bits);
  if (channels === 0) throw new MediaError('codec.malformed', 'an AAC config without a channel layout');
  return { codec: 'aac', codecString: `mp4a.40.${type}`, sampleRate, channels, asc: asc.slice() };
}

/** AAC-LC of that rate, for a camera that sends no config. Undefined for a rate that has no index. */
export function makeAacConfig(sampleRate: number, channels: number): AudioConfig | undefined {
  const index = SAMPLE_RATES.indexOf(sampleRate);
  const layout = CHANNELS.indexOf(channels);
  if (index < 0 || layout < 1) return undefined;
  const bits = (AAC_LC << 11) | (index << 7) | (layout << 3);
  return parseAacConfig(Uint8Array.of(bits >> 8, bits & 0xff));
}

/** Ticks of the RTP clock one frame lasts; the config's rate is that of the core, before SBR doubles it. */
export function aacFrameTicks(config: AudioConfig, clockRate: number): number {
  return Math.round((FRAME_SAMPLES * clockRate) / config.sampleRate);
}

function readObjectType(bits: BitReader): number {
  const type = bits.u(5);
  return type === 31 ? 32 + bits.u(6) : type;
}

function readRate(bits: BitReader): number {
  const index = bits.u(4);
  const rate = index === ESCAPE_RATE ? bits.u(24) : SAMPLE_RATES[index];
  if (rate === undefined || rate < 1 || rate > 192_000)
    throw new MediaError('codec.malformed', 'an AAC config without a sample rate');
  return rate;
}
