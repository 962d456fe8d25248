/** What is odd about a camera, in words for a person, each with what to change. One place for the try, the terminal and the page of a camera. Pure. */
import { factsOf, MediaError, type VideoConfig } from '@sealcam/media';

const LONG_GOP_MS = 10_000;
/** Later than this is seen by a person. */
const LATE_MS = 2_000;
/** Fewer pictures a day than this are not worth a word. */
const BROKEN_SHARE = 1 / 1_000;

/** Of what it sends. */
export function formatNotes(video: VideoConfig, beside: readonly string[]): string[] {
  const { bitDepth, interlaced } = readable(video);
  const notes: string[] = [];
  if (interlaced)
    notes.push(
      'It sends interlaced pictures, which look torn where something moves. Choose progressive in the camera.',
    );
  if (bitDepth > 8)
    notes.push(`It sends ${bitDepth} bits a colour, which few browsers play. Choose 8 bits in the camera.`);
  if (beside.length > 0) notes.push(`Besides, it offers ${beside.join(', ')}. Sealcam leaves that alone.`);
  return notes;
}

/** A config that was told to a viewer already is shown, whatever is odd in it. */
function readable(video: VideoConfig): { readonly bitDepth: number; readonly interlaced: boolean } {
  try {
    return factsOf(video);
  } catch (error) {
    if (error instanceof MediaError) return { bitDepth: 8, interlaced: false };
    throw error;
  }
}

export interface WatchedFor {
  readonly pictures: number;
  /** Pictures that were not whole. */
  readonly broken: number;
  /** Pictures that hang on one that is missing. */
  readonly skipped: number;
  readonly lostPackets: number;
  readonly strayBytes: number;
  readonly ignoresClock: boolean;
  readonly reconnects: number;
  /** How late the newest picture claimed to be. */
  readonly lateMs: number;
  /** Between full pictures; 0 where it is not known. */
  readonly keyframeEveryMs: number;
  /** Between pictures of a slow camera, else 0. */
  readonly slowEveryMs: number;
}

/** Of what came of it. */
export function lossNotes(watched: WatchedFor): string[] {
  const {
    pictures,
    broken,
    skipped,
    lostPackets,
    strayBytes,
    ignoresClock,
    reconnects,
    lateMs,
    keyframeEveryMs,
    slowEveryMs,
  } = watched;
  const notes: string[] = [];
  if (reconnects > 0) notes.push(`The connection was lost ${times(reconnects)}.`);
  if (broken > pictures * BROKEN_SHARE)
    notes.push(
      `${broken === 1 ? '1 picture was' : `${broken} pictures were`} not whole, and ${skipped} could not be shown until the next full one: the network loses packets (${lostPackets}), or the camera does. Try TCP, a cable, or a lower bit rate.`,
    );
  if (strayBytes > 0)
    notes.push('Stray bytes came between its packets. Sealcam skips them; a newer firmware may mend it.');
  if (ignoresClock)
    notes.push('Its clock contradicts the arrival of its pictures, and is not used. Set its time by NTP.');
  if (lateMs > LATE_MS)
    notes.push(`The newest picture was ${Math.round(lateMs / 1000)} s old: the way to the camera is slow.`);
  if (slowEveryMs > 0)
    notes.push(
      `It is a slow camera: a picture comes every ${Math.round(slowEveryMs / 1000)} s. Choose a higher frame rate in the camera if it has one.`,
    );
  if (keyframeEveryMs > Math.max(LONG_GOP_MS, 2 * slowEveryMs))
    notes.push(
      `Full pictures come ${Math.round(keyframeEveryMs / 1000)} seconds apart. A keyframe interval of 2 seconds starts faster and mends losses sooner.`,
    );
  return notes;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
