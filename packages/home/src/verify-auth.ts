/** The relay's check of `auth`: is this connection that device. */
import { authBytes, SealcamError, type DeviceId, type HomeId } from '@sealcam/protocol';
import type { RosterEntry } from './roster.ts';
import { verifySignature } from './signature.ts';
import { member, type Head } from './verify-roster.ts';

export interface AuthClaim {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly nonce: Uint8Array;
  /** The `Host` header of the upgrade, lower case. */
  readonly host: string;
  readonly signature: Uint8Array;
}

/** @returns the member. @throws {SealcamError} `device.unknown` or `auth.refused`; expiry is for the gate, which asks at every lease */
export async function verifyAuth(head: Head, claim: AuthClaim): Promise<RosterEntry> {
  const entry = member(head, claim.deviceId);
  if (entry === undefined) throw new SealcamError('device.unknown');
  const message = authBytes(claim.homeId, claim.deviceId, claim.nonce, claim.host);
  const ok = claim.homeId === head.homeId && (await verifySignature(entry.sigPub, message, claim.signature));
  if (!ok) throw new SealcamError('auth.refused');
  return entry;
}
