/** How an admin changes a home: a list of changes on the head becomes the next roster, unsigned. */
import type { CameraId, DeviceId, Millis } from '@sealcam/protocol';
import type { Grants, Role, Roster } from './roster.ts';
import type { Route } from './route.ts';
import type { Head } from './verify-roster.ts';

export type RosterChange =
  | { readonly do: 'addDevice'; readonly sigPub: Uint8Array; readonly role: 'admin' | 'viewer' | 'agent'; readonly grants: Grants; readonly notAfterMs?: Millis }
  | { readonly do: 'removeDevice'; readonly deviceId: DeviceId }
  | { readonly do: 'setRole'; readonly deviceId: DeviceId; readonly role: Extract<Role, 'admin' | 'viewer'> }
  | { readonly do: 'setGrants'; readonly deviceId: DeviceId; readonly grants: Grants }
  | { readonly do: 'setNotAfter'; readonly deviceId: DeviceId; readonly notAfterMs: Millis }
  | { readonly do: 'addRoute'; readonly route: Route }
  | { readonly do: 'removeRoute'; readonly routeId: Uint8Array }
  /** Replaces the earlier sheet, if any: there is one at a time. */
  | { readonly do: 'setRecovery'; readonly sigPub: Uint8Array }
  /** Takes a removed camera out of all grants and routes. */
  | { readonly do: 'forgetCamera'; readonly cameraId: CameraId };

/**
 * Version n+1 with all changes, sorted; sign it with `signRoster`.
 * @throws {SealcamError} `device.unknown` for a device that is not a member, `roster.invalid` where no admin or not one agent would be left
 */
export declare function buildNextRoster(head: Head, signer: DeviceId, changes: readonly RosterChange[]): Promise<Roster>;

/** The first roster of a home: this admin, this agent. */
export declare function buildGenesis(adminSigPub: Uint8Array, agentSigPub: Uint8Array): Promise<Roster>;
