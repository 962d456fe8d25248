/** What a member of the head says under its own signature: keys, receipts, reports. */
import { SealcamError, type DeviceId, type HomeId } from '@sealcam/protocol';
import type { RosterEntry } from './roster.ts';
import { splitSigned, verifySignature } from './signature.ts';
import { member, type Head } from './verify-roster.ts';

/**
 * @param decode reads all but the signature
 * @returns the message and who said it
 * @throws {SealcamError} `codec.malformed`, `device.unknown`, `auth.refused` for another home or a wrong signature
 */
export async function verifyMember<T extends { readonly homeId: HomeId; readonly deviceId: DeviceId }>(
  head: Head,
  bytes: Uint8Array,
  decode: (body: Uint8Array) => T,
): Promise<{ readonly message: T; readonly entry: RosterEntry }> {
  const { body, signature } = splitSigned(Uint8Array.from(bytes));
  const message = decode(body);
  if (message.homeId !== head.homeId) throw new SealcamError('auth.refused', 'another home');
  const entry = member(head, message.deviceId);
  if (entry === undefined) throw new SealcamError('device.unknown');
  if (!(await verifySignature(entry.sigPub, body, signature))) throw new SealcamError('auth.refused', 'signature');
  return { message, entry };
}
