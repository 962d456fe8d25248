/**
 * How to decode what follows. Travels inside the sealed frame, so a viewer never configures a decoder from the open wire.
 *
 *   version u8 (1) ‖ codec u8 ‖ codecString (u8 length, ASCII) ‖
 *     video: width u16 ‖ height u16 ‖ n u8 × (u16 length ‖ NAL unit)
 *     audio: sampleRate u32 ‖ channels u8 ‖ asc (u16 length, 0: none)
 */
import { isVideo, type AudioCodec, type Codec, type VideoCodec } from './codec.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';

export interface VideoConfig {
  readonly codec: VideoCodec;
  /** RFC 6381 form from the SPS: `avc1.64001f`, `hev1.1.6.L93.b0`. */
  readonly codecString: string;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  /** NAL units without start codes in the order VPS, SPS, PPS. The same ones lead every keyframe. */
  readonly parameterSets: readonly Uint8Array[];
}

export interface AudioConfig {
  readonly codec: AudioCodec;
  /** `mp4a.40.2`, `opus`, `ulaw`, `alaw`. */
  readonly codecString: string;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** AAC's AudioSpecificConfig. */
  readonly asc?: Uint8Array;
}

export type CodecConfig = VideoConfig | AudioConfig;

const VERSION = 1;
const CODECS: readonly Codec[] = ['h264', 'h265', 'pcmu', 'pcma', 'aac', 'opus'];
const CODEC_STRING = /^[A-Za-z0-9.]{1,64}$/;

/** @throws {MediaError} `codec.malformed` when it does not fit MEDIA_LIMITS.codecConfigBytes or its fields */
export function encodeCodecConfig(config: CodecConfig): Uint8Array<ArrayBuffer> {
  check(config);
  const sized = 'parameterSets' in config ? config.parameterSets : [config.asc ?? new Uint8Array()];
  const head = 3 + config.codecString.length + 5;
  const length = sized.reduce((sum, part) => sum + 2 + part.length, head);
  if (length > MEDIA_LIMITS.codecConfigBytes) throw malformed('codec config too large');
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  out.set([VERSION, CODECS.indexOf(config.codec), config.codecString.length]);
  out.set(new TextEncoder().encode(config.codecString), 3);
  let at = 3 + config.codecString.length;
  if ('parameterSets' in config) {
    view.setUint16(at, config.width);
    view.setUint16(at + 2, config.height);
    view.setUint8(at + 4, sized.length);
  } else {
    view.setUint32(at, config.sampleRate);
    view.setUint8(at + 4, config.channels);
  }
  at += 5;
  for (const part of sized) {
    view.setUint16(at, part.length);
    out.set(part, at + 2);
    at += 2 + part.length;
  }
  return out;
}

/** The parts returned are copies. @throws {MediaError} `codec.malformed` for anything that `encodeCodecConfig` does not write */
export function decodeCodecConfig(bytes: Uint8Array): CodecConfig {
  if (bytes.length > MEDIA_LIMITS.codecConfigBytes) throw malformed('codec config too large');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): number => {
    if (at + length > bytes.length) throw malformed('codec config ends early');
    at += length;
    return at - length;
  };
  const takeSized = (): Uint8Array => {
    const length = view.getUint16(take(2));
    const from = take(length);
    return bytes.slice(from, from + length);
  };
  if (view.getUint8(take(1)) !== VERSION) throw malformed('unknown codec config version');
  const codec = CODECS[view.getUint8(take(1))];
  if (codec === undefined) throw malformed('unknown codec');
  const stringLength = view.getUint8(take(1));
  const stringAt = take(stringLength);
  const codecString = String.fromCharCode(...bytes.subarray(stringAt, stringAt + stringLength));
  let config: CodecConfig;
  if (isVideo(codec)) {
    const width = view.getUint16(take(2));
    const height = view.getUint16(take(2));
    const count = view.getUint8(take(1));
    const parameterSets = Array.from({ length: count }, takeSized);
    config = { codec, codecString, width, height, parameterSets };
  } else {
    const sampleRate = view.getUint32(take(4));
    const channels = view.getUint8(take(1));
    const asc = takeSized();
    config = { codec, codecString, sampleRate, channels, ...(asc.length > 0 && { asc }) };
  }
  if (at !== bytes.length) throw malformed('bytes after the codec config');
  check(config);
  return config;
}

/** One rule for both directions: what cannot be decoded again is never encoded. */
function check(config: CodecConfig): void {
  if (!CODEC_STRING.test(config.codecString)) throw malformed('not a codec string');
  if ('parameterSets' in config) {
    const { width, height, parameterSets: sets } = config;
    if (!within(width, 1, MEDIA_LIMITS.pictureSide) || !within(height, 1, MEDIA_LIMITS.pictureSide)) {
      throw malformed('impossible picture size');
    }
    if (
      sets.length > MEDIA_LIMITS.parameterSets ||
      sets.some((set) => !within(set.length, 1, MEDIA_LIMITS.parameterSetBytes))
    ) {
      throw malformed('too many or too large parameter sets');
    }
    return;
  }
  if (!within(config.sampleRate, 1, 384_000) || !within(config.channels, 1, 8)) throw malformed('impossible audio');
  if ((config.asc?.length ?? 0) > MEDIA_LIMITS.parameterSetBytes) throw malformed('too large an audio config');
}

export function sameCodecConfig(a: CodecConfig, b: CodecConfig): boolean {
  const [left, right] = [encodeCodecConfig(a), encodeCodecConfig(b)];
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function malformed(detail: string): MediaError {
  return new MediaError('codec.malformed', detail);
}
