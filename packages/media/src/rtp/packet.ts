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

/** Undefined for anything that is not one whole RTP version 2 packet: on UDP that is everyday noise, not a fault. */
export declare function parseRtpPacket(bytes: Uint8Array): RtpPacket | undefined;
