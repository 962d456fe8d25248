/**
 * Liveness (SEALING, rule 6): the agent's signed word on what is newest now, for one viewer and one nonce.
 *
 *   "sealcam/1 live" ‖ homeId ‖ deviceId ‖ nonce 16 ‖ rosterVersion u64 ‖ rosterHash ‖ epoch ‖ agentTimeUs u64
 *     ‖ n u16 ‖ n × { cameraId, streamId u16, epoch, sessionId, nextCtr u64, gopCtr u64 } ‖ sig
 */
import {
  cameraId,
  deviceId,
  epoch,
  equalBytes,
  homeId,
  LIMITS,
  micros,
  Reader,
  SealcamError,
  sessionId,
  streamId,
  Writer,
} from '@sealcam/protocol';
import type { CameraId, DeviceId, Epoch, HomeId, Micros, SessionId, StreamId } from '@sealcam/protocol';
import { mustAscend, readCopy, readId, readList, writeExactly, writeId, writeList } from './codec.ts';
import { HASH_BYTES } from './digest.ts';
import { splitSigned, verifySignature } from './signature.ts';
import { agentOf, type Head } from './verify-roster.ts';

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
  /** Granted cameras only; strictly ascending by camera, then stream (`sortTracks`). */
  readonly tracks: readonly LiveTrack[];
}

const LABEL = 'sealcam/1 live';
const MOST_TRACKS = LIMITS.camerasPerHome * 5;
const trackOrder = (track: LiveTrack): string => `${track.cameraId}${track.streamId}`;

/** All but the signature. @throws {CodecError} for tracks out of order */
export function encodeLiveAnswer(answer: LiveAnswer): Uint8Array<ArrayBuffer> {
  mustAscend(answer.tracks, trackOrder);
  const writer = writeId(writeId(new Writer().label(LABEL), answer.homeId), answer.deviceId);
  writeExactly(writer, answer.nonce, LIVE_NONCE_BYTES).u64(answer.rosterVersion);
  writeExactly(writer, answer.rosterHash, HASH_BYTES).u64(answer.epoch).u64(answer.agentTimeUs);
  return writeList(writer, answer.tracks, MOST_TRACKS, writeTrack).finish();
}

/** In the order that `encodeLiveAnswer` wants. */
export function sortTracks(tracks: readonly LiveTrack[]): readonly LiveTrack[] {
  return tracks.toSorted((a, b) => (trackOrder(a) < trackOrder(b) ? -1 : 1));
}

/** Without any check of the signature. @param body all but the signature. @throws {CodecError} */
export function decodeLiveAnswer(body: Uint8Array): LiveAnswer {
  const reader = new Reader(body);
  reader.label(LABEL);
  const answer: LiveAnswer = {
    homeId: readId(reader, homeId),
    deviceId: readId(reader, deviceId),
    nonce: readCopy(reader, LIVE_NONCE_BYTES),
    rosterVersion: reader.u64(),
    rosterHash: readCopy(reader, HASH_BYTES),
    epoch: epoch(reader.u64()),
    agentTimeUs: micros(reader.u64()),
    tracks: readList(reader, MOST_TRACKS, readTrack),
  };
  reader.end();
  mustAscend(answer.tracks, trackOrder);
  return answer;
}

/**
 * Signature of the head's agent, home, device, nonce. Time, epoch and roster version are for the caller to judge: they need a clock and a mark.
 * @throws {SealcamError} `codec.malformed` or `auth.refused`
 */
export async function verifyLiveAnswer(
  head: Head,
  expected: { readonly deviceId: DeviceId; readonly nonce: Uint8Array },
  bytes: Uint8Array,
): Promise<LiveAnswer> {
  const { body, signature } = splitSigned(Uint8Array.from(bytes));
  const answer = decodeLiveAnswer(body);
  const asked =
    answer.homeId === head.homeId && answer.deviceId === expected.deviceId && equalBytes(answer.nonce, expected.nonce);
  if (!asked) throw new SealcamError('auth.refused', 'an answer to another question');
  if (!(await verifySignature(agentOf(head).sigPub, body, signature)))
    throw new SealcamError('auth.refused', 'not by the agent');
  return answer;
}

function writeTrack(writer: Writer, track: LiveTrack): void {
  writeId(writer, track.cameraId).u16(track.streamId).u64(track.epoch);
  writeId(writer, track.sessionId).u64(track.nextCtr).u64(track.gopCtr);
}

function readTrack(reader: Reader): LiveTrack {
  return {
    cameraId: readId(reader, cameraId),
    streamId: streamId(reader.u16()),
    epoch: epoch(reader.u64()),
    sessionId: readId(reader, sessionId, 8),
    nextCtr: reader.u64(),
    gopCtr: reader.u64(),
  };
}
