/** A pre-encoded elementary stream (Annex B file) as access units: the demo camera's source and the tests'. */
import type { AccessUnit } from './access-unit.ts';
import { splitAnnexB } from './annex-b.ts';
import type { VideoCodec } from './codec.ts';
import type { VideoConfig } from './codec-config.ts';
import { MediaError } from './media-error.ts';
import { PictureBuilder } from './picture-builder.ts';
import { rulesOf } from './rules-of.ts';

/** An access unit without its time; the one who plays the clip gives it. */
export type ClipUnit = Pick<AccessUnit, 'keyframe' | 'data'> & {
  readonly codec: VideoCodec;
  readonly config?: VideoConfig;
};

/**
 * Splits at access unit borders; parameter sets lead each keyframe, pictures before the first keyframe are left out.
 * @throws {MediaError} `codec.malformed` for parameter sets that cannot be read or a unit over the limits
 */
export function accessUnitsOf(codec: VideoCodec, annexB: Uint8Array): ClipUnit[] {
  const builder = new PictureBuilder(codec);
  const units: ClipUnit[] = [];
  for (const nals of groupNals(codec, splitAnnexB(annexB))) {
    const built = builder.build(nals);
    if (built.kind === 'empty') continue;
    if (built.kind !== 'picture') throw new MediaError('codec.malformed', `a picture of the clip is ${built.kind}`);
    if (units.length === 0 && !built.keyframe) continue;
    const { keyframe, data, config } = built;
    units.push({ codec, keyframe, data, ...(config && { config }) });
  }
  return units;
}

/** A new access unit begins with a first slice, or with what precedes one, once a slice was seen (H.264 7.4.1.2.3). */
function groupNals(codec: VideoCodec, nals: readonly Uint8Array[]): Uint8Array[][] {
  const rules = rulesOf(codec);
  const groups: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  let hasSlice = false;
  for (const nal of nals) {
    if (hasSlice && rules.beginsPicture(nal)) {
      groups.push(current);
      current = [];
      hasSlice = false;
    }
    current.push(nal);
    hasSlice ||= rules.isSlice(nal);
  }
  if (current.length > 0) groups.push(current);
  return groups;
}
