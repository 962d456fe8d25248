/** Which configs this browser may be asked to decode: sizes first, since a decoder reserves memory before it sees a byte. */
import { decodeCodecConfig, MediaError, parseH264Sps, parseH265Sps, splitAnnexB } from '@sealcam/media';
import { H264_NAL, H265_NAL, h264NalType, h265NalType, type CodecConfig, type VideoConfig } from '@sealcam/media';

/** The largest picture that is configured: 12 MP, H.264 level 5.2 and a little. A hostile 16384 x 16384 would take gigabytes. */
export const MAX_SIDE = 4608;
export const MAX_PIXELS: number = 4608 * 2592;
/** Parameter sets lead a keyframe; they lie within this. */
const HEAD_BYTES = 64 * 1024;

export type Acceleration = 'no-preference' | 'prefer-software';

export function fits({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_PIXELS;
}

/** Undefined for bytes that are no config of a picture. */
export function readVideoConfig(config: CodecConfig | Uint8Array): VideoConfig | undefined {
  try {
    const read = config instanceof Uint8Array ? decodeCodecConfig(config) : config;
    return 'parameterSets' in read ? read : undefined;
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}

/** The decoder believes the SPS in the stream, not the config beside it: all of a keyframe's must be readable and fit. */
export function judgeKeyframe(config: VideoConfig, annexB: Uint8Array): 'fits' | 'too-large' | 'malformed' {
  const nals = splitAnnexB(annexB.subarray(0, HEAD_BYTES));
  const inStream = nals.filter((nal) =>
    config.codec === 'h264' ? h264NalType(nal) === H264_NAL.sps : h265NalType(nal) === H265_NAL.sps,
  );
  if (inStream.length === 0) return 'malformed';
  try {
    const sizes = inStream.map(config.codec === 'h264' ? parseH264Sps : parseH265Sps);
    return [config, ...sizes].every(fits) ? 'fits' : 'too-large';
  } catch (error) {
    if (error instanceof MediaError) return 'malformed';
    throw error;
  }
}

/** A config this browser takes, or undefined. Annex B: no description. */
export async function findDecoderConfig(
  config: VideoConfig,
  hardwareAcceleration: Acceleration,
): Promise<VideoDecoderConfig | undefined> {
  if (!fits(config) || !('VideoDecoder' in globalThis)) return undefined;
  const { codecString, width: codedWidth, height: codedHeight } = config;
  // Safari knows H.265 as hvc1 only; the bytes are the same.
  const codecs = codecString.startsWith('hev1') ? [codecString, codecString.replace('hev1', 'hvc1')] : [codecString];
  for (const codec of codecs) {
    const wanted = { codec, codedWidth, codedHeight, hardwareAcceleration, optimizeForLatency: true };
    const { supported } = await VideoDecoder.isConfigSupported(wanted).catch(() => ({ supported: false }));
    if (supported === true) return wanted;
  }
  return undefined;
}

/** Whether this browser decodes that config; false too for sizes over the cap and bytes that are no config. */
export async function canPlay(config: CodecConfig | Uint8Array): Promise<boolean> {
  const video = readVideoConfig(config);
  if (video !== undefined) return (await findDecoderConfig(video, 'no-preference')) !== undefined;
  return false;
}
