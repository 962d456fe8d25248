/** How an admin changes a home: a list of changes on the head becomes the next roster, unsigned. */
import { equalBytes, millis, SealcamError } from '@sealcam/protocol';
import type { CameraId, DeviceId, Millis } from '@sealcam/protocol';
import { compareKeys } from './codec.ts';
import { encodeRoster, GENESIS_VERSION } from './roster.ts';
import type { Grants, Role, Roster, RosterEntry } from './roster.ts';
import type { Route } from './route.ts';
import { deviceIdOf } from './signature.ts';
import { checkMembers, type Head } from './verify-roster.ts';

export type RosterChange =
  | {
      readonly do: 'addDevice';
      readonly sigPub: Uint8Array;
      readonly role: 'admin' | 'viewer' | 'agent';
      /** In any order. */
      readonly grants: Grants;
      readonly notAfterMs?: Millis;
    }
  | { readonly do: 'removeDevice'; readonly deviceId: DeviceId }
  /** A guest who becomes an admin is no guest any more. */
  | { readonly do: 'setRole'; readonly deviceId: DeviceId; readonly role: Extract<Role, 'admin' | 'viewer'> }
  | { readonly do: 'setGrants'; readonly deviceId: DeviceId; readonly grants: Grants }
  | { readonly do: 'setNotAfter'; readonly deviceId: DeviceId; readonly notAfterMs: Millis }
  | { readonly do: 'addRoute'; readonly route: Route }
  | { readonly do: 'removeRoute'; readonly routeId: Uint8Array }
  /** Replaces the earlier sheet, if any: there is one at a time. */
  | { readonly do: 'setRecovery'; readonly sigPub: Uint8Array }
  /** Takes a removed camera out of all grants and routes. */
  | { readonly do: 'forgetCamera'; readonly cameraId: CameraId };

interface Draft {
  readonly entries: Map<DeviceId, RosterEntry>;
  routes: readonly Route[];
}

/**
 * Version n+1 with all changes, in the order given, sorted; sign it with `signRoster`.
 * @throws {SealcamError} `device.unknown` for a device that is not a member, `roster.invalid` where no admin or not one agent would be left
 */
export async function buildNextRoster(head: Head, signer: DeviceId, changes: readonly RosterChange[]): Promise<Roster> {
  const draft: Draft = {
    entries: new Map(head.roster.entries.map((entry) => [entry.deviceId, entry])),
    routes: head.roster.routes,
  };
  for (const change of changes) await apply(draft, change);
  return checked({
    homeId: head.homeId,
    version: head.version + 1,
    prevHash: head.hash,
    entries: [...draft.entries.values()],
    routes: draft.routes,
    signerId: signer,
  });
}

/** The first roster of a home: this admin, this agent. */
export async function buildGenesis(adminSigPub: Uint8Array, agentSigPub: Uint8Array): Promise<Roster> {
  const admin = await newEntry(adminSigPub, 'admin');
  const agent = await newEntry(agentSigPub, 'agent');
  return checked({
    homeId: undefined,
    version: GENESIS_VERSION,
    prevHash: new Uint8Array(32),
    entries: [admin, agent],
    routes: [],
    signerId: admin.deviceId,
  });
}

function checked(roster: Roster): Roster {
  const sorted: Roster = {
    ...roster,
    entries: roster.entries.toSorted((a, b) => compareKeys(a.deviceId, b.deviceId)),
    routes: roster.routes.toSorted((a, b) => compareKeys(a.routeId, b.routeId)),
  };
  checkMembers(sorted);
  encodeRoster(sorted);
  return sorted;
}

async function newEntry(sigPub: Uint8Array, role: Role): Promise<RosterEntry> {
  return { deviceId: await deviceIdOf(sigPub), sigPub, role, grants: 'all', notAfterMs: millis(0) };
}

async function apply(draft: Draft, change: RosterChange): Promise<void> {
  const { entries } = draft;
  switch (change.do) {
    case 'addDevice': {
      const entry = await newEntry(change.sigPub, change.role);
      if (entries.has(entry.deviceId)) throw new SealcamError('roster.invalid', 'a member already');
      entries.set(entry.deviceId, {
        ...entry,
        grants: sortedGrants(change.grants),
        notAfterMs: change.notAfterMs ?? millis(0),
      });
      return;
    }
    case 'removeDevice':
      mustHave(draft, change.deviceId);
      entries.delete(change.deviceId);
      return;
    case 'setRole': {
      const entry = viewing(draft, change.deviceId);
      const notAfterMs = change.role === 'admin' ? millis(0) : entry.notAfterMs;
      entries.set(entry.deviceId, { ...entry, role: change.role, notAfterMs });
      return;
    }
    case 'setGrants':
      entries.set(change.deviceId, { ...viewing(draft, change.deviceId), grants: sortedGrants(change.grants) });
      return;
    case 'setNotAfter':
      entries.set(change.deviceId, { ...viewing(draft, change.deviceId), notAfterMs: change.notAfterMs });
      return;
    case 'addRoute':
      draft.routes = [...draft.routes, change.route];
      return;
    case 'removeRoute':
      draft.routes = draft.routes.filter((route) => !equalBytes(route.routeId, change.routeId));
      return;
    case 'setRecovery': {
      for (const entry of [...entries.values()]) if (entry.role === 'recovery') entries.delete(entry.deviceId);
      const sheet = await newEntry(change.sigPub, 'recovery');
      entries.set(sheet.deviceId, sheet);
      return;
    }
    case 'forgetCamera':
      forget(draft, change.cameraId);
  }
}

function forget(draft: Draft, camera: CameraId): void {
  const without = (cameras: readonly CameraId[]) => cameras.filter((id) => id !== camera);
  for (const entry of [...draft.entries.values()]) {
    if (entry.grants !== 'all') draft.entries.set(entry.deviceId, { ...entry, grants: without(entry.grants) });
  }
  draft.routes = draft.routes.map((route) => ({ ...route, cameras: without(route.cameras) }));
}

function mustHave(draft: Draft, device: DeviceId): RosterEntry {
  const entry = draft.entries.get(device);
  if (entry === undefined) throw new SealcamError('device.unknown');
  return entry;
}

/** Roles, grants and ends of time are for those who view. */
function viewing(draft: Draft, device: DeviceId): RosterEntry {
  const entry = mustHave(draft, device);
  if (entry.role !== 'admin' && entry.role !== 'viewer') throw new SealcamError('roster.invalid', 'it views nothing');
  return entry;
}

function sortedGrants(grants: Grants): Grants {
  return grants === 'all' ? 'all' : [...new Set(grants)].toSorted(compareKeys);
}
