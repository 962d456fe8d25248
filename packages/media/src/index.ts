/** What pictures and sounds are made of: access units, parameter sets, RTP, GOPs. Steps 2 and 3 of the path; no I/O, no clock. */
export { MediaError, type MediaErrorCode } from './media-error.ts';
export { MEDIA_LIMITS } from './media-limits.ts';
export type { AccessUnit } from './access-unit.ts';
export { isVideo, type AudioCodec, type Codec, type VideoCodec } from './codec.ts';
export {
  decodeCodecConfig,
  encodeCodecConfig,
  sameCodecConfig,
  type AudioConfig,
  type CodecConfig,
  type VideoConfig,
} from './codec-config.ts';
export { soundWords, videoWords } from './codec-words.ts';
export { joinAnnexB, splitAnnexB } from './annex-b.ts';
export { accessUnitsOf, type ClipUnit } from './clip.ts';
export type { SpsFacts } from './nal-rules.ts';
export { factsOf } from './rules-of.ts';
export { H264_NAL, h264NalType, isH264Keyframe, parseH264Sps } from './nal-h264.ts';
export { H265_NAL, h265NalType, isH265Keyframe, parseH265Sps } from './nal-h265.ts';
export { Gop, type GopOutcome } from './gop.ts';
export { parseSdp, resolveControl, type MediaDescription, type RtpFormat, type SessionDescription } from './sdp.ts';
export {
  describeTracks,
  type AudioTrack,
  type AuHeaderSizes,
  type TrackDescription,
  type Tracks,
  type VideoTrack,
} from './track.ts';
export { parseRtpPacket, type RtpPacket } from './rtp/packet.ts';
export { scrubPacket } from './rtp/scrub.ts';
export { TrackReceiver, type ReceiverOptions, type ReceiverStats } from './rtp/track-receiver.ts';
export { readWatermark, writeWatermark, type MarkedUnit, type Watermark } from './watermark.ts';
