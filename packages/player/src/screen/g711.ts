/** G.711 sound (ITU-T G.711): one byte a sample to -1..1, by two tables. */

function muLaw(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function aLaw(byte: number): number {
  const inverted = byte ^ 0x55;
  const segment = (inverted & 0x70) >> 4;
  const base = ((inverted & 0x0f) << 4) + (segment === 0 ? 8 : 0x108);
  const magnitude = segment > 1 ? base << (segment - 1) : base;
  return inverted & 0x80 ? magnitude : -magnitude;
}

const FULL_SCALE = 32_768;
const TABLES = {
  pcmu: Float32Array.from({ length: 256 }, (_, byte) => muLaw(byte) / FULL_SCALE),
  pcma: Float32Array.from({ length: 256 }, (_, byte) => aLaw(byte) / FULL_SCALE),
} as const;

/** @returns one array a channel; samples of channels are interleaved in `data` */
export function decodeG711(codec: 'pcmu' | 'pcma', data: Uint8Array, channels: number): Float32Array<ArrayBuffer>[] {
  const table = TABLES[codec];
  const length = Math.floor(data.length / channels);
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length }, (_none, i) => table[data[i * channels + channel] ?? 0] ?? 0),
  );
}
