/** A pre-encoded elementary stream (Annex B file) as access units: the demo camera's source and the tests'. */
import type { AccessUnit, VideoCodec } from './access-unit.ts';

/** An access unit without its time; the one who plays the clip gives it. */
export type ClipUnit = Omit<AccessUnit, 'captureUs' | 'durationUs' | 'discontinuity'>;

/**
 * Splits at access unit borders; parameter sets lead each keyframe, pictures before the first keyframe are left out.
 * @throws {MediaError} `codec.malformed` for parameter sets that cannot be read or a unit over the limits
 */
export declare function accessUnitsOf(codec: VideoCodec, annexB: Uint8Array): ClipUnit[];
