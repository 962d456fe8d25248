/** Everything that is signed with a device's key, in one place. Not reachable from `./verify`. */
import { authBytes, concat, SealcamError, type Epoch, type HomeId } from '@sealcam/protocol';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import { encodeFloor } from './floor.ts';
import { encodeHpkeKey } from './hpke-key.ts';
import { encodeLiveAnswer, type LiveAnswer } from './live.ts';
import { encodeReceipt, type Receipt } from './receipt.ts';
import { encodeReport, type Report } from './report.ts';
import { encodeRoster, type Roster } from './roster.ts';
import { encodeSealedAnswer, type SealedAnswer } from './sealed-answer.ts';

/** r‖s, 64 bytes. */
export async function sign(keys: DeviceKeys, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.signKey, concat(message)));
}

/** message ‖ signature. */
export async function signed(keys: DeviceKeys, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return concat(message, await sign(keys, message));
}

/** The signature for the `auth` message. @param host as dialed, lower case, with the port where one was given */
export async function signAuth(
  keys: DeviceKeys,
  home: HomeId,
  nonce: Uint8Array,
  host: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return await sign(keys, authBytes(home, keys.deviceId, nonce, host));
}

/** Body ‖ signature. @throws {SealcamError} `roster.invalid` when `roster.signerId` is not this device */
export async function signRoster(keys: DeviceKeys, roster: Roster): Promise<Uint8Array<ArrayBuffer>> {
  if (roster.signerId !== keys.deviceId) throw new SealcamError('roster.invalid', 'names another signer');
  return await signed(keys, encodeRoster(roster));
}

/** The message for `hpke.put`. */
export async function signHpkeKey(
  keys: DeviceKeys,
  home: HomeId,
  hpke: Pick<HpkeKeys, 'keySeq' | 'hpkePub'>,
): Promise<Uint8Array<ArrayBuffer>> {
  return await signed(
    keys,
    encodeHpkeKey({ homeId: home, deviceId: keys.deviceId, keySeq: hpke.keySeq, hpkePub: hpke.hpkePub }),
  );
}

/** By an admin's device, for an agent that is below what it has accepted. */
export async function signFloor(keys: DeviceKeys, home: HomeId, epoch: Epoch): Promise<Uint8Array<ArrayBuffer>> {
  return await signed(keys, encodeFloor({ homeId: home, deviceId: keys.deviceId, epoch }));
}

/** By the agent. `answer.deviceId` is the viewer it is for. */
export async function signLiveAnswer(keys: DeviceKeys, answer: LiveAnswer): Promise<Uint8Array<ArrayBuffer>> {
  return await signed(keys, encodeLiveAnswer(answer));
}

/** By the agent: whether it sealed that frame. */
export async function signSealedAnswer(keys: DeviceKeys, answer: SealedAnswer): Promise<Uint8Array<ArrayBuffer>> {
  return await signed(keys, encodeSealedAnswer(answer));
}

/** By the viewer. @throws {SealcamError} `internal` when `receipt.deviceId` is another device */
export async function signReceipt(keys: DeviceKeys, receipt: Receipt): Promise<Uint8Array<ArrayBuffer>> {
  mustBeOwn(keys, receipt);
  return await signed(keys, encodeReceipt(receipt));
}

/** By the viewer. @throws {SealcamError} `internal` when `report.deviceId` is another device */
export async function signReport(keys: DeviceKeys, report: Report): Promise<Uint8Array<ArrayBuffer>> {
  mustBeOwn(keys, report);
  return await signed(keys, encodeReport(report));
}

function mustBeOwn(keys: DeviceKeys, message: Receipt | Report): void {
  if (message.deviceId !== keys.deviceId) throw new SealcamError('internal', 'signs for another device');
}
