/** Where opened units go: the screen's decoder, a recorder in a test. */
import type { Epoch, Micros, SessionId } from '@sealcam/protocol';
import type { PictureState } from './picture-state.ts';

/** One unit that was opened, is in its place in the chain and may be decoded. Assignable to the screen's `ScreenUnit`. */
export interface ViewerUnit {
  readonly keyframe: boolean;
  readonly discontinuity: boolean;
  readonly epoch: Epoch;
  readonly sessionId: SessionId;
  readonly ctr: number;
  readonly gopCtr: number;
  /** Unix microseconds on the agent's clock. */
  readonly captureUs: Micros;
  readonly durationUs: number;
  /** Encoded codec config, on keyframes that carry it. */
  readonly config?: Uint8Array;
  /** The access unit; nobody else holds this buffer. */
  readonly data: Uint8Array;
}

/** `session`: the camera began another session, take a fresh decoder. `stopped`: nothing follows. The others: why it is blank. */
export type ResetReason = 'session' | 'stopped' | Exclude<PictureState['state'], 'opening' | 'live' | 'late'>;

export interface Sink {
  unit(unit: ViewerUnit): void;
  /** Take what is painted off the screen at once (for `session`: with the next picture). A keyframe comes next. */
  reset(reason: ResetReason): void;
}

/** What the painter tells back: this unit is on the screen. */
export interface PaintedUnit {
  readonly ctr: number;
  readonly captureUs: number;
}
