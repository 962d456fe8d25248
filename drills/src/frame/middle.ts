/**
 * A middle: the historical component on the way from cameras to displays (a cache, pool, coalescer, mapping). It sees labels and
 * bodies, never what is in them: sealed bytes in Sealcam, open pictures in the twin. The same middle is run under both. The
 * mistake is in ONE named function of it; `fixed` puts that function right.
 */
import type { CameraId, DeviceId, Epoch, HomeId, Track } from '@sealcam/protocol';
import type { Clock } from '@sealcam/relay';
import type { Random } from '../../../tests/harness/random.ts';
import type { LineFaults } from './line-faults.ts';

/** One picture on its way. `track` is its label, as the envelope on the wire has it; a middle may write another one. */
export interface Parcel {
  readonly track: Track;
  readonly epoch: Epoch;
  /** Sealed bytes, or the twin's picture. Copy it (`Uint8Array.from`) before it is kept: buffers may be reused. */
  readonly body: Uint8Array;
}

/** What every middle is made with. */
export interface MiddleParts {
  /** The drill's own; the machine's where a browser looks. */
  readonly clock: Clock;
  readonly random: Random;
  /** True: the named function is as it should have been. */
  readonly fixed: boolean;
}

/** Stands between the relay and all displays. */
export interface BehindMiddle {
  readonly at: 'behind';
  /** A display connected through it. */
  connect(line: MiddleLine): MiddleEnd;
}

/** One display's way through the middle: who it is, as such a component would know it, and the way on to it. */
export interface MiddleLine {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly displayModel: string;
  /** '' for a camera that is not this home's. */
  cameraModel(camera: CameraId): string;
  /** The network between this component and its source, as it is now: reads over a poor one end early (`loss`). */
  readonly source: Readonly<Pick<LineFaults, 'delayMs' | 'loss' | 'stalled'>>;
  /** To this display, under the parcel's label; a display that is gone gets nothing. */
  deliver(parcel: Parcel): void;
}

export interface MiddleEnd {
  /** The display asked for this track. */
  asked(track: Track): void;
  /** The source has said yes to it: what it may serve from now on, it may. For components that heed that; not all did. */
  granted?(track: Track): void;
  /** A picture from the relay for this display. Whatever should reach the display goes through `line.deliver`. */
  arrived(parcel: Parcel): void;
  /** The display left the track, or the relay cut or refused it: a component that heeds its own source serves no more on it. */
  ended(track: Track): void;
  /** The display is gone. */
  closed(): void;
}

/** Stands inside the relay, between ingest and fan-out. */
export interface InsideMiddle {
  readonly at: 'inside';
  /** @param publish hands a parcel to the fan-out of track `to`, whatever label the parcel has */
  pass(parcel: Parcel, publish: (to: Track, parcel: Parcel) => void): void;
}

export type Middle = BehindMiddle | InsideMiddle;

/** One for a whole stage. */
export type MakeMiddle = (parts: MiddleParts) => Middle;
