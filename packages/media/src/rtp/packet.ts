/** One RTP packet as it comes from the network: hostile until parsed (RFC 3550, 5.1). */

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

/** Undefined for anything that is not one whole RTP version 2 packet: on UDP that is everyday noise, not a fault. */
export function parseRtpPacket(bytes: Uint8Array): RtpPacket | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  if (first >> 6 !== VERSION) return undefined;
  const [padded, extended, sources] = [(first & 0x20) !== 0, (first & 0x10) !== 0, first & 0x0f];
  let from = FIXED_BYTES + 4 * sources;
  if (extended) {
    if (bytes.length < from + 4) return undefined;
    from += 4 + 4 * view.getUint16(from + 2);
  }
  // The last octet of padding counts itself, so 0 is no padding anyone may send.
  const padding = padded ? view.getUint8(bytes.length - 1) : 0;
  const to = bytes.length - padding;
  if (to < from || (padded && padding === 0)) return undefined;
  const second = view.getUint8(1);
  return {
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    marker: second >= 0x80,
    payload: bytes.subarray(from, to),
  };
}
