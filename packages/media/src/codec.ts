/** The codecs Sealcam carries. */
export type VideoCodec = 'h264' | 'h265';
export type AudioCodec = 'pcmu' | 'pcma' | 'aac' | 'opus';
export type Codec = VideoCodec | AudioCodec;

export function isVideo(codec: Codec): codec is VideoCodec {
  return codec === 'h264' || codec === 'h265';
}
