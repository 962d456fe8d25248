/** What a camera says it sends (the SDP of an RTSP DESCRIBE, RFC 8866). */
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';

export interface RtpFormat {
  readonly payloadType: number;
  /** Lower case, as in rtpmap: `h264`, `mpeg4-generic`. Static payload types are filled in. */
  readonly encoding: string;
  readonly clockRate: number;
  readonly channels: number;
  /** Format parameters, names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
}

export type Direction = 'sendonly' | 'recvonly' | 'sendrecv' | 'inactive';

export interface MediaDescription {
  /** `video`, `audio`, `application`… as sent, lower case. */
  readonly kind: string;
  /** `RTP/AVP`, `RTP/SAVP`… as sent. */
  readonly protocol: string;
  /** a=control of this media, raw. Absent: the session's own URL. */
  readonly control?: string;
  /** Of the one who asks: `sendonly` is for us to send (ONVIF's way to talk back). Absent: not said. */
  readonly direction?: Direction;
  readonly formats: readonly RtpFormat[];
}

export interface SessionDescription {
  /** Session-level a=control, raw. */
  readonly control?: string;
  readonly medias: readonly MediaDescription[];
}

/** RFC 3551, table 4 and 5: what a camera may send without an rtpmap. */
const STATIC_FORMATS: Readonly<Record<number, readonly [encoding: string, clockRate: number]>> = {
  0: ['pcmu', 8000],
  3: ['gsm', 8000],
  8: ['pcma', 8000],
  9: ['g722', 8000],
  14: ['mpa', 90_000],
  18: ['g729', 8000],
  26: ['jpeg', 90_000],
  32: ['mpv', 90_000],
  33: ['mp2t', 90_000],
};

interface OpenMedia {
  kind: string;
  protocol: string;
  control?: string;
  direction?: Direction;
  payloadTypes: number[];
  rtpmap: Map<number, string>;
  fmtp: Map<number, string>;
}

/**
 * Lenient where cameras are sloppy (line ends, order, unknown lines), strict about sizes.
 * @throws {MediaError} `rtsp.malformed` when it is over MEDIA_LIMITS or not SDP at all
 */
export function parseSdp(text: string): SessionDescription {
  if (text.length > MEDIA_LIMITS.sdpBytes) throw malformed('session description too large');
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > MEDIA_LIMITS.sdpLines) throw malformed('session description with too many lines');
  const medias: OpenMedia[] = [];
  let sessionControl: string | undefined;
  let known = 0;
  for (const line of lines) {
    const [, type, value] = /^\s*([a-z])=(.*)$/.exec(line) ?? [];
    if (type === undefined || value === undefined) continue;
    known += 1;
    const media = medias.at(-1);
    if (type === 'm') medias.push(openMedia(value));
    else if (type === 'a' && media !== undefined) readAttribute(value, media);
    else if (type === 'a' && value.startsWith('control:')) sessionControl = value.slice('control:'.length).trim();
  }
  if (known === 0) throw malformed('not a session description');
  if (medias.length > MEDIA_LIMITS.sdpMedias) throw malformed('session description with too many medias');
  return { ...(sessionControl !== undefined && { control: sessionControl }), medias: medias.map(closeMedia) };
}

function openMedia(value: string): OpenMedia {
  const [kind = '', , protocol = '', ...formats] = value.trim().split(/\s+/);
  const payloadTypes = formats.map(Number).filter((type) => Number.isInteger(type) && type >= 0 && type <= 127);
  return {
    kind: kind.toLowerCase(),
    protocol,
    payloadTypes: payloadTypes.slice(0, MEDIA_LIMITS.sdpFormats),
    rtpmap: new Map(),
    fmtp: new Map(),
  };
}

function readAttribute(value: string, media: OpenMedia): void {
  const direction = /^(sendonly|recvonly|sendrecv|inactive)\s*$/.exec(value)?.[1];
  if (direction !== undefined) media.direction = direction as Direction;
  const [, name, rest = ''] = /^([A-Za-z-]+):(.*)$/.exec(value) ?? [];
  if (name === 'control') media.control = rest.trim();
  if (name !== 'rtpmap' && name !== 'fmtp') return;
  const [, type, words = ''] = /^\s*(\d{1,3})\s+(.*)$/.exec(rest) ?? [];
  if (type !== undefined) media[name].set(Number(type), words.trim());
}

function closeMedia({ kind, protocol, control, direction, payloadTypes, rtpmap, fmtp }: OpenMedia): MediaDescription {
  const formats = payloadTypes.flatMap((payloadType) => {
    const mapped = rtpmap.get(payloadType);
    const format = mapped === undefined ? staticFormat(payloadType) : parseRtpmap(mapped);
    return format === undefined ? [] : [{ payloadType, ...format, fmtp: parseFmtp(fmtp.get(payloadType) ?? '') }];
  });
  return { kind, protocol, ...(control !== undefined && { control }), ...(direction && { direction }), formats };
}

type Mapped = Pick<RtpFormat, 'encoding' | 'clockRate' | 'channels'>;

function staticFormat(payloadType: number): Mapped | undefined {
  const known = STATIC_FORMATS[payloadType];
  return known && { encoding: known[0], clockRate: known[1], channels: 1 };
}

/** `H264/90000`, `OPUS/48000/2`. */
function parseRtpmap(words: string): Mapped | undefined {
  const [encoding = '', clock = '', channels = '1'] = words.split('/').map((part) => part.trim());
  const clockRate = Number(clock);
  if (!/^[\w.+-]{1,64}$/.test(encoding) || !Number.isInteger(clockRate) || clockRate < 1 || clockRate > 1_000_000)
    return undefined;
  return { encoding: encoding.toLowerCase(), clockRate, channels: /^[1-8]$/.test(channels) ? Number(channels) : 1 };
}

function parseFmtp(words: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of words.split(';')) {
    const at = part.indexOf('=');
    const name = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    if (name !== '') parameters.set(name, at < 0 ? '' : part.slice(at + 1).trim());
  }
  return parameters;
}

/**
 * The URL of SETUP or PLAY (RFC 2326, C.1.1): absolute controls as they are, `*` or none is the base, others are appended
 * (after a query, too: that is what cameras with `?channel=1` expect).
 * @param base Content-Base, else Content-Location, else the URL of DESCRIBE
 */
export function resolveControl(base: string, control: string | undefined): string {
  if (control === undefined || control === '' || control === '*') return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  if (control.startsWith('?')) return base + control;
  const stem = base.endsWith('/') ? base.slice(0, -1) : base;
  return `${stem}/${control.startsWith('/') ? control.slice(1) : control}`;
}

function malformed(detail: string): MediaError {
  return new MediaError('rtsp.malformed', detail);
}
