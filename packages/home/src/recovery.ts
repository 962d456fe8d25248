/** The recovery sheet: a printed seed that can make a new admin when all admins are lost. Its own export (`./recovery`): displays never load it. */
import type { DeviceKeys } from './device-keys.ts';

/** 32 random bytes: on paper, nowhere else. */
export declare function newRecoverySeed(): Uint8Array<ArrayBuffer>;
/** The sheet's signing key; its `sigPub` goes into the roster with role recovery. */
export declare function recoveryKeys(seed: Uint8Array): Promise<DeviceKeys>;
/** 24 English words, BIP-39. */
export declare function recoveryWords(seed: Uint8Array): string;
/** Tolerates case and blanks. @throws {SealcamError} `codec.malformed` for a wrong word or check sum */
export declare function seedFromWords(words: string): Uint8Array<ArrayBuffer>;
/** What the sheet's QR code holds: `sealcam-recovery:1:<base64url>`. */
export declare function recoveryQrText(seed: Uint8Array): string;
/** @throws {SealcamError} `codec.malformed` */
export declare function seedFromQrText(text: string): Uint8Array<ArrayBuffer>;
