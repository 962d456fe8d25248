/** What the agent answers to a command: steps while it works, one final reply. Binary, as `commands.ts`. */
import type { CameraId, ErrorCode, Millis } from '@sealcam/protocol';
import type { CameraStateName } from './camera-state.ts';
import type { VideoCodec } from './names.ts';

/** Steps of a try, in order: reached the address, it speaks RTSP, signed in, found a stream, got a picture. */
export type TryStepName = 'reached' | 'rtsp' | 'signedIn' | 'streamFound' | 'picture';

export interface StatusCamera {
  readonly cameraId: CameraId;
  readonly state: CameraStateName;
  readonly sinceMs: Millis;
  /** Error code when `gone`, else empty. */
  readonly code: string;
  /** Host and port without credentials; empty for the demo. */
  readonly host: string;
}

export type Reply =
  | { readonly is: 'step'; readonly step: TryStepName; readonly words: string }
  /** A long command is under way and waits for a person, e.g. recovery for its confirmation. */
  | { readonly is: 'waiting'; readonly words: string }
  | { readonly is: 'ok' }
  | { readonly is: 'failed'; readonly code: ErrorCode; readonly words: string }
  /** A try came out well; `camera.add` saves it by `tryId` within ten minutes. */
  | {
      readonly is: 'still';
      /** 32 hex digits. */
      readonly tryId: string;
      readonly codec: VideoCodec;
      readonly width: number;
      readonly height: number;
      readonly hasSub: boolean;
      readonly hasAudio: boolean;
      /** Codec config as the sealed frames carry it; may be empty where the access unit holds it. */
      readonly config: Uint8Array;
      /** One keyframe, Annex B. */
      readonly accessUnit: Uint8Array;
    }
  | { readonly is: 'added'; readonly cameraId: CameraId }
  | {
      readonly is: 'status';
      readonly version: string;
      readonly startedMs: Millis;
      readonly recoveryWaiting: boolean;
      readonly cameras: readonly StatusCamera[];
    };

/** Whether no further reply to the same command follows: all but `step` and `waiting`. */
export declare function isFinal(reply: Reply): boolean;
/** `re`: the command's seq. */
export declare function encodeReply(re: number, reply: Reply): Uint8Array<ArrayBuffer>;
/** @throws {CodecError} */
export declare function decodeReply(bytes: Uint8Array): { readonly re: number; readonly reply: Reply };
