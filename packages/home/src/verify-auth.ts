/** The relay's check of `auth`: is this connection that device. */
import type { DeviceId, HomeId } from '@sealcam/protocol';
import type { RosterEntry } from './roster.ts';
import type { Head } from './verify-roster.ts';

export interface AuthClaim {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly nonce: Uint8Array;
  /** The `Host` header of the upgrade, lower case. */
  readonly host: string;
  readonly signature: Uint8Array;
}

/** @returns the member. @throws {SealcamError} `device.unknown` or `auth.refused`; expiry is for the gate, which asks at every lease */
export declare function verifyAuth(head: Head, claim: AuthClaim): Promise<RosterEntry>;
