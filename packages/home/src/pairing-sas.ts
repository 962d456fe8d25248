/** The digits two screens compare, from everything both sides saw (SEALING, "Six digits"). Pure, so that its odds can be measured. */
import { label, Writer, type Epoch, type MailboxId } from '@sealcam/protocol';
import { writeId } from './codec.ts';
import { sha256 } from './digest.ts';
import type { DevicePublic } from './pairing-messages.ts';
import type { Head } from './verify-roster.ts';

export const SAS_DIGITS = 6;

/** The highest multiple of 10^6 in 32 bits: below it every code is as likely as every other. */
const UNBIASED_BELOW = 4_294_000_000;

/** `C = SHA-256("sealcam/1 sas-c" ‖ sigPub_D ‖ hpkePub_D ‖ nonce_D)`: D is bound to its nonce before it sees A's. */
export async function commitment(device: DevicePublic, nonceD: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return await sha256(label('sealcam/1 sas-c'), device.sigPub, device.hpkePub, nonceD);
}

export interface SasInput {
  readonly mailboxId: MailboxId;
  readonly commitment: Uint8Array;
  readonly head: Pick<Head, 'homeId' | 'version' | 'hash'>;
  readonly epoch: Epoch;
  readonly adminSigPub: Uint8Array;
  readonly nonceA: Uint8Array;
  readonly device: DevicePublic;
  readonly nonceD: Uint8Array;
}

/** SHA-256 of the whole conversation, 32 bytes. */
export async function sasTranscript(input: SasInput): Promise<Uint8Array<ArrayBuffer>> {
  const { head, device } = input;
  const writer = writeId(new Writer().label('sealcam/1 sas'), input.mailboxId).bytes(input.commitment);
  writeId(writer, head.homeId).u64(head.version).bytes(head.hash).u64(input.epoch);
  writer.bytes(input.adminSigPub).bytes(input.nonceA).bytes(device.sigPub).bytes(device.hpkePub).bytes(input.nonceD);
  return await sha256(writer.finish());
}

/**
 * The first u32 of the transcript below 4,294,000,000, mod 10^digits.
 * @returns undefined when none of the eight is below: once in 10^29 pairings, and then one simply starts anew
 */
export function sasCode(transcript: Uint8Array, digits: number): string | undefined {
  const view = new DataView(transcript.buffer, transcript.byteOffset, transcript.byteLength);
  for (let at = 0; at + 4 <= transcript.length; at += 4) {
    const value = view.getUint32(at);
    if (value < UNBIASED_BELOW) return String(value % 10 ** digits).padStart(digits, '0');
  }
  return undefined;
}
