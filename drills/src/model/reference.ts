/**
 * Who may see what, in plain sets: the independent model that Sealcam is held against. It is told what people did and when the change was
 * acknowledged; it reads nothing of the relay and shares no rule with it. Times are Unix ms of the model's clock.
 */
import type { SuspensionTarget } from '@sealcam/relay';

export interface Member {
  readonly role: 'admin' | 'viewer';
  readonly grants: 'all' | ReadonlySet<string>;
  /** 0: no guest. */
  readonly notAfterMs: number;
  readonly model: string;
  readonly route: string;
}

export interface KnownCamera {
  readonly model: string;
  private: boolean;
  /** Since when privacy is on and the relay certainly knows. */
  privateAtRelayMs: number | undefined;
}

export type Members = ReadonlyMap<string, Member>;

/** A suspension, from the moment it was acknowledged to the operator. */
export interface Suspended {
  readonly target: SuspensionTarget;
  readonly ackMs: number;
  /** No relay heard of it: only the store knows. */
  readonly lost: boolean;
}

/**
 * How long after the acknowledgment the relay may still hand out pictures, ms; and where that is promised.
 * Roster and privacy have none: leases are taken back before the answer goes out.
 */
export const TOLERANCE = {
  /** Issue 3, point 5: decision to last byte. */
  suspension: 1_000,
  /** The store's version is polled each second, and 0.7 s are left to what is under way (`SUSPENDED_DRAIN_MS`). The issue allows 6 s. */
  lostBroadcast: 2_000,
  /** SEALING, rule 4: keys of the epoch before go 2 s after the bulletin. */
  oldEpoch: 2_000,
} as const;

export class RefHome {
  /** By version of the roster, from the first on. */
  readonly rosters: Members[] = [];
  /** The newest that the relay has said it took: what it knows is this or a later one. */
  acked = 1;
  /** The one that the agent goes by. */
  agentVersion = 1;
  readonly cameras = new Map<string, KnownCamera>();
  /** Recipients of each epoch: device, and the cameras it was given the keys of. */
  readonly epochs = new Map<number, ReadonlyMap<string, ReadonlySet<string>>>();
  /** Since when the home is no more, and the relay has said so. */
  endedMs: number | undefined;

  get newest(): Members {
    return this.rosters.at(-1) ?? new Map();
  }

  /** The relay has answered what was asked after the last word on privacy. */
  relayKnowsPrivacy(nowMs: number): void {
    for (const known of this.cameras.values()) if (known.private) known.privateAtRelayMs ??= nowMs;
  }

  /** The agent begins an epoch: who gets keys is worked out here, from the sets. */
  epochBegan(epoch: number, nowMs: number): void {
    const members = this.rosters[this.agentVersion - 1] ?? new Map<string, Member>();
    const current = [...members].filter(([, { notAfterMs }]) => notAfterMs === 0 || nowMs < notAfterMs);
    this.epochs.set(
      epoch,
      new Map(
        current.map(([device, { grants }]) => {
          return [device, new Set([...this.cameras.keys()].filter((camera) => grants === 'all' || grants.has(camera)))];
        }),
      ),
    );
  }

  mayOpen(epoch: number, device: string, camera: string): boolean {
    return this.epochs.get(epoch)?.get(device)?.has(camera) === true;
  }

  /** By the newest roster that anybody signed: what everybody will go by in the end. */
  may(device: string, camera: string, nowMs: number): boolean {
    const known = this.cameras.get(camera);
    if (this.endedMs !== undefined || known === undefined || known.private) return false;
    return allows(this.newest.get(device), camera, nowMs);
  }

  /** By any roster that the relay could be at. */
  relayMay(device: string, camera: string, nowMs: number): boolean {
    if (this.endedMs !== undefined && nowMs > this.endedMs) return false;
    const could = this.rosters.slice(this.acked - 1);
    return could.some((members) => allows(members.get(device), camera, nowMs));
  }
}

function allows(member: Member | undefined, camera: string, nowMs: number): boolean {
  if (member === undefined || (member.notAfterMs !== 0 && nowMs >= member.notAfterMs)) return false;
  return member.grants === 'all' || member.grants.has(camera);
}

export interface Link {
  readonly homeId: string;
  readonly deviceId: string;
  readonly cameraId: string;
}

/** Whether a suspension names this link; a home's admins keep their own displays where a kind of display is meant. */
export function names(target: SuspensionTarget, link: Link, member: Member, cameraModel: string): boolean {
  const own = member.role === 'admin' && member.route === 'sealed';
  switch (target.width) {
    case 'everything':
      return !own;
    case 'partner':
      return !own && member.route === target.partner;
    case 'pair':
      return !own && cameraModel === target.cameraModel && member.model === target.displayModel;
    case 'display':
      return link.homeId === target.homeId && link.deviceId === target.deviceId;
    case 'link':
      return link.homeId === target.homeId && link.deviceId === target.deviceId && link.cameraId === target.cameraId;
  }
}
