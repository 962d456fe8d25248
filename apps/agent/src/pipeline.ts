/** The path from a camera to the relay, steps 1 to 5 of ARCHITECTURE.md, a line a step. */
import { encodeCodecConfig, isVideo, type AccessUnit, type CodecConfig } from '@sealcam/media';
import { letGo, micros, type Track } from '@sealcam/protocol';
import type { PlainUnit } from '@sealcam/seal';
import type { SealedTrack } from './sealed-track.ts';
import type { ReadSource, SourceState } from './source.ts';

/** Where sealed frames go. */
export interface Publisher {
  /**
   * @param envelope the publisher's from here on: it gives the memory back when it is sent
   * @returns false when it was dropped; the track goes on at its next keyframe
   */
  publish(track: Track, envelope: Uint8Array, keyframe: boolean): boolean;
}

export interface PipelineParts {
  /** One stream of a camera, or the demo. */
  readonly read: ReadSource;
  readonly video: SealedTrack;
  /** Sound of the main stream; absent for sub. */
  readonly audio?: SealedTrack;
  readonly publisher: Publisher;
  /**
   * Readers beside the path: stills, what kind of camera it is, the hourly rotation. Called before the unit is sealed; what they keep
   * is a keyframe, for the memory of a delta is given back once it is sealed.
   */
  readonly seen: (unit: AccessUnit) => void;
  readonly onState: (state: SourceState) => void;
}

/** @returns stop: nothing is read, sealed or sent from that tick on */
export function runPipeline(parts: PipelineParts): () => void {
  let audioConfig: CodecConfig | undefined;
  return parts.read({
    //                                                          1 read and 2 assemble are the source's
    onUnit: (unit) => {
      const track = isVideo(unit.codec) ? parts.video : parts.audio;
      if (track === undefined) return;
      parts.seen(unit);
      if (!isVideo(unit.codec)) audioConfig = unit.config ?? audioConfig;
      const plain = plainUnit(unit, isVideo(unit.codec) ? unit.config : audioConfig);
      for (const ready of track.admit(plain)) {
        sendUnit(track, ready, parts.publisher);
        if (!unit.keyframe) letGo(unit.data);
      }
    },
    onState: parts.onState,
  });
}

/** Also for what waited while keys were made. */
export function sendUnit(track: SealedTrack, plain: PlainUnit, publisher: Publisher): boolean {
  const frame = track.seal(plain); //                              4 seal, once for all viewers
  if (frame === undefined) return false;
  track.keep(frame); //                                            3 group: the GOP is kept as sealed bytes
  return publisher.publish(track.track, frame.message, frame.keyframe); //  5 publish
}

/** Sound carries its configuration in each unit: a joiner has no keyframe to wait for. */
function plainUnit(unit: AccessUnit, config: CodecConfig | undefined): PlainUnit {
  return {
    captureUs: micros(unit.captureUs),
    durationUs: unit.durationUs,
    keyframe: unit.keyframe,
    discontinuity: unit.discontinuity,
    config: config === undefined || !unit.keyframe ? undefined : encodeCodecConfig(config),
    unit: unit.data,
  };
}
