/** SHA-2 over parts, by WebCrypto. */
import { concat } from '@sealcam/protocol';

/** SHA-256 of the parts, one after the other. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}

/** SHA-512 of the parts, one after the other. */
export async function sha512(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-512', concat(...parts)));
}

export const HASH_BYTES = 32;
