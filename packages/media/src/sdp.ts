/** What a camera says it sends (the SDP of an RTSP DESCRIBE, RFC 8866), to typed tracks. */
import type { AudioCodec, VideoCodec } from './access-unit.ts';
import type { AudioConfig } from './codec-config.ts';

export interface RtpFormat {
  readonly payloadType: number;
  /** Lower case, as in rtpmap: `h264`, `mpeg4-generic`. Static payload types are filled in. */
  readonly encoding: string;
  readonly clockRate: number;
  readonly channels: number;
  /** Format parameters, names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
}

export interface MediaDescription {
  /** `video`, `audio`, `application`… as sent, lower case. */
  readonly kind: string;
  /** `RTP/AVP`, `RTP/SAVP`… as sent. */
  readonly protocol: string;
  /** a=control of this media, raw. Absent: the session's own URL. */
  readonly control?: string;
  readonly formats: readonly RtpFormat[];
}

export interface SessionDescription {
  /** Session-level a=control, raw. */
  readonly control?: string;
  readonly medias: readonly MediaDescription[];
}

interface TrackBase {
  readonly payloadType: number;
  /** RTP ticks a second. */
  readonly clockRate: number;
  /** a=control of its media, raw: pass it to `resolveControl`. */
  readonly control?: string;
}

export interface VideoTrack extends TrackBase {
  readonly media: 'video';
  readonly codec: VideoCodec;
  /** NAL units from sprop-parameter-sets or sprop-vps/sps/pps; may be empty (then they come in the stream). */
  readonly parameterSets: readonly Uint8Array[];
  /** RFC 7798 sprop-max-don-diff above 0: DON fields are present. */
  readonly donPresent: boolean;
}

export interface AudioTrack extends TrackBase {
  readonly media: 'audio';
  readonly codec: AudioCodec;
  readonly config: AudioConfig;
  /** RFC 3640 AU header bit lengths (AAC only). */
  readonly auHeader?: { readonly sizeBits: number; readonly indexBits: number; readonly deltaBits: number };
}

export type TrackDescription = VideoTrack | AudioTrack;

export interface Tracks {
  /** The first video Sealcam can carry. */
  readonly video?: VideoTrack;
  readonly audio?: AudioTrack;
  /** Encodings (`video/jpeg`) offered that cannot be carried, for the words of an `rtsp.codec` error. */
  readonly unsupported: readonly string[];
}

/**
 * Lenient where cameras are sloppy (line ends, order, unknown lines), strict about sizes.
 * @throws {MediaError} `rtsp.malformed` when it is over MEDIA_LIMITS or not SDP at all
 */
export declare function parseSdp(text: string): SessionDescription;

/** Never throws for an unreadable fmtp: such a format counts as unsupported, a damaged parameter set as absent. */
export declare function describeTracks(sdp: SessionDescription): Tracks;

/**
 * The URL of SETUP or PLAY (RFC 2326, C.1.1): absolute controls as they are, `*` or none is the base, others are appended.
 * @param base Content-Base, else Content-Location, else the URL of DESCRIBE
 */
export declare function resolveControl(base: string, control: string | undefined): string;
