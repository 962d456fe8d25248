/** Step 1 as the pipeline sees it: a camera's stream or the demo, the same shape. */
import type { AccessUnit } from '@sealcam/media';
import type { CameraState, Credentials, Learned, Logbook } from './cameras/index.ts';
import { watchCamera, type CameraClock } from './cameras/index.ts';
import type { SealcamError } from '@sealcam/protocol';
import type { StreamSource } from './secrets.ts';

export type SourceState = CameraState;

export interface SourceListener {
  /** @param unit the listener's from here on */
  readonly onUnit: (unit: AccessUnit) => void;
  readonly onState: (state: SourceState) => void;
}

/** @returns stop: no call of the listener after it, not even in the same tick */
export type ReadSource = (listener: SourceListener) => () => void;

export interface RtspParts {
  readonly stream: StreamSource;
  readonly credentials: Credentials | undefined;
  readonly audio: boolean;
  readonly clock: CameraClock;
  /** Where it is written down what the stream sends. */
  readonly book: Logbook;
  /** A certificate was seen for the first time: keep it. */
  readonly onPin: (pin: string) => void;
  /** How it wants to be asked was found out: keep it. */
  readonly onWays: (learned: Learned) => void;
  readonly onFault: (fault: SealcamError, retryInMs: number) => void;
}

export function rtspSource(parts: RtspParts): ReadSource {
  const { stream, credentials, audio, clock, book, onPin, onWays, onFault } = parts;
  const read: ReadSource = (listener) =>
    watchCamera({
      ...{ address: stream.address, transport: stream.transport, audio, clock, onPin, onWays, onFault },
      ...(credentials === undefined ? {} : { credentials }),
      ...(stream.pin === undefined ? {} : { pin: stream.pin }),
      ...(stream.learned === undefined ? {} : { learned: stream.learned }),
      onHealth: (lost) => book.health(lost, clock.monotonicMs()),
      onPlaying: (playing) => book.playing(playing),
      ...listener,
    });
  return booked(read, book, clock);
}

/** A source whose units and states are written down before they are handed on. */
export function booked(read: ReadSource, book: Logbook, clock: CameraClock): ReadSource {
  return ({ onUnit, onState }) =>
    read({
      onUnit: (unit) => {
        book.unit(unit, clock.monotonicMs());
        onUnit(unit);
      },
      onState: (state) => {
        book.state(state, clock.monotonicMs());
        onState(state);
      },
    });
}
