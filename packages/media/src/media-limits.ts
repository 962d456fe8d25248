/** Every bound of this package; each is checked where bytes are appended. The first, gop* and config agree with protocol's limits. */
export const MEDIA_LIMITS = {
  /** One access unit, parameter sets and start codes counted. Cameras send up to 4 MB keyframes (measured). */
  accessUnitBytes: 4 * 1024 * 1024,
  /** NAL units of one access unit. 4K in slices needs some dozens. */
  accessUnitNals: 512,
  /** One audio frame. AAC's largest is 6144 bits a channel; PCM comes in packets. */
  audioFrameBytes: 64 * 1024,
  /** One parameter set, and how many of them a stream may keep (VPS, SPS and PPS together). */
  parameterSetBytes: 4 * 1024,
  parameterSets: 12,
  /** An encoded codec config: its length is a u16 inside the sealed frame. */
  codecConfigBytes: 65_535,
  /** The kept GOP of one stream. */
  gopBytes: 24 * 1024 * 1024,
  gopUnits: 1200,
  /** A session description: real ones are below 4 KB. */
  sdpBytes: 64 * 1024,
  sdpLines: 1000,
  sdpMedias: 32,
  sdpFormats: 64,
  /** Packets, bytes and microseconds that UDP packets may wait for one that is missing. */
  reorderPackets: 128,
  reorderBytes: 1024 * 1024,
  reorderUs: 60_000,
  /** Largest picture side that is believed. */
  pictureSide: 16_384,
} as const;
