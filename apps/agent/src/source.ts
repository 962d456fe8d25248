/** Step 1 as the pipeline sees it: a camera's stream or the demo, the same shape. */
import type { AccessUnit } from '@sealcam/media';
import type { CameraState, Credentials } from './cameras/index.ts';
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
  /** A certificate was seen for the first time: keep it. */
  readonly onPin: (pin: string) => void;
  readonly onFault: (fault: SealcamError, retryInMs: number) => void;
}

export function rtspSource(parts: RtspParts): ReadSource {
  const { stream, credentials, audio, clock, onPin, onFault } = parts;
  return (listener) =>
    watchCamera({
      ...{ address: stream.address, transport: stream.transport, audio, clock, onPin, onFault },
      ...(credentials === undefined ? {} : { credentials }),
      ...(stream.pin === undefined ? {} : { pin: stream.pin }),
      ...listener,
    });
}
