/** How long an Opus packet sounds, from its table-of-contents byte (RFC 6716, 3.1 and 3.2). */

const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];
const TICKS_A_MS = 48;
const LONGEST_MS = 120;

/** @returns ticks of Opus's 48 kHz RTP clock; 0 for a packet that says nothing sensible */
export function opusTicks(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const config = toc >> 3;
  const frameMs = config < 12 ? SILK_MS[config & 3] : config < 16 ? HYBRID_MS[config & 1] : CELT_MS[config & 3];
  const code = toc & 3;
  const frames = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
  const ms = (frameMs ?? 0) * frames;
  return ms > LONGEST_MS ? 0 : ms * TICKS_A_MS;
}
