/** How good the evidence is: a pure rule over facts (docs/incidents-and-evidence.md, "How evidence is weighed"). */
import type { Track } from '@sealcam/protocol';
import type { Grade, RefusedFrames } from './incident.ts';

export interface Facts {
  /** The track on whose subscription the frames came, as the device says. */
  readonly asked: Track;
  /** Where their key id entered this relay; undefined when nothing is known of it. */
  readonly owner: Track | undefined;
  readonly reason: RefusedFrames['reason'];
  /** Whether this relay's own record says that it sent them to this device on this track. */
  readonly sent: boolean;
  /** Whether the device has, or just had, a viewing of that track: nobody can be about to see what it did not ask for. */
  readonly watching: boolean;
}

/**
 * | key id entered from | sent by us | the device says | grade |
 * | another track | yes | anything | proven |
 * | another track | no | anything | claimed |
 * | this very track | either | replayed | replayed |
 * | this very track | either | anything else | unfounded |
 * | nowhere that we know | either | anything | unfounded |
 *
 * And unfounded, whatever else, where the device was not watching that track.
 */
export function weigh({ asked, owner, reason, sent, watching }: Facts): Grade {
  if (!watching || owner === undefined) return 'unfounded';
  if (!isSameTrack(owner, asked)) return sent ? 'proven' : 'claimed';
  return reason === 'replayed' ? 'replayed' : 'unfounded';
}

export function isSameTrack(a: Track, b: Track): boolean {
  return a.homeId === b.homeId && a.cameraId === b.cameraId && a.streamId === b.streamId;
}
