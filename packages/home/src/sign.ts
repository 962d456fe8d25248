/** Everything that is signed with a device's key, in one place. Not reachable from `./verify`. */
import type { HomeId } from '@sealcam/protocol';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import type { LiveAnswer } from './live.ts';
import type { Receipt } from './receipt.ts';
import type { Report } from './report.ts';
import type { Roster } from './roster.ts';

/** r‖s, 64 bytes. */
export declare function sign(keys: DeviceKeys, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
/** message ‖ signature. */
export declare function signed(keys: DeviceKeys, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;

/** The signature for the `auth` message. @param host as dialed, lower case, with the port where one was given */
export declare function signAuth(keys: DeviceKeys, home: HomeId, nonce: Uint8Array, host: string): Promise<Uint8Array<ArrayBuffer>>;
/** @throws {SealcamError} `roster.invalid` when `roster.signerId` is not this device */
export declare function signRoster(keys: DeviceKeys, roster: Roster): Promise<Uint8Array<ArrayBuffer>>;
/** The message for `hpke.put`. */
export declare function signHpkeKey(keys: DeviceKeys, home: HomeId, hpke: Pick<HpkeKeys, 'keySeq' | 'hpkePub'>): Promise<Uint8Array<ArrayBuffer>>;
/** By the agent. */
export declare function signLiveAnswer(keys: DeviceKeys, answer: LiveAnswer): Promise<Uint8Array<ArrayBuffer>>;
/** By the viewer. @throws {SealcamError} `internal` when `receipt.deviceId` is another device */
export declare function signReceipt(keys: DeviceKeys, receipt: Receipt): Promise<Uint8Array<ArrayBuffer>>;
export declare function signReport(keys: DeviceKeys, report: Report): Promise<Uint8Array<ArrayBuffer>>;
