/** What stands in the fragment of a pairing or claim link: `{ mailboxId, SHA-256(sigPub_D ‖ hpkePub_D), s }`, base64url of 64 bytes. */
import type { MailboxId } from '@sealcam/protocol';

export interface PairingLink {
  readonly mailboxId: MailboxId;
  /** 32 bytes: the keys of the device that shows the code. */
  readonly keysHash: Uint8Array;
  /** 16 random bytes, single use. */
  readonly secret: Uint8Array;
}

/** Text for the fragment, 86 characters of base64url. */
export declare function encodePairingLink(link: PairingLink): string;
/** @param text the fragment's value, or a whole link that ends in it (`…#pair=…`, `…#claim=…`). @throws {CodecError} */
export declare function decodePairingLink(text: string): PairingLink;
