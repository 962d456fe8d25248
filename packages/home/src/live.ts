/** Liveness (SEALING, rule 6): the agent's signed word on what is newest now, for one viewer and one nonce. */
import type { CameraId, DeviceId, Epoch, HomeId, Micros, SessionId, StreamId } from '@sealcam/protocol';
import type { Head } from './verify-roster.ts';

/** Random, one outstanding a connection. */
export const LIVE_NONCE_BYTES = 16;

export interface LiveTrack {
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  readonly epoch: Epoch;
  readonly sessionId: SessionId;
  /** Counter of the next unit to be sealed. */
  readonly nextCtr: number;
  /** Counter of the newest keyframe. */
  readonly gopCtr: number;
}

export interface LiveAnswer {
  readonly homeId: HomeId;
  /** Whom it is for. */
  readonly deviceId: DeviceId;
  readonly nonce: Uint8Array;
  readonly rosterVersion: number;
  readonly rosterHash: Uint8Array;
  readonly epoch: Epoch;
  readonly agentTimeUs: Micros;
  /** Granted cameras only; strictly ascending by camera, then stream. */
  readonly tracks: readonly LiveTrack[];
}

/** All but the signature. */
export declare function encodeLiveAnswer(answer: LiveAnswer): Uint8Array<ArrayBuffer>;
/**
 * Signature of the head's agent, home, device, nonce. Time, epoch and roster version are for the caller to judge: they need a clock and a mark.
 * @throws {SealcamError} `codec.malformed` or `auth.refused`
 */
export declare function verifyLiveAnswer(
  head: Head,
  expected: { readonly deviceId: DeviceId; readonly nonce: Uint8Array },
  bytes: Uint8Array,
): Promise<LiveAnswer>;
