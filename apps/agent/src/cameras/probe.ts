/** Tries a camera step by step while a person watches: "reached, signed in, picture", or exactly which step failed and why. */
import type { ErrorCode } from '@sealcam/protocol';
import type { AccessUnit } from '@sealcam/media';
import type { CameraAddress, Credentials } from './address.ts';

/** In this order, each at most once. */
export type TryStep = 'reached' | 'spoke-rtsp' | 'signed-in' | 'stream-found' | 'picture';

export interface StepReport {
  readonly step: TryStep;
  /** Plain words: "Reached 192.168.1.20." */
  readonly words: string;
}

export type TryOutcome =
  | {
      readonly ok: true;
      /** The first keyframe: a still to show, with its codec and parameter sets. */
      readonly keyframe: AccessUnit;
      /** As in the stream: `H264`, `H265`. */
      readonly videoCodec: 'h264' | 'h265';
      readonly width: number;
      readonly height: number;
      /** Absent: no sound, or one Sealcam cannot carry. */
      readonly audioCodec?: string;
      readonly transport: 'tcp' | 'udp';
      /** `rtsps://` only: the certificate seen, to be kept with the camera. */
      readonly pin?: string;
    }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      /** The last step that passed; absent where not even the host answered. */
      readonly passed?: TryStep;
      /** One sentence for a person: "Reached 192.168.1.20, but the password was refused." Never holds a credential. */
      readonly words: string;
    };

export interface TryOptions {
  readonly onStep?: (report: StepReport) => void;
  readonly transport?: 'auto' | 'tcp' | 'udp';
  readonly pin?: string;
  /** For the whole trial; default 15 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Never rejects: every failure is an outcome. */
export declare function tryCamera(
  address: CameraAddress,
  credentials: Credentials | undefined,
  options?: TryOptions,
): Promise<TryOutcome>;
