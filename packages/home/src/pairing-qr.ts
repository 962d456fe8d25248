/** Pairing by a QR code or a link: its fragment holds a hash of D's keys and a secret that only A's camera saw. */
import type { MailboxId } from '@sealcam/protocol';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import type { MemberKind } from './names.ts';
import type { AdminHome, OfferedHome, PairedDevice, PairingFailed, PairingJoined, PairingStep } from './pairing.ts';
import type { PairingLink } from './pairing-link.ts';
import type { Head } from './verify-roster.ts';

declare const hidden: unique symbol;
interface Hidden {
  readonly [hidden]: true;
}

/** D. `showing` the code → `offered` (show the home's name, wait for a press) → `joining` → `joined`. An agent goes straight to `joined`. */
export type QrDevice =
  | ({ readonly at: 'showing'; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'offered'; readonly home: OfferedHome; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'joining'; readonly home: OfferedHome; readonly expiresMs: number } & Hidden)
  | PairingJoined
  | PairingFailed;

export interface ShowQr {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  /** Random; registered at the relay with `open`. */
  readonly mailboxId: MailboxId;
  readonly kind: MemberKind;
  /** Proposed name. */
  readonly name: string;
  readonly nowMs: number;
}

/** `link` goes into the fragment; `send` may be posted at once, the mailbox holds it. */
export declare function showQr(input: ShowQr): Promise<PairingStep<QrDevice> & { readonly link: PairingLink }>;
/** @param body one `mail` body. Never throws for what is in it: the state becomes `failed`. */
export declare function qrDeviceReceive(state: QrDevice, body: Uint8Array, nowMs: number): Promise<PairingStep<QrDevice>>;
/** The person pressed OK under the home's name. */
export declare function qrDevicePress(state: QrDevice, nowMs: number): Promise<PairingStep<QrDevice>>;

/** A. `joined` the mailbox → `offered` (choose cameras meanwhile; `pressed` when the person there said yes) → `done` after `admitDevice`. */
export type QrAdmin =
  | ({ readonly at: 'waiting'; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'offered'; readonly device: PairedDevice; readonly pressed: boolean; readonly expiresMs: number } & Hidden)
  | { readonly at: 'done'; readonly device: PairedDevice }
  | PairingFailed;

export interface ScanQr {
  readonly keys: DeviceKeys;
  readonly link: PairingLink;
  readonly home: AdminHome;
  readonly nowMs: number;
}

export declare function scanQr(input: ScanQr): QrAdmin;
export declare function qrAdminReceive(state: QrAdmin, body: Uint8Array, nowMs: number): Promise<PairingStep<QrAdmin>>;
/**
 * After `pressed`, and after the relay took the next roster: hands it to D.
 * @param next signed roster n+1 with D in it, made with `buildNextRoster` on `home.head`
 */
export declare function qrAdmit(state: QrAdmin, next: Uint8Array, nowMs: number): Promise<PairingStep<QrAdmin>>;

/**
 * The claim of an agent: A makes the home. `claimed` holds the new home, ready to store; the agent brings its genesis to the relay.
 * For an agent that replaces one in an existing home, give `home`: `claimed.rosters` then ends in the n+1 that A must `roster.put`.
 */
export type Claim =
  | ({ readonly at: 'waiting'; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'offered'; readonly claimed: ClaimedHome; readonly expiresMs: number } & Hidden)
  | { readonly at: 'claimed'; readonly claimed: ClaimedHome }
  | PairingFailed;

export interface ClaimedHome {
  readonly head: Head;
  readonly rosters: readonly Uint8Array[];
  readonly homeName: string;
  readonly agent: PairedDevice;
}

export interface StartClaim {
  readonly keys: DeviceKeys;
  readonly link: PairingLink;
  readonly homeName: string;
  /** Only to replace the agent of an existing home. */
  readonly home?: AdminHome;
  readonly nowMs: number;
}

export declare function startClaim(input: StartClaim): Claim;
export declare function claimReceive(state: Claim, body: Uint8Array, nowMs: number): Promise<PairingStep<Claim>>;
