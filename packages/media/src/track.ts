/** Formats of an SDP to the tracks Sealcam can carry: H.264, H.265, PCMU, PCMA, Opus, AAC. */
import { takeApart } from './annex-b.ts';
import { makeAacConfig, parseAacConfig } from './aac-config.ts';
import type { AudioCodec, VideoCodec } from './codec.ts';
import type { AudioConfig } from './codec-config.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';
import type { MediaDescription, RtpFormat, SessionDescription } from './sdp.ts';

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

/** Bits of the fields of an AU header (RFC 3640, 3.2.1). */
export interface AuHeaderSizes {
  readonly sizeBits: number;
  readonly indexBits: number;
  readonly deltaBits: number;
}

export interface AudioTrack extends TrackBase {
  readonly media: 'audio';
  readonly codec: AudioCodec;
  readonly config: AudioConfig;
  /** AAC only. */
  readonly auHeader?: AuHeaderSizes;
}

export type TrackDescription = VideoTrack | AudioTrack;

export interface Tracks {
  /** The first video Sealcam can carry. */
  readonly video?: VideoTrack;
  readonly audio?: AudioTrack;
  /** Encodings (`video/jpeg`) offered that cannot be carried, for the words of an `rtsp.codec` error. */
  readonly unsupported: readonly string[];
  /** What else is there and is not for us, in plain words: `sound as G.726`, `a way to talk back`. */
  readonly beside: readonly string[];
}

const OPUS_RATE = 48_000;

/** Never throws for an unreadable fmtp: such a format counts as unsupported, a damaged parameter set as absent. */
export function describeTracks(sdp: SessionDescription): Tracks {
  let video: VideoTrack | undefined;
  let audio: AudioTrack | undefined;
  const unsupported: string[] = [];
  const beside = new Set<string>();
  for (const media of sdp.medias) {
    if (media.kind !== 'video' && media.kind !== 'audio') {
      if (media.formats.some(({ encoding }) => encoding.includes('onvif'))) beside.add('ONVIF data');
      continue;
    }
    if (isForUsToSend(media, sdp)) {
      beside.add('a way to talk back');
      continue;
    }
    for (const format of media.formats) {
      const described = media.kind === 'video' ? describeVideo(format) : describeAudio(format);
      const control = media.control !== undefined && { control: media.control };
      if (described === undefined || !isPrintable(media.control ?? '')) {
        unsupported.push(`${media.kind}/${format.encoding}`);
        if (media.kind === 'audio') beside.add(`sound as ${nameOf(format)}`);
      } else if (described.media === 'audio') audio ??= { ...described, ...control };
      else if (video === undefined) video = { ...described, ...control };
      else beside.add('a second video');
    }
  }
  return { ...(video && { video }), ...(audio && { audio }), unsupported, beside: [...beside] };
}

/** ONVIF's back channel. A camera that calls its pictures so, too, means that it sends. */
function isForUsToSend({ kind, direction }: MediaDescription, { medias }: SessionDescription): boolean {
  if (kind !== 'audio' || direction !== 'sendonly') return false;
  return !medias.some((other) => other.kind === 'video' && other.direction === 'sendonly');
}

const SOUNDS: Readonly<Record<string, string>> = {
  g722: 'G.722',
  gsm: 'GSM',
  g729: 'G.729',
  g723: 'G.723',
  mpa: 'MPEG audio',
};

/** As people know it: `G.726`, `uncompressed samples (L16)`. */
function nameOf({ encoding }: RtpFormat): string {
  if (encoding.startsWith('g726') || encoding.startsWith('aal2-g726')) return 'G.726';
  if (/^l(?:8|16|20|24)$/.test(encoding)) return `uncompressed samples (${encoding.toUpperCase()})`;
  return SOUNDS[encoding] ?? encoding.toUpperCase();
}

/** A control goes into a request line: a space or a control character in it would be another header. */
function isPrintable(control: string): boolean {
  return /^[\x21-\x7e]*$/.test(control);
}

/** Undefined for what Sealcam cannot carry. */
function describeVideo(format: RtpFormat): VideoTrack | undefined {
  const { payloadType, clockRate, encoding, fmtp } = format;
  const base = { media: 'video', payloadType, clockRate } as const;
  if (encoding === 'h264') {
    if (fmtp.get('packetization-mode') === '2') return undefined; // interleaved: no camera is known to send it
    return { ...base, codec: 'h264', parameterSets: readSets(fmtp.get('sprop-parameter-sets')), donPresent: false };
  }
  if (encoding === 'h265' || encoding === 'hevc') {
    const parameterSets = ['sprop-vps', 'sprop-sps', 'sprop-pps'].flatMap((name) => readSets(fmtp.get(name)));
    return { ...base, codec: 'h265', parameterSets, donPresent: Number(fmtp.get('sprop-max-don-diff') ?? 0) > 0 };
  }
  return undefined;
}

/** Undefined for what Sealcam cannot carry. */
function describeAudio(format: RtpFormat): AudioTrack | undefined {
  const { payloadType, clockRate, encoding, channels } = format;
  const base = { media: 'audio', payloadType, clockRate } as const;
  switch (encoding) {
    case 'pcmu':
    case 'pcma': {
      const codecString = encoding === 'pcmu' ? 'ulaw' : 'alaw';
      return { ...base, codec: encoding, config: { codec: encoding, codecString, sampleRate: clockRate, channels } };
    }
    case 'opus':
      // RFC 7587: always 48 kHz and 2 channels in rtpmap, whatever is inside.
      if (clockRate !== OPUS_RATE) return undefined;
      return {
        ...base,
        codec: 'opus',
        config: { codec: 'opus', codecString: 'opus', sampleRate: OPUS_RATE, channels: 2 },
      };
    case 'mpeg4-generic': {
      const config = readAacConfig(format);
      const auHeader = readAuHeader(format.fmtp);
      return config && auHeader && { ...base, codec: 'aac', config, auHeader };
    }
    default:
      return undefined;
  }
}

function readAacConfig({ fmtp, clockRate, channels }: RtpFormat): AudioConfig | undefined {
  const hex = fmtp.get('config') ?? '';
  if (hex === '') return makeAacConfig(clockRate, channels);
  if (hex.length > 128 || !/^([0-9a-f]{2})+$/i.test(hex)) return undefined;
  try {
    return parseAacConfig(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}

/** RFC 3640, 3.3.5 and 3.3.6: two modes, told apart by the sizes of their fields. Others have fields we do not read. */
function readAuHeader(fmtp: ReadonlyMap<string, string>): AuHeaderSizes | undefined {
  const mode = (fmtp.get('mode') ?? 'aac-hbr').toLowerCase();
  const normal = mode === 'aac-hbr' ? [13, 3, 3] : mode === 'aac-lbr' ? [6, 2, 2] : undefined;
  if (normal === undefined) return undefined;
  const names = ['sizelength', 'indexlength', 'indexdeltalength'];
  const [sizeBits = 0, indexBits = 0, deltaBits = 0] = names.map((name, i) => Number(fmtp.get(name) ?? normal[i]));
  const sensible = [sizeBits, indexBits, deltaBits].every((bits) => Number.isInteger(bits) && bits >= 0 && bits <= 16);
  return sensible && sizeBits > 0 ? { sizeBits, indexBits, deltaBits } : undefined;
}

/** Comma-separated base64; a set that cannot be read is left out, since the stream will most likely bring its own. */
function readSets(words: string | undefined): Uint8Array[] {
  if (words === undefined) return [];
  const sets = words.split(',').slice(0, MEDIA_LIMITS.parameterSets).map(fromBase64);
  // Some put a start code before each set, or all of them into one word.
  return sets
    .flatMap((set) => (set === undefined ? [] : takeApart(set)))
    .filter(({ length }) => length > 1 && length <= MEDIA_LIMITS.parameterSetBytes)
    .slice(0, MEDIA_LIMITS.parameterSets);
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_VALUE = new Map(Array.from(BASE64, (char, value) => [char, value]));

/** Undefined too for more than a parameter set may be: no work is done for it. */
function fromBase64(words: string): Uint8Array | undefined {
  if (words.length > 2 * MEDIA_LIMITS.parameterSetBytes) return undefined;
  const digits = words.trim().replace(/=+$/, '');
  const out = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let [held, bits, at] = [0, 0, 0];
  for (const digit of digits) {
    const value = BASE64_VALUE.get(digit);
    if (value === undefined) return undefined;
    held = ((held << 6) | value) & 0x3fff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at] = (held >> bits) & 0xff;
    at += 1;
  }
  return out;
}
