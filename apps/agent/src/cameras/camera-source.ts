/**
 * One camera stream, for ever: connects, watches for silence, reconnects with back-off, and hands out access units.
 * Step 1 of the path as the pipeline sees it; everything below this file may fail, this file does not.
 */
import type { ErrorCode } from '@sealcam/protocol';
import type { AccessUnit } from '@sealcam/media';
import type { CameraAddress, Credentials } from './address.ts';

/** Wall clock in ms since 1970 and timers; handed in so that tests and clock jumps are ours to make. */
export interface CameraClock {
  nowMs(): number;
  /** Never jumps; any origin. */
  monotonicMs(): number;
}

export interface CameraState {
  /** `connecting` until the first picture, `live` while pictures come, `gone` between attempts. */
  readonly state: 'connecting' | 'live' | 'gone';
  /** Why it is gone; absent otherwise. */
  readonly code?: ErrorCode;
  /** Wall clock ms since when it is so. Repeated failures keep the first moment. */
  readonly sinceMs: number;
}

export interface CameraUnit {
  readonly kind: 'video' | 'audio';
  readonly unit: AccessUnit;
  /** True for the first unit of its kind after a (re)connect, and after lost packets: nothing before it may be referred to. */
  readonly discontinuity: boolean;
}

export interface WatchOptions {
  readonly address: CameraAddress;
  readonly credentials?: Credentials;
  /** Carry the camera's sound as well, where it has one Sealcam can carry. Default true. */
  readonly audio?: boolean;
  /** `auto` (default): TCP interleaved first, UDP where the camera refuses it (461) or TCP brings no picture. */
  readonly transport?: 'auto' | 'tcp' | 'udp';
  /** `rtsps://` only: SHA-256 of the certificate seen at first sight, hex; absent at first sight. */
  readonly pin?: string;
  /** Called once when a certificate is seen for the first time: keep it with the camera. */
  readonly onPin?: (pin: string) => void;
  readonly clock?: CameraClock;
  readonly onUnit: (unit: CameraUnit) => void;
  readonly onState: (state: CameraState) => void;
}

/**
 * Watches one RTSP stream until stopped. Main and sub of a camera are two watches.
 * @returns stop: closes the sockets; no `onUnit` or `onState` after it was called, not even in the same tick
 */
export declare function watchCamera(options: WatchOptions): () => void;
