/** Liveness (SEALING.md, rule 6): the agent's signed word on what is newest now, for one viewer and one nonce. */
import {
  isCurrent,
  isGranted,
  LIVE_NONCE_BYTES,
  member,
  signLiveAnswer,
  sortTracks,
  type LiveTrack,
} from '@sealcam/home';
import { fromBase64Url, micros, SealcamError, toBase64Url, type DeviceId, type FromAgent } from '@sealcam/protocol';
import type { Epochs } from './epochs.ts';
import type { Household } from './household.ts';
import type { Identity } from './identity.ts';

export interface LiveAnswerParts {
  readonly identity: Identity;
  readonly household: Household;
  readonly epochs: Epochs;
  readonly clock: () => number;
  readonly tracks: () => readonly LiveTrack[];
}

/**
 * @param nonce base64url, as the viewer sent it
 * @returns undefined for a device that may see nothing, or when the agent is closing
 * @throws {SealcamError} `codec.malformed`
 */
export async function liveAnswer(
  parts: LiveAnswerParts,
  device: DeviceId,
  nonce: string,
): Promise<FromAgent | undefined> {
  const nonceBytes = fromBase64Url(nonce);
  if (nonceBytes.length !== LIVE_NONCE_BYTES) throw new SealcamError('codec.malformed', 'nonce');
  const { identity, household, epochs } = parts;
  for (;;) {
    await epochs.settled();
    const { current } = epochs;
    if (current === undefined) return undefined;
    const { head } = household;
    const entry = member(head, device);
    if (entry === undefined || !isCurrent(entry, parts.clock())) return undefined;
    const answer = await signLiveAnswer(identity.keys, {
      ...{ homeId: head.homeId, deviceId: device, nonce: nonceBytes, epoch: current.epoch },
      ...{ rosterVersion: head.version, rosterHash: head.hash },
      agentTimeUs: micros(Math.round(parts.clock() * 1000)),
      tracks: sortTracks(parts.tracks().filter((track) => isGranted(entry, track.cameraId))),
    });
    // An answer that a bulletin overtook while it was signed would look like a rollback.
    if (epochs.current === current) return { t: 'live.answer', deviceId: device, answer: toBase64Url(answer) };
  }
}
