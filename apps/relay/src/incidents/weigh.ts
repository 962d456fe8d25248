/** How good the evidence is: a pure rule over facts (docs/incidents-and-evidence.md, "How evidence is weighed"). */
import type { Track } from '@sealcam/protocol';
import type { Grade, RefusedFrames } from './incident.ts';

/** What is known of a key id. */
export interface KeyFacts {
  /** Who announced it first. */
  readonly owner: Track;
  /** Everyone who announced it, or sent a unit under it, the owner too. */
  readonly tracks: readonly Track[];
  /** Exactly one home ever had it, and its announcement is on record: good enough to prove with. */
  readonly isSure: boolean;
}

export interface Facts {
  /** The track on whose subscription the frames came, as the device says. */
  readonly asked: Track;
  /** Of their key id; undefined when nobody announced it. */
  readonly key: KeyFacts | undefined;
  readonly reason: RefusedFrames['reason'];
  /** Whether this relay's own record says that it sent them to this device on this track. */
  readonly sent: boolean;
  /** Whether the device has, or just had, a viewing of that track: nobody can be about to see what it did not ask for. */
  readonly watching: boolean;
}

/**
 * | key id announced | sent by us | the device says | grade |
 * | for another track, by one home alone | yes | anything | proven |
 * | for another track, contested | yes | anything | claimed |
 * | for another track | no | anything | claimed |
 * | for this very track | either | replayed | replayed |
 * | for this very track | either | anything else | unfounded |
 * | by nobody | either | anything | unfounded |
 *
 * And unfounded, whatever else, where the device was not watching that track.
 */
export function weigh({ asked, key, reason, sent, watching }: Facts): Grade {
  if (!watching || key === undefined) return 'unfounded';
  if (isOwn(key, asked)) return reason === 'replayed' ? 'replayed' : 'unfounded';
  return sent && key.isSure ? 'proven' : 'claimed';
}

/** Whether this track had the key id, first or not. */
export function isOwn(key: KeyFacts, track: Track): boolean {
  return key.tracks.some((each) => isSameTrack(each, track));
}

export function isSameTrack(a: Track, b: Track): boolean {
  return a.homeId === b.homeId && a.cameraId === b.cameraId && a.streamId === b.streamId;
}
