/** Which rules a codec has, and what they say of a config. */
import type { VideoCodec } from './codec.ts';
import type { VideoConfig } from './codec-config.ts';
import { H264_RULES } from './nal-h264.ts';
import { H265_RULES } from './nal-h265.ts';
import type { NalRules, SpsFacts } from './nal-rules.ts';

export function rulesOf(codec: VideoCodec): NalRules {
  return codec === 'h264' ? H264_RULES : H265_RULES;
}

/** @throws {MediaError} `codec.malformed` for a config without an SPS that can be read */
export function factsOf({ codec, parameterSets }: VideoConfig): SpsFacts {
  const rules = rulesOf(codec);
  const sps = parameterSets.find((nal) => rules.identify(nal)?.kind === 'sps');
  return rules.parseSps(sps ?? new Uint8Array());
}
