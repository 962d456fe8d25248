/**
 * The floor: below which epoch the agent may not go on, by an admin's device. It is the way back for an agent that was restored from an
 * older copy, or whose clock was ahead: what it issues is below what its devices have accepted, and they refuse it.
 *
 *   "sealcam/1 floor" ‖ homeId ‖ deviceId ‖ epoch u64 ‖ sig
 *
 * An epoch is no secret, so the message is signed and not sealed: such an agent has no key to which a device could seal. It needs no
 * nonce either: an epoch only rises, and one that is brought again finds the agent above it.
 */
import {
  deviceId,
  epoch,
  homeId,
  Reader,
  SealcamError,
  Writer,
  type DeviceId,
  type Epoch,
  type HomeId,
} from '@sealcam/protocol';
import { readId, writeId } from './codec.ts';
import { verifyMember } from './verify-member.ts';
import type { Head } from './verify-roster.ts';

export interface EpochFloor {
  readonly homeId: HomeId;
  /** The admin's device. */
  readonly deviceId: DeviceId;
  readonly epoch: Epoch;
}

const DAY_MS = 86_400_000;
/** An epoch is at least Unix milliseconds: so far above what the admin's own device has seen may another device of the home have been. */
export const FLOOR_REACH_MS = 30 * DAY_MS;
/**
 * So far ahead of its clock an agent follows a floor: further than any clock was ever wrong, and so near that epochs cannot be used up.
 * The bound moves with the time, faster than rotations do: what was below it once is never out of reach later.
 */
export const FLOOR_AHEAD_MS = 100 * 365 * DAY_MS;

const LABEL = 'sealcam/1 floor';

/** All but the signature. */
export function encodeFloor(floor: EpochFloor): Uint8Array<ArrayBuffer> {
  return writeId(writeId(new Writer().label(LABEL), floor.homeId), floor.deviceId)
    .u64(floor.epoch)
    .finish();
}

/** By an admin of this head. @throws {SealcamError} `codec.malformed`, `device.unknown`, `device.role`, `auth.refused` */
export async function verifyFloor(head: Head, bytes: Uint8Array): Promise<EpochFloor> {
  const { message, entry } = await verifyMember(head, bytes, decodeFloor);
  if (entry.role !== 'admin') throw new SealcamError('device.role');
  return message;
}

function decodeFloor(body: Uint8Array): EpochFloor {
  const reader = new Reader(body);
  reader.label(LABEL);
  const floor = { homeId: readId(reader, homeId), deviceId: readId(reader, deviceId), epoch: epoch(reader.u64()) };
  reader.end();
  return floor;
}
