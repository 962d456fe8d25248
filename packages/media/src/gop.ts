/** The current GOP of one stream: what a joiner or a restarted decoder needs first (step 3 of the path). */

/** `kept`: appended. `waiting`: no keyframe yet, or over the limits until the next one; nothing is held. */
export type GopOutcome = 'kept' | 'waiting';

/** Holds whatever hangs on the newest keyframe: access units, or the sealed bytes of them. */
export declare class Gop<Unit> {
  /** @param bytesOf how much of the limit one unit takes */
  constructor(bytesOf: (unit: Unit) => number, limits?: { readonly bytes: number; readonly units: number });
  /** From the keyframe on, oldest first. Empty while waiting. A live view: copy it to keep it. */
  get units(): readonly Unit[];
  get bytes(): number;
  /** A keyframe starts anew. */
  append(unit: Unit, keyframe: boolean): GopOutcome;
  /** Forget everything and wait for a keyframe (rotation, loss). */
  clear(): void;
}
