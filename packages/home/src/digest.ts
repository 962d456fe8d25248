/** SHA-2 over parts, by WebCrypto. */
import { concat } from '@sealcam/protocol';

export async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}

export async function sha512(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-512', concat(...parts)));
}

export const HASH_BYTES = 32;
