/** Which rosters are believed: the genesis names the home, each next one is signed by an admin of the one before. */
import type { DeviceId, HomeId } from '@sealcam/protocol';
import type { Role, Roster, RosterEntry } from './roster.ts';

/** The verified end of a roster chain. Made only by the functions of this file. */
export interface Head {
  readonly homeId: HomeId;
  readonly version: number;
  /** 32 bytes: SHA-256 of all but the signature. */
  readonly hash: Uint8Array;
  readonly roster: Roster;
  /** Body ‖ signature, to store and to hand on. */
  readonly bytes: Uint8Array;
  /** What its signer was in the roster before; `recovery` needs a confirmation at the agent and is said on every screen for 7 days. */
  readonly signerRole: Role;
}

/** @throws {SealcamError} `roster.invalid` or `codec.malformed` */
export declare function verifyGenesis(bytes: Uint8Array): Promise<Head>;

/**
 * @throws {SealcamError} `roster.stale` when this version is there already (two admins at once: the second one loses),
 * `roster.forked` when it follows another roster, `roster.invalid` for everything else that is wrong with it
 */
export declare function verifyNext(head: Head, bytes: Uint8Array): Promise<Head>;

/** From the genesis on. @param expected the home that was asked for; another one is `roster.forked` */
export declare function verifyChain(rosters: readonly Uint8Array[], expected?: HomeId): Promise<Head>;

/**
 * What a device does with rosters that it is handed while it holds a head: same or longer is fine, lower or forked is an alarm.
 * @param rosters ascending and without gaps, beginning at any version up to `head.version + 1`; versions it has are skipped, the head's own is compared
 * @returns the new head; the very same object when nothing is new
 * @throws {SealcamError} `roster.rollback` when all of them end below the head, `roster.forked` for another roster of the head's version
 */
export declare function extendHead(head: Head, rosters: readonly Uint8Array[]): Promise<Head>;

/** A member of the roster, or undefined. */
export declare function member(head: Head, device: DeviceId): RosterEntry | undefined;

/** The home's one agent. */
export declare function agentOf(head: Head): RosterEntry;

/** The next time at which a guest's time ends or a route expires, above `nowMs`; undefined when none does. The agent rotates then. */
export declare function nextExpiryMs(head: Head, nowMs: number): number | undefined;
