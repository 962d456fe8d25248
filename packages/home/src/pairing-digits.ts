/** Pairing by six digits: D commits before it sees A's nonce, so that nobody between them can search for a match. */
import type { MailboxId } from '@sealcam/protocol';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import type { MemberKind } from './names.ts';
import type { AdminHome, OfferedHome, PairedDevice, PairingFailed, PairingJoined, PairingStep } from './pairing.ts';

declare const hidden: unique symbol;
interface Hidden {
  readonly [hidden]: true;
}

/** D. `meeting` (shows the relay's four-digit number) → `digits` (shows the code, the home's name and OK) → `joining` → `joined`. */
export type DigitsDevice =
  | ({ readonly at: 'meeting'; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'digits'; readonly digits: string; readonly home: OfferedHome; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'joining'; readonly digits: string; readonly home: OfferedHome; readonly expiresMs: number } & Hidden)
  | PairingJoined
  | PairingFailed;

export interface ShowDigits {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly mailboxId: MailboxId;
  readonly kind: MemberKind;
  readonly name: string;
  readonly nowMs: number;
}

export declare function showDigits(input: ShowDigits): Promise<PairingStep<DigitsDevice>>;
export declare function digitsDeviceReceive(state: DigitsDevice, body: Uint8Array, nowMs: number): Promise<PairingStep<DigitsDevice>>;
export declare function digitsDevicePress(state: DigitsDevice, nowMs: number): Promise<PairingStep<DigitsDevice>>;

/** Wrong codes so far, kept by A across reloads. */
export interface DigitTries {
  readonly wrong: number;
  /** 0 or the end of the lock. */
  readonly lockedUntilMs: number;
}

export const NO_TRIES: DigitTries = { wrong: 0, lockedUntilMs: 0 };
/** Whether A must wait before it types another code. */
export declare function isLocked(tries: DigitTries, nowMs: number): boolean;

/** A. `waiting` for D's keys → `typing` → `matched` (say "now press OK there"; `pressed`) → `done` after `digitsAdmit`. */
export type DigitsAdmin =
  | ({ readonly at: 'waiting'; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'typing'; readonly device: PairedDevice; readonly pressed: boolean; readonly expiresMs: number } & Hidden)
  | ({ readonly at: 'matched'; readonly device: PairedDevice; readonly pressed: boolean; readonly expiresMs: number } & Hidden)
  | { readonly at: 'done'; readonly device: PairedDevice }
  | PairingFailed;

export interface TypeDigits {
  readonly keys: DeviceKeys;
  /** As the relay said at `joined`. */
  readonly mailboxId: MailboxId;
  readonly home: AdminHome;
  readonly tries: DigitTries;
  readonly nowMs: number;
}

/** `failed` with `pair.locked` while locked. */
export declare function joinDigits(input: TypeDigits): DigitsAdmin;
export declare function digitsAdminReceive(state: DigitsAdmin, body: Uint8Array, nowMs: number): Promise<PairingStep<DigitsAdmin>>;
/** The person typed the code. Store `tries` before anything else; a mismatch burns this pairing and its nonces. */
export declare function typeDigits(
  state: DigitsAdmin,
  typed: string,
  tries: DigitTries,
  nowMs: number,
): Promise<PairingStep<DigitsAdmin> & { readonly tries: DigitTries }>;
/** As `qrAdmit`. */
export declare function digitsAdmit(state: DigitsAdmin, next: Uint8Array, nowMs: number): Promise<PairingStep<DigitsAdmin>>;
