/** What stands in the fragment of a pairing or claim link: `{ mailboxId 16, SHA-256(sigPub_D ‖ hpkePub_D) 32, s 16 }` as base64url. */
import { fromBase64Url, mailboxId, Reader, toBase64Url, Writer, type MailboxId } from '@sealcam/protocol';
import { readCopy, readId, writeExactly, writeId } from './codec.ts';
import { HASH_BYTES } from './digest.ts';

export interface PairingLink {
  readonly mailboxId: MailboxId;
  /** 32 bytes: the keys of the device that shows the code. */
  readonly keysHash: Uint8Array;
  /** 16 random bytes, single use. A secret: in fragments and QR codes only, never in a query or a log. */
  readonly secret: Uint8Array;
}

export const PAIRING_SECRET_BYTES = 16;

/** Text for the fragment, 86 characters of base64url. */
export function encodePairingLink(link: PairingLink): string {
  const writer = writeExactly(writeId(new Writer(), link.mailboxId), link.keysHash, HASH_BYTES);
  return toBase64Url(writeExactly(writer, link.secret, PAIRING_SECRET_BYTES).finish());
}

/** @param text the fragment's value, or a whole link that ends in it (`…#pair=…`, `…#claim=…`). @throws {CodecError} */
export function decodePairingLink(text: string): PairingLink {
  const value = /(?:^|[#&?](?:pair|claim)=)([A-Za-z0-9_-]*)$/u.exec(text.trim())?.[1] ?? '';
  const reader = new Reader(fromBase64Url(value));
  const link: PairingLink = {
    mailboxId: readId(reader, mailboxId),
    keysHash: readCopy(reader, HASH_BYTES),
    secret: readCopy(reader, PAIRING_SECRET_BYTES),
  };
  reader.end();
  return link;
}
