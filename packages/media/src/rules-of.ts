/** Which rules a codec has. */
import type { VideoCodec } from './codec.ts';
import { H264_RULES } from './nal-h264.ts';
import { H265_RULES } from './nal-h265.ts';
import type { NalRules } from './nal-rules.ts';

export function rulesOf(codec: VideoCodec): NalRules {
  return codec === 'h264' ? H264_RULES : H265_RULES;
}
