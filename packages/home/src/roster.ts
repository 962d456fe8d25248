/** The roster: who may see what, signed by an admin and chained by hash. Type, encoder, decoder; trust is in `verify-roster.ts`. */
import type { CameraId, DeviceId, HomeId, Millis } from '@sealcam/protocol';
import type { Route } from './route.ts';

export type Role = 'recovery' | 'admin' | 'viewer' | 'agent';

/** All cameras, those of the future too; or these, strictly ascending, perhaps none. */
export type Grants = 'all' | readonly CameraId[];

export interface RosterEntry {
  readonly deviceId: DeviceId;
  /** 65 bytes. */
  readonly sigPub: Uint8Array;
  readonly role: Role;
  readonly grants: Grants;
  /** End of a guest's time, Unix milliseconds, exclusive; 0 for none. Viewers only. */
  readonly notAfterMs: Millis;
}

/** Entries strictly ascending by deviceId, routes by routeId. */
export interface Roster {
  /** Undefined in the genesis roster alone: the home's id is that roster's hash. */
  readonly homeId: HomeId | undefined;
  readonly version: number;
  /** 32 bytes; zero in the genesis roster. */
  readonly prevHash: Uint8Array;
  readonly entries: readonly RosterEntry[];
  readonly routes: readonly Route[];
  readonly signerId: DeviceId;
}

/** A roster as sent: the signed bytes and their signature, not yet believed. */
export interface SignedRoster {
  readonly roster: Roster;
  /** All but the signature; what is hashed and signed. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

/** All but the signature. @throws {CodecError} for what has no encoding: unsorted or doubled entries, too many, unknown roles */
export declare function encodeRoster(roster: Roster): Uint8Array<ArrayBuffer>;

/** @param bytes body ‖ signature 64. @throws {CodecError} */
export declare function decodeSignedRoster(bytes: Uint8Array): SignedRoster;
