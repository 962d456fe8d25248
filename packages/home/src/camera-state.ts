/** What the agent says of a camera on its state stream, sealed like a frame: `state u8 ‖ sinceMs u64 ‖ code text16`. */
import type { Millis } from '@sealcam/protocol';

export type CameraStateName = 'live' | 'gone' | 'private' | 'asleep';

export interface CameraState {
  readonly state: CameraStateName;
  readonly sinceMs: Millis;
  /** Error code of the table when `gone`, else empty. */
  readonly code: string;
}

export declare function encodeCameraState(state: CameraState): Uint8Array<ArrayBuffer>;
/** @throws {CodecError} */
export declare function decodeCameraState(bytes: Uint8Array): CameraState;
