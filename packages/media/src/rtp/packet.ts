/**
 * One RTP packet as it comes from the network: hostile until parsed (RFC 3550, 5.1). A thousand a second come for each camera, so
 * nothing is made for one that is not handed on.
 */

export interface RtpPacket {
  readonly payloadType: number;
  /** u16. */
  readonly sequence: number;
  /** u32, in ticks of the track's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly marker: boolean;
  /** A view into the packet, padding and extension cut off. */
  readonly payload: Uint8Array;
}

const FIXED_BYTES = 12;
const VERSION = 2;

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);
}

/** Undefined for anything that is not one whole RTP version 2 packet: on UDP that is everyday noise, not a fault. */
export function parseRtpPacket(bytes: Uint8Array): RtpPacket | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const first = bytes[0] ?? 0;
  if (first >> 6 !== VERSION) return undefined;
  const padded = (first & 0x20) !== 0;
  let from = FIXED_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (bytes.length < from + 4) return undefined;
    from += 4 + 4 * u16(bytes, from + 2);
  }
  // The last octet of padding counts itself, so 0 is no padding anyone may send.
  const padding = padded ? (bytes[bytes.length - 1] ?? 0) : 0;
  const to = bytes.length - padding;
  if (to < from || (padded && padding === 0)) return undefined;
  const second = bytes[1] ?? 0;
  return {
    payloadType: second & 0x7f,
    sequence: u16(bytes, 2),
    timestamp: u32(bytes, 4),
    ssrc: u32(bytes, 8),
    marker: second >= 0x80,
    payload: bytes.subarray(from, to),
  };
}
